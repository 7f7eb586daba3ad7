"""The people who may use the console."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.reasons import said
from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage, NotFound, Refused
from services.runtime.unit_of_work import Units
from services.telemetry.console.access import passwords
from services.telemetry.console.access.roles import Role
from services.telemetry.console.access.tables import LoginRow, UserRow

FIRST = "admin"
"""What the first user is called."""
_NAME = re.compile(r"^[\w.@+-]{1,64}$")
_REAL = Clock()


@dataclass(frozen=True)
class User:
    """Somebody who may use the console."""

    name: str
    role: Role
    created_at: datetime


class Accounts:
    """Users in telemetry's database. Everything raises Unavailable if that does not answer."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._insert: Any = sqlite.insert if units.database.is_sqlite else postgresql.insert

    async def everybody(self) -> list[User]:
        """All users, by name."""
        async with self._units.reading() as session:
            rows = await session.scalars(select(UserRow).order_by(UserRow.name))
            return [User(row.name, Role(row.role), row.created_at) for row in rows]

    async def add(self, name: str, password: str, role: Role) -> None:
        """Let somebody in from now on. Raises InvalidMessage, or Refused if the name is taken."""
        if not _NAME.match(name):
            raise InvalidMessage(said("user_name_unfit"), field="name")
        passwords.check(password, name)
        if not await self._insert_new(name, password, role):
            raise Refused(said("user_there_already", name=name))

    async def first(self, password: str | None) -> str | None:
        """Make the first user if there is none. Returns their password if it was made up here; whoever gets it has
        to show it, because nobody can again. Raises InvalidMessage for a given one that is easy to guess."""
        async with self._units.reading() as session:
            if await session.scalar(select(func.count()).select_from(UserRow)):
                return None
        if password is not None:
            passwords.check(password, FIRST)
        made = password or passwords.invented()
        was_made = await self._insert_new(FIRST, made, Role.ADMIN)
        return made if was_made and password is None else None

    async def is_right(self, name: str, password: str) -> bool:
        """Whether this user has this password."""
        async with self._units.reading() as session:
            row = await session.get(UserRow, name)
            kept = row.password_hash if row else None
        return await passwords.matches(password, kept)

    async def set_password(self, name: str, password: str, keep_login: str | None = None) -> None:
        """Give somebody another password and log them out everywhere, but for one login. Raises InvalidMessage,
        NotFound."""
        passwords.check(password, name)
        kept = await passwords.hashed(password)
        async with self._units.begin() as unit:
            await _change(unit.session, name, password_hash=kept)
            others = delete(LoginRow).where(LoginRow.user == name)
            if keep_login is not None:
                others = others.where(LoginRow.token_hash != keep_login)
            await unit.session.execute(others)

    async def set_role(self, name: str, role: Role) -> None:
        """Give somebody another role, at once. Raises NotFound, or Refused for the last admin."""
        async with self._units.begin() as unit:
            await _change(unit.session, name, role=role.value)
            await _require_an_admin(unit.session)

    async def remove(self, name: str) -> None:
        """Let somebody in no more, at once. Raises NotFound, or Refused for the last admin."""
        async with self._units.begin() as unit:
            await unit.session.execute(delete(LoginRow).where(LoginRow.user == name))
            gone = await unit.session.execute(delete(UserRow).where(UserRow.name == name).returning(UserRow.name))
            if gone.one_or_none() is None:
                raise _nobody(name)
            await _require_an_admin(unit.session)

    async def _insert_new(self, name: str, password: str, role: Role) -> bool:
        kept = await passwords.hashed(password)
        row = {"name": name, "password_hash": kept, "role": role.value, "created_at": _REAL.now()}
        statement = self._insert(UserRow).values(row).on_conflict_do_nothing().returning(UserRow.name)
        async with self._units.begin() as unit:
            return (await unit.session.execute(statement)).one_or_none() is not None


async def _change(session: AsyncSession, name: str, **values: str) -> None:
    changed = update(UserRow).where(UserRow.name == name).values(**values).returning(UserRow.name)
    if (await session.execute(changed)).one_or_none() is None:
        raise _nobody(name)


async def _require_an_admin(session: AsyncSession) -> None:
    admins = select(func.count()).select_from(UserRow).where(UserRow.role == Role.ADMIN.value)
    if not await session.scalar(admins):
        raise Refused(said("user_last_admin"))


def _nobody(name: str) -> NotFound:
    return NotFound(f"there is no user {name!r}; `messiah user list` names them")
