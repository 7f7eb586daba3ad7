"""Somebody asks to be forgotten while somebody else is on the phone: not a byte of one is left, all of the other."""

import asyncio
import json
import re
import threading
from collections.abc import Coroutine, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from typer.testing import CliRunner

from contracts.calls import CallRecorded, CallStarted
from contracts.contacts import ContactErasureFinished
from contracts.leads import LeadRefused
from contracts.streams import DIALER_LEADS
from contracts.telemetry import CallLogged
from messiah.cli import app
from messiah.demo import LEAD
from messiah.system import System
from tests.e2e.conftest import SPEED, TIMEOUT_S, Ear, listening, settings

NAME, COMPANY, EMAIL = "זרובבלה קשקשן", "מפעלי קרמבו-זליגה", "zerubavela@krembo-zeliga.example"
PHONE, LEAD_ID = "+972542345678", "crm-zerubavela-77"
OTHER = {"phone": "+972523456702", "lead_id": "crm-other-1", "name": "אביגדור נשאר"}
MARKERS = (NAME, "זרובבלה", COMPANY, "קרמבו", EMAIL, PHONE, "0542345678", "542345678", "54-234-5678", LEAD_ID)


LOGGED = re.compile(r"\d{4}-\d\d-\d\d \d\d:")


def forms(markers: Iterable[str]) -> set[bytes]:
    """Every way in which a text may lie in a file."""
    texts = {
        form for marker in markers for form in (marker, json.dumps(marker)[1:-1], json.dumps(json.dumps(marker))[2:-2])
    }
    return {text.encode(coding) for text in texts for coding in ("utf-8", "utf-16-le", "utf-16-be")}


def found(folder: Path, markers: Iterable[str]) -> dict[str, list[str]]:
    """In which files any of it lies."""
    sought = forms(markers)
    traces: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if hits := [each.decode("utf-8", "replace") for each in sought if each in content]:
                traces[str(path.relative_to(folder))] = hits
    return traces


def lead(**changes: Any) -> bytes:
    return json.dumps(dict(LEAD) | changes, ensure_ascii=False).encode()


async def test_not_a_byte_of_somebody_who_was_erased_is_left(tmp_path: Path) -> None:
    given = settings(tmp_path, privacy_secret="a secret of sixteen or more")
    async with System.start(simulator={"speed": SPEED}, **given) as system, listening(system.nats_url) as ear:
        about = {"name": NAME, "phone": PHONE, "lead_id": LEAD_ID, "company": COMPANY, "email": EMAIL}
        await ear.broker.nats.publish("leads.submitted", lead(**about, notes=f"{NAME} אוהבת קרמבו"))
        logged = await ear.until(CallLogged)
        said = next(line.text for line in logged.transcript if line.speaker == "caller" and len(line.text) > 12)
        await ear.broker.nats.publish("leads.submitted", b'{"phone": "054-234-5678", "nobody": "can read this"')
        await ear.until_dead(DIALER_LEADS)
        async with aiohttp.ClientSession(system.http_url) as client:
            rows = f"contact_name,contact_number,email\r\n{NAME},54-234-5678-99,{EMAIL}\r\n"
            uploaded = await (await client.post("/leads/upload?wait=true", data=rows.encode())).json()
            assert uploaded.get("refused") == 1, uploaded
            export = await (await client.post("/persons/export", json={"phone": "054-2345678"})).json()
            shown = json.dumps(export, ensure_ascii=False)
            wanted = (NAME, COMPANY, EMAIL, PHONE, LEAD_ID, said, "can read this")
            assert [each for each in wanted if each not in shown] == [], shown[:2000]
            assert {"leads", "attempts", "decisions", "upload_problems"} <= export["databases"]["dialer"].keys()
            assert {"facts", "calls", "records", "transcripts"} <= export["databases"]["telemetry"].keys()
            assert {"LEADS", "CALLS", "MEETINGS", "TELEMETRY", "DEAD"} <= export["streams"].keys()
            assert {"meetings", "holds"} <= export["databases"]["scheduler"].keys()

            await ear.broker.nats.publish("leads.submitted", lead(**OTHER))
            live = await ear.until(CallStarted)
            erasure = await (await client.post("/persons/erasures", json={"lead_id": LEAD_ID})).json()
            receipt = await ear.until(ContactErasureFinished)
            assert str(receipt.erasure_id) == erasure["erasure_id"]
            assert {"dialer", "scheduler", "telemetry", "conversation", "streams"} == receipt.removed.keys()
            logs = [each for each in ear.of(CallLogged) if each.call_id == live.call_id]  # it may have ended meanwhile
            theirs = logs[0] if logs else await ear.until(CallLogged, lambda each: each.call_id == live.call_id)
            assert theirs.lead.name == OTHER["name"]

            gone = await (await client.post("/persons/export", json={"phone": PHONE})).json()
            assert gone["databases"]["telemetry"] == gone["databases"]["scheduler"] == gone["streams"] == {}
            assert [row["quote"] for row in gone["databases"]["dialer"]["opt_outs"]] == [None]
            kept = await (await client.post("/persons/export", json={"phone": OTHER["phone"]})).json()
            assert kept["databases"]["telemetry"]["transcripts"]

        assert found(tmp_path, MARKERS) == {}
    assert found(tmp_path, MARKERS) == {}
    assert {"telemetry.db", "dialer.db"} <= found(tmp_path, [str(OTHER["lead_id"])]).keys()


