"""Lists over HTTP: good rows go in by the gate, bad ones are explained, and the same list again changes nothing."""

import asyncio
import csv
import io
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from contracts.calls import CallDialed
from contracts.contacts import ContactOptedOut
from contracts.leads import LeadAccepted, LeadRefused
from contracts.values import lead_id_of
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.dialer.domain.lead import LeadState
from services.dialer.uploads.ledger import Uploads
from services.dialer.uploads.problem import Problem
from services.dialer.uploads.report import lines
from services.dialer.uploads.upload import Kind, State, Upload
from tests.component.dialer.conftest import CLOCK, Dialers, until

CONSENT = "web_form," + (CLOCK.now() - timedelta(days=10)).date().isoformat()
HEADER = "contact_number,contact_name,consent_basis,consent_at,status,best_call_time"


class Lists:
    """Hands lists in."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self.client = client

    async def upload(self, content: str | bytes, path: str = "/leads/upload?wait=true") -> tuple[int, Any]:
        async with self.client.post(path, data=content, headers={"Content-Type": "text/csv"}) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.client.get(path) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def lists(dialers: Dialers) -> AsyncIterator[Lists]:
    listener = listen("127.0.0.1", 0)
    app = build_app([await dialers.start(upload_max_mb=1)])
    async with serving(app, listener), aiohttp.ClientSession(url_of(listener)) as client:
        yield Lists(client)


def counted(view: dict[str, Any]) -> dict[str, int]:
    return {name: view[name] for name in ("rows", "accepted", "unchanged", "refused", "duplicates") if view[name]}


UGLY = f"""sep=,
{HEADER},צבע
"542345678",דנה,{CONSENT},,any time,
="035234567",יוסי,{CONSENT},new,אחרי החגים,
9.72542E+11,רון,{CONSENT},,,
050-1234567,נועה,{CONSENT},,,
,ללא מספר,{CONSENT},,,

