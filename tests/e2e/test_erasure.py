"""Somebody asks to be forgotten while somebody else is on the phone: not a byte of one is left, all of the other."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp

from contracts.calls import CallStarted
from contracts.contacts import ContactErasureFinished
from contracts.leads import LeadRefused
from contracts.telemetry import CallLogged
from messiah.demo import LEAD
from messiah.system import System
from tests.e2e.conftest import SPEED, listening, settings

NAME, COMPANY, EMAIL = "זרובבלה קשקשן", "מפעלי קרמבו-זליגה", "zerubavela@krembo-zeliga.example"
PHONE, LEAD_ID = "+972542345678", "crm-zerubavela-77"
OTHER = {"phone": "+972523456702", "lead_id": "crm-other-1", "name": "אביגדור נשאר"}
MARKERS = (NAME, "זרובבלה", COMPANY, "קרמבו", EMAIL, PHONE, "0542345678", "542345678", "54-234-5678", LEAD_ID)


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
        await ear.until_dead("dialer-leads")
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


async def test_the_hash_that_is_left_closes_the_gate(tmp_path: Path) -> None:
    async with (
        System.start(simulator={"speed": SPEED}, **settings(tmp_path)) as system,
        listening(system.nats_url) as ear,
        aiohttp.ClientSession(system.http_url) as client,
    ):
        await client.post("/persons/erasures", json={"phone": PHONE})
        await ear.until(ContactErasureFinished)
        await ear.broker.nats.publish("leads.submitted", lead(phone="054-234-5678", name=NAME))
        refused = await ear.until(LeadRefused)
        assert any("forgotten" in reason for reason in refused.reasons)
        await ear.until(ContactErasureFinished)
        log = await (await client.get("/persons/log")).json()
        assert [each["did"] for each in log] == ["erased", "erasure requested"] * 2
    assert found(tmp_path, [NAME, PHONE, "54-234-5678"]) == {}
