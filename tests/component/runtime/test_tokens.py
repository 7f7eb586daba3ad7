"""Tokens over a real broker: who holds one is known without asking, and one that is revoked is void at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.streams import TOKENS_BUCKET
from messiah.nats_server import NatsServer
from services.runtime import tokens
from services.runtime.broker import Broker
from services.runtime.errors import InvalidMessage, NotFound, Refused, Unauthorized, Unavailable
from services.runtime.provisioner import provision
from services.runtime.security import Scope
from services.runtime.token_watch import TokenWatch

READ = frozenset({Scope.READ})


@asynccontextmanager
async def watching(broker: Broker) -> AsyncIterator[TokenWatch]:
    watch = TokenWatch(broker)
    await watch.load()
    following = asyncio.create_task(watch.follow())
    try:
        yield watch
    finally:
        await watch.close()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not fact():
            await asyncio.sleep(0.01)


def refused(watch: TokenWatch, text: str) -> str | None:
    """Why a token lets nobody in, or None if it does."""
    try:
        watch.bearer(text)
    except Unauthorized as error:
        return error.detail
    return None


async def test_a_token_is_known_to_who_watches_and_void_once_revoked(broker: Broker) -> None:
    async with watching(broker) as watch:
        assert not watch.any()
        token, text = await tokens.create(broker, "crm", READ)
        await until(watch.any)
        bearer = watch.bearer(text)
        assert (bearer.name, bearer.key, bearer.scopes) == ("crm", token.id, READ)

        await tokens.revoke(broker, "crm")
        await until(lambda: refused(watch, text) is not None)
        assert "was revoked" in (refused(watch, text) or "")
        assert watch.any()  # what was closed by a token does not open because the last one is void


async def test_what_is_stored_does_not_hold_the_secret(broker: Broker) -> None:
    token, text = await tokens.create(broker, "crm", READ)
    stored = await broker.get_value(TOKENS_BUCKET, tokens.key_of(token.id))
    assert stored is not None
    assert tokens.split(text)[1].encode() not in stored
    assert tokens.hash_of(tokens.split(text)[1]) not in repr(token)


async def test_only_the_very_token_lets_in(broker: Broker) -> None:
    async with watching(broker) as watch:
        token, text = await tokens.create(broker, "crm", READ)
        await until(watch.any)
        other = f"msh_{'0' * 12}_{tokens.split(text)[1]}"
        for wrong in (text[:-1], text + "x", other, f"msh_{token.id}_", f"msh_{token.id}", "msh", "", "\udcff"):
            assert refused(watch, wrong) is not None, wrong
        assert refused(watch, text) is None


async def test_a_token_ends_when_it_was_to(broker: Broker) -> None:
    token, text = await tokens.create(broker, "guest", READ, datetime.now(UTC) + timedelta(days=90))
    async with watching(broker) as watch:
        assert refused(watch, text) is None
        early = token.model_copy(update={"expires_at": datetime.now(UTC) - timedelta(days=1)})
        await broker.put_value(TOKENS_BUCKET, tokens.key_of(token.id), early.model_dump_json().encode())
        await until(lambda: refused(watch, text) is not None)
        assert "expired on" in (refused(watch, text) or "")


async def test_a_token_whose_entry_is_broken_or_deleted_lets_nobody_in(broker: Broker) -> None:
    first, one = await tokens.create(broker, "first", READ)
    second, two = await tokens.create(broker, "second", READ)
    async with watching(broker) as watch:
        assert refused(watch, one) is None
        await broker.put_value(TOKENS_BUCKET, tokens.key_of(first.id), b'{"scopes": ["admin"]}')
        await (await broker.js.key_value(TOKENS_BUCKET.name)).delete(tokens.key_of(second.id))
        await until(lambda: refused(watch, one) is not None and refused(watch, two) is not None)


async def test_names_scopes_and_ends_that_cannot_be_are_refused(broker: Broker) -> None:
    await tokens.create(broker, "crm", READ)
    with pytest.raises(Refused, match="crm"):
        await tokens.create(broker, "crm", READ)
    with pytest.raises(InvalidMessage, match="name"):
        await tokens.create(broker, "a\nb", READ)
    with pytest.raises(InvalidMessage, match="scopes"):
        await tokens.create(broker, "other", frozenset())
    with pytest.raises(InvalidMessage, match="later"):
        await tokens.create(broker, "other", READ, datetime.now(UTC) - timedelta(days=1))
    with pytest.raises(NotFound, match="messiah token list"):
        await tokens.revoke(broker, "nobody")

    await tokens.revoke(broker, "crm")
    again, _ = await tokens.create(broker, "crm", READ)  # the name is free again
    assert (await tokens.revoke(broker, again.id)).id == again.id
    assert [each.name for each in await tokens.stored(broker)] == ["crm", "crm"]


async def test_when_a_token_was_used_is_kept(broker: Broker) -> None:
    _, text = await tokens.create(broker, "crm", READ)
    await tokens.create(broker, "idle", READ)
    async with watching(broker) as watch:
        watch.bearer(text)
        await watch.note_use_now()
    assert {each.name: each.used_at is not None for each in await tokens.stored(broker)} == {"crm": True, "idle": False}


async def test_nobody_is_let_in_before_the_tokens_are_known() -> None:
    watch = TokenWatch(Broker("nats://127.0.0.1:1", "away"))
    with pytest.raises(Unavailable):
        watch.any()
    with pytest.raises(Unavailable):
        watch.bearer(f"msh_{'0' * 12}_secret")


async def test_what_was_known_holds_while_the_broker_is_away_and_what_changed_is_learned_after(tmp_path: Path) -> None:
    server = NatsServer(tmp_path)
    server.start()
    broker = Broker(server.url, "test")
    await broker.connect()
    try:
        await provision(broker)
        _, text = await tokens.create(broker, "crm", READ)
        async with watching(broker) as watch:
            server.stop()
            await until(lambda: not broker.connected)
            assert refused(watch, text) is None
            server.start()
            await until(lambda: broker.connected)
            await tokens.revoke(broker, "crm")
            await until(lambda: refused(watch, text) is not None)
    finally:
        await broker.close()
        server.stop()
