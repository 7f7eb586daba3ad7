"""Passwords: what counts as one, and how they are kept (argon2id, which takes a while, so beside the event loop)."""

import asyncio
import secrets
from functools import cache

from pwdlib import PasswordHash

from contracts.reasons import said
from services.runtime.errors import InvalidMessage

SHORTEST, LONGEST = 10, 200
_COMMON = ("0123456789", "1234567890", "1q2w3e4r5t", "password", "qwertyuiop", "agentmessiah", "changeme")

_hasher = PasswordHash.recommended()


def check(password: str, name: str) -> None:
    """Raises InvalidMessage with the cure for a password that is too easy to guess."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidMessage(said("password_length", shortest=SHORTEST, longest=LONGEST), field="password")
    plain = password.casefold()
    if len(set(plain)) < 5 or (len(name) > 2 and name.casefold() in plain) or plain.startswith(_COMMON):
        raise InvalidMessage(said("password_weak"), field="password")


async def hashed(password: str) -> str:
    """What is kept of a password."""
    return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password. Takes as long where there is none, so that nobody learns which names exist."""
    nobodys = await asyncio.to_thread(_nobodys)
    right = await asyncio.to_thread(_hasher.verify, password[:LONGEST], kept or nobodys)
    return right and kept is not None


@cache
def _nobodys() -> str:
    """What is kept of a password that nobody knows. Made by whoever signs in first, be the name known or not."""
    return _hasher.hash(secrets.token_urlsafe(16))


def invented() -> str:
    """A password for somebody who has none yet."""
    return secrets.token_urlsafe(12)
