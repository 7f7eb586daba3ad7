"""The token that the console makes for itself where the dialer answers nobody without one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter, Request
from pydantic import SecretStr

from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime import tokens
from services.runtime.errors import Failure
from services.runtime.security import Scope, guarded
from services.telemetry.console.lists import Dialer
from services.telemetry.console.own_pass import NAME, SCOPES, OwnPass

CSV = b"contact_number\n054-2345678\n"


@pytest.fixture
def database_url() -> None:
    """SQLite only: nothing is read."""


def routes(received: list[bytes]) -> APIRouter:
    """What the dialer has, guarded as it is there."""
    made = APIRouter(dependencies=guarded())

    @made.get("/leads/uploads")
    async def uploads() -> list[Any]:
        return []

    @made.post("/leads/upload", dependencies=guarded(scope=Scope.LEADS))
    async def upload(request: Request) -> dict[str, str]:
        received.append(await request.body())
        return {"upload_id": "7"}

    @made.get("/leads/uploads/campaigns", dependencies=guarded(scope=Scope.OPERATE))
    async def steer() -> dict[str, str]:
        return {}

    return made


async def content() -> AsyncIterator[bytes]:
    yield CSV


async def test_lists_are_handed_in_with_a_token_of_our_own_where_tokens_were_made(start, broker):
    service, received = await start(), []
    service.routers.append(routes(received))
    listener = listen("127.0.0.1", 0)
    async with serving(build_app([service]), listener):
        own_pass = OwnPass(service.broker, service.tokens, None)
        dialer = Dialer(url_of(listener), own_pass)
        assert await dialer.uploads() == []
        assert await tokens.stored(broker) == []  # the API stays open to everybody near

        _, crm = await tokens.create(broker, "crm", frozenset({Scope.READ}))
        while not service.tokens.any():
            await tokens.stored(broker)
        assert await dialer.send("leads.csv", content(), None) == {"upload_id": "7"}
        assert received == [CSV]
        made = next(each for each in await tokens.stored(broker) if each.name.startswith(NAME))
        assert made.scopes == SCOPES
        assert made.expires_at is not None
        with pytest.raises(Failure, match="operate"):
            await dialer.upload("campaigns")

        await tokens.revoke(broker, made.id)  # somebody did not know what it is
        while service.tokens.known[made.id].revoked_at is None:
            await tokens.stored(broker)
        assert await dialer.uploads() == []
        assert {each.name for each in await tokens.stored(broker)} > {"crm"}
        await own_pass.give_back()
        assert [each.name for each in await tokens.stored(broker)] == ["crm"]
        given = OwnPass(service.broker, service.tokens, SecretStr(crm))
        assert await Dialer(url_of(listener), given).uploads() == []
