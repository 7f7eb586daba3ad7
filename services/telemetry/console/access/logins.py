"""Who is logged in: a signed cookie that names a login in the database, so that it can be ended from here."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature, Signer
from pydantic import SecretStr
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.runtime.clock import Clock
from services.runtime.errors import Unauthorized, Unavailable
from services.runtime.unit_of_work import Units
from services.telemetry.console.access.roles import Role
from services.telemetry.console.access.tables import KeyRow, LoginRow, UserRow

COOKIE = "messiah_console"
OLDEST = timedelta(days=30)
"""However busy: after that somebody has to log in again."""
_TOUCH = timedelta(minutes=1)
"""How exactly it is known when somebody was last there."""
_KEY = "logins"
_REAL = Clock()


@dataclass(frozen=True)
class Visitor:
    """Somebody who is logged in. `login` names this login, and is worth nothing to others."""

    name: str
    role: Role
    login: str


class Logins:
    """Logins in telemetry's database. Everything raises Unavailable if that does not answer."""

    def __init__(self, units: Units, secret: SecretStr | None, idle: timedelta) -> None:
        """`secret` signs cookies; without one it is made once and kept. `idle` is how long nobody has to be there."""
        self._units = units
        self._insert: Any = sqlite.insert if units.database.is_sqlite else postgresql.insert
        self._given = secret
        self._idle = idle
        self._signer: Signer | None = None

    async def start(self) -> None:
        """Read the key that cookies are signed with, or make it; the same for every replica."""
        secret = self._given.get_secret_value() if self._given else await self._kept_secret()
        self._signer = Signer(secret, salt="messiah console")

    async def open(self, user: str) -> str:
        """Log somebody in. Returns the cookie for their browser."""
        token, now = secrets.token_urlsafe(32), _REAL.now()
        async with self._units.begin() as unit:
            stale = (LoginRow.seen_at < now - self._idle) | (LoginRow.created_at < now - OLDEST)
            await unit.session.execute(delete(LoginRow).where(stale))
            unit.session.add(LoginRow(token_hash=_hash(token), user=user, created_at=now, seen_at=now))
        return self._sign(token)

    async def visitor(self, cookie: str | None) -> Visitor | None:
        """Who shows this cookie; None if they have to log in."""
        token = self._token(cookie)
        return await self._find(_hash(token)) if token else None

    async def again(self, visitor: Visitor, *, acts: bool = True) -> Visitor:
        """The same person as they are now. Raises Unauthorized if they were logged out, removed or away for too long.
        A page that only looks whether they still may (`acts` is False) keeps nobody logged in."""
        found = await self._find(visitor.login, touch=acts)
        if found is None:
            raise Unauthorized("you are not logged in any more; log in again")
        return found

    async def close(self, login: str) -> None:
        """Log somebody out."""
        async with self._units.begin() as unit:
            await unit.session.execute(delete(LoginRow).where(LoginRow.token_hash == login))

    async def _find(self, login: str, *, touch: bool = True) -> Visitor | None:
        now = _REAL.now()
        joined = select(LoginRow, UserRow).join(UserRow, UserRow.name == LoginRow.user)
        async with self._units.reading() as session:
            row = (await session.execute(joined.where(LoginRow.token_hash == login))).one_or_none()
        if row is None:
            return None
        stored, user = row
        if stored.seen_at < now - self._idle or stored.created_at < now - OLDEST:
            await self.close(login)
            return None
        if touch and stored.seen_at < now - _TOUCH:
            async with self._units.begin() as unit:
                await unit.session.execute(update(LoginRow).where(LoginRow.token_hash == login).values(seen_at=now))
        return Visitor(user.name, Role(user.role), login)

    def _sign(self, token: str) -> str:
        if self._signer is None:
            raise Unavailable("the console is starting; try again in a moment")
        return self._signer.sign(token).decode()

    def _token(self, cookie: str | None) -> str | None:
        if self._signer is None:
            raise Unavailable("the console is starting; try again in a moment")
        try:
            return self._signer.unsign(cookie).decode() if cookie else None
        except (BadSignature, UnicodeError):
            return None

    async def _kept_secret(self) -> str:
        made = self._insert(KeyRow).values(name=_KEY, value=secrets.token_urlsafe(32)).on_conflict_do_nothing()
        async with self._units.begin() as unit:
            await unit.session.execute(made)
            return (await unit.session.execute(select(KeyRow.value).where(KeyRow.name == _KEY))).scalar_one()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