class Beside:
    """A whole system in a thread of its own: a command brings its own loop, and wants the main thread."""

    def __init__(self, var: Path, **given: Any) -> None:
        self._given = settings(var, **given)
        self._loop = asyncio.new_event_loop()
        self._started: Future[tuple[System, Ear]] = Future()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> "Beside":
        self._thread.start()
        self.system, self.ear = self._started.result(TIMEOUT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(TIMEOUT_S)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(TIMEOUT_S)

    async def _run(self) -> None:
        try:
            async with (
                System.start(simulator={"speed": SPEED}, **self._given) as system,
                listening(system.nats_url) as ear,
            ):
                self._started.set_result((system, ear))
                await self._over.wait()
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
            raise


def test_somebody_is_shown_and_forgotten_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def person(*arguments: str, answer: str | None = None, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["person", *arguments], input=answer)
        assert result.exit_code == code, result.output
        said = (line for line in result.output.splitlines() if not LOGGED.match(line))  # by the system, meanwhile
        return " ".join(" ".join(said).split())

    var, export = tmp_path / "var", tmp_path / "shown.json"
    with Beside(var, record_calls=True) as there:
        monkeypatch.setenv("MESSIAH_URL", there.system.http_url)
        monkeypatch.setenv("MESSIAH_VAR", str(tmp_path))
        monkeypatch.setenv("COLUMNS", "200")
        assert "nobody was erased" in person("status")
        assert "nothing was done yet" in person("log")
        ear, publish = there.ear, there.ear.broker.nats.publish
        there.run(publish("leads.submitted", lead(phone="054-234-5678", name=NAME)))
        recorded = there.run(ear.until(CallRecorded))
        person("export", "054-2345678", "--out", str(export))
        shown = json.loads(export.read_text(encoding="utf-8"))
        assert recorded.recording_id in str(shown["streams"]["CALLS"])
        assert NAME in str(shown["databases"]["dialer"]["leads"])

        person("erase", PHONE, answer="n\n", code=1)
        erased = person("erase", PHONE, "--yes")
        assert "finished, asked for by" in erased
        assert "dialer: " in erased
        assert "carrier: 1 recordings deleted" in erased
        erasure_id = erased.split()[0]
        assert person("status", erasure_id) == person("status") == erased
        assert "there is no erasure" in person("status", str(UUID(int=7)), code=1)
        assert NAME not in person("export", PHONE)
        log = person("log")
        assert [log.count(f" {each} ") for each in ("erased", "erasure requested", "exported")] == [1, 1, 2]

        async def recordings() -> Any:
            async with aiohttp.ClientSession(there.system.simulator_url) as carrier:
                return await (await carrier.get("/simulator/recordings")).json()

        assert there.run(recordings()) == {"kept": [], "deleted": [recorded.recording_id]}
        there.run(publish("leads.submitted", lead(phone="054-234-5678", name=NAME)))
        refused = there.run(ear.until(LeadRefused))  # by the hash that is left
        assert any("forgotten" in reason for reason in refused.reasons)
        there.run(ear.until(ContactErasureFinished, lambda each: str(each.erasure_id) != erasure_id))
    assert found(var, [NAME, PHONE, "54-234-5678"]) == {}
