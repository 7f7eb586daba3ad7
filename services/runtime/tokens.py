"""Tokens of the HTTP API, as an operator makes and revokes them.

A token is `msh_<id>_<secret>`. The bucket keeps the secret's SHA-256 only. A slow, salted hash would add nothing: the
secret is 256 random bits and no word, so there is nothing to try, while every request is checked.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from nats.js.errors import KeyWrongLastSequenceError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from contracts.streams import TOKENS_BUCKET
from services.runtime.broker import Broker
from services.runtime.errors import InvalidMessage, NotFound, Refused
from services.runtime.logs import logger
from services.runtime.security import Scope

log = logger(__name__)

PREFIX: Final = "msh"
_CURES = {"name": "at most 64 letters, digits, spaces and . @ _ -", "scopes": "at least one"}


class Token(BaseModel):
    """What is kept of a token."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    name: Annotated[str, Field(pattern=r"^[\w.@ -]{1,64}$")]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    secret_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None
    used_at: AwareDatetime | None = Field(default=None, exclude=True)
    """To the minute or so, and kept apart."""

    def fault(self, now: datetime) -> str | None:
        """Why the token is good for nothing now, or None."""
        if self.revoked_at is not None:
            return "was revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return f"expired on {self.expires_at:%Y-%m-%d}"
        return None

    def is_of(self, secret: str) -> bool:
        """Whether this is its secret; the time it takes tells nothing."""
        return hmac.compare_digest(hash_of(secret), self.secret_hash)


async def create(
    broker: Broker, name: str, scopes: frozenset[Scope], expires_at: datetime | None = None
) -> tuple[Token, str]:
    """Make a token. Returns what is kept of it, and the token itself, which is kept nowhere.

    Raises InvalidMessage if name, scopes or end are not possible, Refused if the name is in use.
    """
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    try:
        token = Token(
            id=secrets.token_hex(6),
            name=name,
            scopes=scopes,
            secret_hash=hash_of(secret),
            created_at=now,
            expires_at=expires_at,
        )
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise InvalidMessage(f"{field}: give {_CURES.get(field, 'another one')}", field=field) from error
    if token.fault(now):
        raise InvalidMessage("the token would have expired before it was made: give a later end", field="expires_at")
    if any(each.name == name and each.fault(now) is None for each in await stored(broker)):
        raise Refused(f"there is a token {name!r} already: revoke it, or give another name", field="name")
    store = await broker.js.key_value(TOKENS_BUCKET.name)
    await store.create(key_of(token.id), token.model_dump_json().encode())
    return token, f"{PREFIX}_{token.id}_{secret}"


async def revoke(broker: Broker, id_or_name: str) -> Token:
    """Make a token void, at once and for good; one that is void already stays so. Raises NotFound."""
    found = [each for each in await stored(broker) if id_or_name in (each.id, each.name)]
    if not found:
        raise NotFound(f"there is no token {id_or_name!r}; see `messiah token list`")
    chosen = next((each for each in found if each.revoked_at is None), found[0])
    store: Any = await broker.js.key_value(TOKENS_BUCKET.name)
    while True:
        entry = await store.get(key_of(chosen.id))
        token = Token.model_validate_json(entry.value)
        if token.revoked_at is not None:
            return token
        token = token.model_copy(update={"revoked_at": datetime.now(UTC)})
        try:
            await store.update(key_of(token.id), token.model_dump_json().encode(), last=entry.revision)
        except KeyWrongLastSequenceError:
            continue  # somebody else revoked it at this very moment
        return token


async def forget(broker: Broker, token: Token) -> None:
    """Make a token void and leave nothing of it: for those that processes make for themselves."""
    store: Any = await broker.js.key_value(TOKENS_BUCKET.name)
    for key in (key_of(token.id), use_key(token.id)):
        await store.purge(key)


async def stored(broker: Broker) -> list[Token]:
    """Every token ever made, oldest first, and when each was last used."""
    found = await broker.values(TOKENS_BUCKET)
    tokens = [token for key, value in found.items() if (token := read(key, value)) is not None]
    used = {token.id: found.get(use_key(token.id)) for token in tokens}
    return sorted(
        (
            token.model_copy(update={"used_at": datetime.fromisoformat(at.decode())})
            if (at := used[token.id])
            else token
            for token in tokens
        ),
        key=lambda token: token.created_at,
    )


def read(key: str, value: bytes | None) -> Token | None:
    """A token as the bucket keeps it; None for what is none, which so lets nobody in."""
    if not value or not key.startswith(key_of("")):
        return None
    try:
        token = Token.model_validate_json(value)
    except ValidationError:
        log.error("a stored token cannot be read; it is void", key=key, cure="revoke it and make another")
        return None
    return token if key == key_of(token.id) else None


def split(given: str) -> tuple[str, str]:
    """Id and secret of what may be a token; both empty if it cannot be one."""
    prefix, _, rest = given.partition("_")
    id_, _, secret = rest.partition("_")
    return (id_, secret) if prefix == PREFIX else ("", "")


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()


def key_of(id_: str) -> str:
    """Where a token is kept."""
    return f"token.{id_}"


def use_key(id_: str) -> str:
    """Where it is kept when the token was last used."""
    return f"used.{id_}"
