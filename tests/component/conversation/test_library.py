"""Playbooks on a real broker: changed in a file or saved over NATS and HTTP, they are in force without a restart."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from nats.js import JetStreamContext

from contracts.calls import Playbook as PlaybookOfCall
from contracts.chat import Playbooks, PlaybooksShown, parse_chat
from contracts.requests import Refused
from contracts.streams import PLAYBOOKS_BUCKET
from messiah.nats_server import NatsServer
from messiah.web import build_app
from services.conversation import api, library
from services.conversation.app import build
from services.conversation.domain.playbook import Playbook
from services.conversation.folders import PACKAGED
from services.conversation.library import Library
from services.conversation.settings import ConversationSettings
from services.conversation.worker import Worker
from services.runtime.broker import Broker
from services.runtime.errors import NotFound
from services.runtime.errors import Refused as RefusedError
from services.runtime.service import Service

ALTA = (PACKAGED / "alta-he.yaml").read_text(encoding="utf-8")
WAIT_S = 15.0


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "LOOK_S", 0.02)


def named(name: str, permission: str = "זה רגע נוח?") -> str:
    return ALTA.replace("name: alta-he", f"name: {name}").replace("זה רגע נוח?", permission)


async def until(what: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not what():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def open_library(broker: Broker, folder: Path | None = None) -> AsyncIterator[Library]:
    """A library as a worker runs it."""
    shelf = Library(broker, folder)
    await shelf.open()
    loops = [asyncio.create_task(shelf.watch_files()), asyncio.create_task(shelf.follow())]
    try:
        yield shelf
    finally:
        await shelf.close()
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


def permission(shelf: Library, name: str) -> str | None:
    return shelf.current(name).playbook.permission if name in shelf.names() else None


async def test_shipped_playbooks_are_in_force_and_kept_by_hash(broker: Broker):
    shelf = Library(broker)
    await shelf.open()
    assert "alta-he" in shelf.names()
    store: JetStreamContext.KeyValue = await broker.js.key_value(PLAYBOOKS_BUCKET.name)  # type: ignore[name-defined]
    version = ((await store.get("name.alta-he")).value or b"").decode()
    assert ((await store.get(f"version.{version}")).value or b"").decode() == ALTA


async def test_a_change_of_a_file_is_in_force_for_the_next_call_and_a_bad_one_is_not(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "mine.yaml"
    path.write_text(named("mine"), encoding="utf-8")
    async with open_library(broker, tmp_path) as shelf:
        running = shelf.current("mine").content_hash

        path.write_text(named("mine", "אפשר דקה?"), encoding="utf-8")
        await until(lambda: permission(shelf, "mine") == "אפשר דקה?")
        assert (await shelf.get("mine", running)).permission == "זה רגע נוח?"
        assert (await shelf.get("mine", "")).permission == "אפשר דקה?"

        path.write_text(named("mine", "נוח לך?"), encoding="utf-8")
        (tmp_path / "other.yaml").write_text(named("other"), encoding="utf-8")
        await until(lambda: "other" in shelf.names())
        assert permission(shelf, "mine") == "אפשר דקה?"
    line = next(number for number, each in enumerate(ALTA.splitlines(), 1) if each.startswith("permission"))
    told = capsys.readouterr()
    assert f"mine.yaml, line {line}: `permission`: speaks to a man or a woman" in told.out + told.err


async def test_a_bad_file_keeps_nobody_from_starting(broker: Broker, tmp_path: Path):
    (tmp_path / "bad.yaml").write_text("name: bad", encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes(b"\xe0")
    (tmp_path / "one.yaml").write_text(named("same"), encoding="utf-8")
    (tmp_path / "two.yaml").write_text(named("same", "אפשר דקה?"), encoding="utf-8")
    shelf = Library(broker, tmp_path)
    await shelf.open()
    assert "bad" not in shelf.names()
    assert permission(shelf, "same") == "זה רגע נוח?"
    with pytest.raises(NotFound, match="use one of"):
        shelf.current("bad")


async def test_a_folder_that_is_not_there_is_told(broker: Broker, tmp_path: Path):
    with pytest.raises(RefusedError, match="PLAYBOOKS_DIR"):
        await Library(broker, tmp_path / "nowhere").open()


async def test_the_own_folder_wins_over_what_is_shipped(broker: Broker, tmp_path: Path):
    (tmp_path / "a.yaml").write_text(named("alta-he", "אפשר דקה?"), encoding="utf-8")
    shelf = Library(broker, tmp_path)
    await shelf.open()
    assert permission(shelf, "alta-he") == "אפשר דקה?"


async def test_what_is_saved_reaches_every_worker_and_outlives_a_restart(broker: Broker, nats_server: NatsServer):
    other = Broker(nats_server.url, "other")
    await other.connect()
    async with open_library(broker) as here, open_library(other) as there:
        await here.save(named("alta-he", "אפשר דקה?"))
        await until(lambda: permission(there, "alta-he") == "אפשר דקה?")
    restarted = Library(other)
    await restarted.open()
    assert permission(restarted, "alta-he") == "אפשר דקה?"
    await other.close()


async def test_what_was_published_is_learned_after_the_broker_was_away(broker: Broker, nats_server: NatsServer):
    other = Broker(nats_server.url, "other")
    await other.connect()
    async with open_library(broker) as here, open_library(other) as there:
        nats_server.stop()
        nats_server.start()
        await until(lambda: broker.connected and other.connected)
        await here.save(named("alta-he", "אפשר דקה?"))
        await until(lambda: permission(there, "alta-he") == "אפשר דקה?")
    await other.close()


async def test_a_version_of_another_release_falls_back_to_the_one_in_force(broker: Broker):
    shelf = Library(broker)
    await shelf.open()
    await broker.put_value(PLAYBOOKS_BUCKET, "version.old", b"name: alta-he")
    playbook: Playbook = await shelf.get("alta-he", "old")
    assert playbook.name == "alta-he"
    assert (await shelf.get("", "unknown")).name == "alta-he"


@pytest.fixture
async def ask(broker: Broker, nats_server: NatsServer) -> AsyncIterator[Callable]:
    service = await build(ConversationSettings(nats_url=nats_server.url))
    await service.start()

    async def ask(action: str, **more: str) -> PlaybooksShown | Refused:
        request = Playbooks(action=action, **more)  # type: ignore[arg-type]
        reply = parse_chat(await broker.ask(request.subject, request.model_dump_json().encode()))
        assert isinstance(reply, PlaybooksShown | Refused)
        return reply

    yield ask
    await service.stop()


async def test_playbooks_over_nats(ask):
    listed = await ask("list")
    assert {"alta-he"} <= {each.name for each in listed.playbooks}
    assert all(each.text == "" for each in listed.playbooks)
    assert (await ask("show", name="alta-he")).playbooks[0].text == ALTA
    assert (await ask("show", name="nobody")).reason == "not_found"
    assert (await ask("show")).reason == "invalid"

    bad = await ask("check", text=named("x", "נוח לך?"))
    assert [re.sub(r":.*", "", fault.message) for fault in bad.faults] == ["`permission`"]
    assert (await ask("check", text=named("x"))).faults == ()
    assert (await ask("save", text=named("x", "נוח לך?"))).faults == bad.faults
    assert (await ask("show", name="x")).kind == "refused"

    saved = await ask("save", text=named("x"), name="x", operator="dana")
    assert saved.playbooks[0].company == "אלטה"
    assert (await ask("show", name="x")).playbooks[0].text == named("x")
    misnamed = await ask("save", text=named("x"), name="y")
    assert misnamed.faults[0].line == ALTA.splitlines().index("name: alta-he") + 1


async def test_playbooks_over_http(broker: Broker):
    shelf = Library(broker)
    await shelf.open()
    service = Service("conversation", broker)
    await service.tokens.load()
    service.routers.append(api.router(shelf, Worker(broker, 1, lambda _: pytest.fail("no call")), "w", 1, None))
    transport = httpx.ASGITransport(build_app([service]))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        listed = (await client.get("/playbooks")).json()
        assert "alta-he" in [each["name"] for each in listed]
        assert (await client.get("/playbooks/alta-he")).json()["text"] == ALTA
        assert (await client.get("/playbooks/nobody")).status_code == 404

        saved = await client.put("/playbooks/mine", content=named("mine").encode())
        assert (saved.status_code, saved.json()["name"]) == (200, "mine")
        refused = await client.put("/playbooks/mine", content=named("mine", "נוח לך?").encode())
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/problem+json"
        assert [error["line"] for error in refused.json()["errors"]] == [
            next(number for number, each in enumerate(ALTA.splitlines(), 1) if each.startswith("permission"))
        ]
        assert permission(shelf, "mine") == "זה רגע נוח?"


async def test_a_call_is_told_how_its_playbook_sounds(broker: Broker):
    shelf = Library(broker)
    await shelf.open()
    for name, language, voice in (("alta-he", "he", None), ("alta-en", "en", "en-US-Wavenet-F")):
        told = await broker.get_value(PLAYBOOKS_BUCKET, f"told.{shelf.current(name).content_hash}")
        playbook = PlaybookOfCall.model_validate_json(told or b"")
        assert (playbook.name, playbook.language, playbook.voice) == (name, language, voice)
        assert playbook.content_hash == shelf.current(name).content_hash