054-2345679,בלי הסכמה,,,,,
054-2345678,דנה שוב,{CONSENT},,,
054-3456789,כבר התקשרו,{CONSENT},טופל,,
054-3456788,לא להתקשר,{CONSENT},הסר,,
054-3456787,עלום,{CONSENT},VIP,,
"054-3456786,מרכאה,{CONSENT},,,
"""


async def test_good_rows_go_in_and_bad_ones_are_explained(lists, facts, dialers, conversation):
    status, view = await lists.upload(UGLY.encode("cp1255"))
    assert status == 200
    assert (view["state"], view["encoding"], view["ignored"]) == ("finished", "cp1255", ["צבע"])
    assert counted(view) == {"rows": 11, "accepted": 4, "refused": 6, "duplicates": 1}
    told = {(each["line"], each["column"]): each for each in view["problems"]}
    assert set(told) == {
        (4, "best_call_time"), (5, "contact_number"), (6, "contact_number"), (7, "contact_number"),
        (9, "consent_basis"), (10, ""), (13, "status"), (14, ""),
    }  # fmt: skip
    assert [at for at, each in told.items() if each["only_remark"]] == [(4, "best_call_time"), (10, "")]
    assert told[5, "contact_number"]["cure"] == "format the column as text and enter the number again"
    assert "line 3" in told[10, ""]["problem"]
    assert all(each["problem"] and each["cure"] and each["code"] for each in told.values())

    await facts.until(lambda: len(facts.of(LeadRefused)) == 2)
    accepted = await facts.until(lambda: facts.of(LeadAccepted)[1:] and facts.of(LeadAccepted))
    assert {each.phone for each in accepted} == {"+972542345678", "+97235234567"}
    assert {each.name for each in accepted} == {"דנה", "יוסי"}
    opted_out = await facts.first(ContactOptedOut)
    assert opted_out.phone == "+972543456788"
    assert (await dialers.lead_is(lead_id_of("+972543456788"), LeadState.OPTED_OUT)).reason
    done = await dialers.lead(lead_id_of("+972543456789"))
    assert (done.state, done.reason) == (LeadState.DONE, "the list says that they are done with: טופל")

    async with lists.client.get(view["report"]) as answer:
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        report = (await answer.read()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(report)))
    assert [(int(row["line"]), row["row"]) for row in rows] == [
        (each["line"], "accepted" if each["only_remark"] else "refused") for each in view["problems"]
    ]

    _, again = await lists.upload(UGLY.encode("utf-16"))
    assert counted(again) == {"rows": 11, "unchanged": 4, "refused": 6, "duplicates": 1}
    assert [each["line"] for each in again["problems"]] == [each["line"] for each in view["problems"]]
    _, listed = await lists.get("/leads/uploads")
    assert [each["upload_id"] for each in listed] == [again["upload_id"], view["upload_id"]]


async def test_a_form_and_a_list_that_has_changed(lists, facts, dialers):
    form = aiohttp.FormData()
    form.add_field("file", f"{HEADER}\n03-5234567,a,{CONSENT}\n", filename="רשימה.csv", content_type="text/csv")
    async with lists.client.post("/leads/upload", data=form) as answer:
        assert answer.status == 202
        location = answer.headers["Location"]
        assert (await answer.json())["file_name"] == "רשימה.csv"

    async def finished() -> Any:
        _, view = await lists.get(location)
        return view if view["state"] == "finished" else None

    assert counted(await until(finished)) == {"rows": 1, "accepted": 1}
    _, view = await lists.upload(f"{HEADER}\n03-5234567,b,{CONSENT}\n03-5234568,c,{CONSENT}\n")
    assert counted(view) == {"rows": 2, "accepted": 2}
    assert (await dialers.lead(lead_id_of("+97235234567"))).facts.name == "b"
    _, view = await lists.upload(f"{HEADER}\n03-5234567,b,{CONSENT},called\n")
    assert counted(view) == {"rows": 1, "accepted": 1}
    assert (await dialers.lead(lead_id_of("+97235234567"))).state is LeadState.DONE


async def test_a_refused_row_goes_in_once_what_was_wrong_is_mended(lists, facts, dialers):
    _, view = await lists.upload(f"{HEADER}\n03-5234567,a\n")
    assert counted(view) == {"rows": 1, "refused": 1}
    _, view = await lists.upload(f"{HEADER}\n03-5234567,a,{CONSENT}\n")
    assert counted(view) == {"rows": 1, "accepted": 1}
    assert (await dialers.lead(lead_id_of("+97235234567"))).state is LeadState.WAITING


async def test_a_long_list_is_read_by_a_process_of_its_own_while_a_call_is_dialed(lists, facts, dialers, conversation):
    numbers = random.Random(7).sample(range(2_000_000, 9_999_999), 1500)
    rows = "".join(f"050-{number},שם ארוך דיו כדי שהקובץ לא יהיה קטן,{CONSENT},done,\n" for number in numbers)
    uploading = asyncio.create_task(lists.upload(f"{HEADER}\n{rows}"))
    await dialers.submit(phone="03-5234567")
    await facts.first(CallDialed)
    status, view = await uploading
    assert (status, view["state"], view["rows"]) == (200, "finished", 1500)
    assert view["accepted"] + view["refused"] == 1500
    assert view["accepted"] > 1000
    _, leads = await lists.get("/leads?state=done&limit=1000")
    assert len(leads) == min(view["accepted"], 1000)


async def test_a_list_that_was_left_in_the_middle_is_gone_on_with(lists, facts, dialers, tmp_path):
    rows = "".join(f"03-52345{number:02},x,{CONSENT}\n" for number in range(50))
    content = f"{HEADER}\n{rows}".encode()
    service = dialers.services[0]
    left = Upload(
        upload_id=uuid4(), kind=Kind.LEADS, file_name="left.csv", size=len(content), created_at=CLOCK.now(),
        state=State.READING, beat_at=CLOCK.now() - timedelta(minutes=2), rows=30, accepted=30,
    )  # fmt: skip
    folder = tmp_path / "uploads"
    folder.mkdir(exist_ok=True)
    await Uploads(service.units).add(left)
    (folder / f"{left.upload_id}.csv").write_bytes(content)
    await dialers.start()

    async def finished() -> Any:
        _, view = await lists.get(f"/leads/uploads/{left.upload_id}")
        return view if view["state"] == "finished" else None

    assert counted(await until(finished)) == {"rows": 50, "accepted": 50}
    _, leads = await lists.get("/leads")
    assert len(leads) == 20


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "empty"), (b"PK\x03\x04", "Excel workbook"), (b"a,b\n1,2\n", "name one contact_number in the header")],
)
async def test_a_file_that_is_no_list_fails_in_words(lists, content, problem):
    status, view = await lists.upload(content)
    assert (status, view["state"]) == (200, "failed")
    assert problem in view["problem"]


async def test_what_cannot_be_taken_in(lists, tmp_path):
    form = aiohttp.FormData({"other": "x"}, default_to_multipart=True)
    async with lists.client.post("/leads/upload", data=form) as answer:
        assert (answer.status, (await answer.json())["field"]) == (422, "file")
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with lists.client.post("/leads/upload", data=b"no form", headers=headers) as answer:
        assert answer.status == 422
    async with lists.client.post("/leads/upload", data=io.BytesIO(b"x" * ((1 << 20) + 1))) as answer:
        assert (answer.status, "UPLOAD_MAX_MB" in (await answer.json())["detail"]) == (413, True)
    assert not list((tmp_path / "uploads").iterdir())
    status, problem = await lists.get(f"/leads/uploads/{uuid4()}")
    assert (status, "GET /leads/uploads" in problem["detail"]) == (404, True)


async def test_the_template_is_a_list_that_goes_in(lists):
    async with lists.client.get("/leads/template") as answer:
        template = await answer.read()
    assert template.startswith("\ufeff".encode())
    _, view = await lists.upload(template)
    assert view["rows"] == 1
    assert not view["ignored"]


def test_a_report_never_runs_a_formula():
    assert lines([(1, "=cmd|' /C calc'!A0", "+972", "ok")]) == "1,'=cmd|' /C calc'!A0,'+972,ok\r\n"
    assert Problem.told(1, "a", "b", "wrong; very wrong; mend it") == Problem(
        1, "a", "b", "wrong; very wrong", "mend it"
    )
