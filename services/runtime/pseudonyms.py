"""Keyed hashes of what names a person: enough to know them again, and no way back without the key.

The key is PRIVACY_SECRET or, without one, a key that the database keeps. A hash made with either is found with both, so
a secret may be set later; but it must never change, because nothing is left to make the hashes anew from.
"""

import hmac
import secrets
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.errors import Refused, Unavailable

_KEY = "pseudonyms"
_PROOF = "proof of PRIVACY_SECRET"
_CURE = "set PRIVACY_SECRET to what it was when the first person was erased"


class Pseudonyms:
    """The hashes of one database. `rows` is its table of secrets: a name and a value of 64 characters."""

    def __init__(self, rows: type[Any], given: SecretStr | None = None) -> None:
        self._rows = rows
        self._given = given.get_secret_value().encode() if given is not None else None
        self._keys: list[bytes] = []

    async def prepare(self, session: AsyncSession) -> None:
        """Make sure that there is a key, and that it is the one there was. Raises Refused with the cure."""
        name, value = _KEY, secrets.token_urlsafe(32)
        if self._given is not None:
            name, value = _PROOF, _hash(self._given, _PROOF)
        insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        await session.execute(insert(self._rows).values(name=name, value=value).on_conflict_do_nothing())
        self._keys = []
        try:
            await self._load(session)
        except Unavailable as error:
            raise Refused(error.detail) from error

    async def of(self, session: AsyncSession, text: str) -> str:
        """The hash under which something new is kept. Raises Unavailable if the key is not known."""
        return (await self.all_of(session, [text]))[text][0]

    async def all_of(self, session: AsyncSession, texts: Iterable[str]) -> dict[str, list[str]]:
        """Every hash under which each text may be kept; none if nothing ever was. Raises Unavailable if the key is not
        known: nobody can say then who was erased."""
        if not self._keys:
            await self._load(session)
        return {text: [_hash(key, text) for key in self._keys] for text in texts}

    async def _load(self, session: AsyncSession) -> None:
        rows = select(self._rows).where(self._rows.name.in_((_KEY, _PROOF)))
        found = {row.name: row.value for row in await session.scalars(rows)}
        proof = found.get(_PROOF)
        if proof is not None and (self._given is None or not hmac.compare_digest(proof, _hash(self._given, _PROOF))):
            given = "is not set" if self._given is None else "is another one than before"
            raise Unavailable(f"PRIVACY_SECRET {given}, so nobody can say who was erased: {_CURE}")
        keys = [self._given, found[_KEY].encode() if _KEY in found else None]
        self._keys = [key for key in keys if key is not None]


def _hash(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()
