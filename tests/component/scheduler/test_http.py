"""Slots, meetings and representatives over HTTP; what is refused or wrong is named with the cure."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import aiohttp
import pytest

from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime.clock import ISRAEL
from tests.databases import ON_SQLITE

NOBODY = UUID(int=7)
LEAD = {"lead": {"name": "דנה כהן", "company": "אורנט"}, "phone": "054-2345678"}
GAL = {"lead": {"name": "גל לוי"}, "lead_id": "gal"}
WORKDAYS = dict.fromkeys(("sunday", "monday", "tuesday", "wednesday", "thursday"), "09:00-12:30, 13:30-17:00")
PROFILE = {"name": "רות אלון", "email": "ruth@example.com", "hours": WORKDAYS}


class Client:
    """Asks, and gives status and body."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __call__(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None, **query: object
    ):
        params = {name: str(value) for name, value in query.items()}
        async with self._session.request(method, path, json=body, headers=headers, params=params) as reply:
            return reply.status, await reply.json()

    async def etag(self, path: str) -> str:
        async with self._session.get(path) as reply:
            return reply.headers["ETag"]

    async def free(self, count: int = 3, **query: object) -> list[dict]:
        status, slots = await self("GET", "/slots", count=count, **query)
        assert status == 200, slots
        return slots

    async def booked(self, who: dict = LEAD, **more: object) -> dict:
        (slot, *_) = await self.free()
        status, meeting = await self("POST", "/meetings", who | {"slot_id": slot["slot_id"]} | more)
        assert status == 201, meeting
        return meeting


@pytest.fixture
async def api(start) -> AsyncIterator[Client]:
    listener = listen("127.0.0.1", 0)
    app = build_app([await start()])
    async with serving(app, listener), aiohttp.ClientSession(url_of(listener)) as session:
        yield Client(session)


async def test_a_person_books_moves_and_cancels(api):
    meeting = await api.booked()
    assert (meeting["phone"], meeting["call_id"], meeting["status"]) == ("+972542345678", None, "booked")
    taken = [slot["slot_id"] for slot in await api.free(50)]
    assert meeting["slot_id"] not in taken
    path = f"/meetings/{meeting['meeting_id']}"
    other = (await api.free(wish=meeting["start"], representative=meeting["representative_id"]))[0]
    status, moved = await api("PATCH", path, {"start": other["start"]})
    assert (status, moved["slot_id"], moved["meeting_id"]) == (200, other["slot_id"], meeting["meeting_id"])
    for _ in range(2):
        status, cancelled = await api("DELETE", path, reason="moved house")
        assert (status, cancelled["status"], cancelled["reason"]) == (200, "cancelled", "moved house")
    assert (await api("GET", path))[1]["status"] == "cancelled"
    status, problem = await api("PATCH", path, {"slot_id": other["slot_id"]})
    assert (status, problem["reason"]) == (404, "not_found")


async def test_what_was_changed_since_it_was_seen_is_left_as_it_is(api):
    meeting = await api.booked()
    path, person = f"/meetings/{meeting['meeting_id']}", meeting["representative_id"]
    first, second, third, *_ = await api.free(wish=meeting["start"], representative=person)
    assert await api.etag(path) == '"0"'
    seen = {"If-Match": '"0"'}
    assert (await api("PATCH", path, {"slot_id": first["slot_id"]}, headers=seen))[0] == 200
    assert (await api("PATCH", path, {"slot_id": first["slot_id"]}, headers=seen))[0] == 200, "the same again"
    status, problem = await api("PATCH", path, {"slot_id": second["slot_id"]}, headers=seen)
    assert (status, problem["reason"], first["slot_id"] in problem["detail"]) == (412, "changed", True)
    assert (await api("DELETE", path, headers=seen))[0] == 412
    status, problem = await api("DELETE", path, headers={"If-Match": "1"})
    assert (status, problem["field"]) == (422, "If-Match")
    status, moved = await api("PATCH", path, {"slot_id": third["slot_id"]}, headers={"If-Match": await api.etag(path)})
    assert (status, moved["slot_id"], moved["sequence"]) == (200, third["slot_id"], 2)
    assert (await api("DELETE", path, headers={"If-Match": "*"}))[1]["status"] == "cancelled"


async def test_the_same_key_gives_the_same_meeting_and_no_other(api):
    slot, another, *_ = await api.free()
    body, key = LEAD | {"slot_id": slot["slot_id"]}, {"Idempotency-Key": "k-1"}
    replies = [await api("POST", "/meetings", body, headers=key) for _ in range(3)]
    assert [status for status, _ in replies] == [201, 201, 201]
    assert len({meeting["meeting_id"] for _, meeting in replies}) == 1
    status, problem = await api("POST", "/meetings", body | {"slot_id": another["slot_id"]}, headers=key)
    assert (status, problem["field"]) == (422, "Idempotency-Key")
    await api("DELETE", f"/meetings/{replies[0][1]['meeting_id']}")
    status, problem = await api("POST", "/meetings", body, headers=key)
    assert (status, "take a new key" in problem["detail"]) == (404, True)


async def test_a_refusal_says_why_and_what_to_take_instead(api):
    meeting = await api.booked()
    status, problem = await api("POST", "/meetings", GAL | {"slot_id": meeting["slot_id"]})
    assert (status, problem["reason"]) == (409, "taken")
    instead = problem["alternatives"][0]["slot_id"]
    status, problem = await api("POST", "/meetings", LEAD | {"slot_id": instead})
    assert (status, problem["reason"]) == (409, "already_booked")
    assert str(meeting["meeting_id"]) in problem["detail"]
    status, _ = await api("POST", "/meetings", LEAD | {"slot_id": instead, "another": True})
    assert status == 201
    status, problem = await api("PATCH", f"/meetings/{meeting['meeting_id']}", {"slot_id": instead})
    assert (status, problem["reason"], len(problem["alternatives"])) == (409, "taken", 3)
    assert {each["representative_id"] for each in problem["alternatives"]} == {meeting["representative_id"]}


WRONG_MEETINGS = [
    (LEAD, "body.start"),
    (LEAD | {"start": "2026-11-25T10:00:00Z"}, "body.representative_id"),
    (LEAD | {"start": "2026-11-25T10:00:00"}, "body.start"),
    (LEAD | {"slot_id": "x", "start": "2026-11-25T10:00:00Z"}, "body.slot_id"),
    (LEAD | {"slot_id": "nonsense"}, "body.slot_id"),
    ({"lead": {}, "slot_id": "noa-20261125T1000Z"}, "body.phone"),
    (LEAD | {"slot_id": "noa-20261125T1000Z", "phone": "054"}, "body.phone"),
    (LEAD | {"slot_id": "noa-20261125T1000Z", "minutes": 1}, "body.minutes"),
    (LEAD | {"slot_id": "noa-20261125T1000Z", "minute": 30}, "body.minute"),
]


@ON_SQLITE
async def test_what_is_wrong_with_a_new_meeting_is_named(api):
    for body, field in WRONG_MEETINGS:
        status, problem = await api("POST", "/meetings", body)
        assert (status, problem["field"]) == (422, field), problem


WRONG_QUESTIONS = [
    ("/slots", {"wish": "some day"}, 422, "wish"),
    ("/slots", {"not_on": "some day"}, 422, "not_on"),
    ("/slots", {"minutes": "1"}, 422, "query.minutes"),
    ("/slots", {"representative": "nobody"}, 404, None),
    ("/meetings", {"cursor": "x"}, 422, "cursor"),
    ("/meetings", {"start": "2026-11-25T10:00:00Z", "end": "2026-11-24T10:00:00Z"}, 422, "end"),
    (f"/meetings/{NOBODY}", {}, 404, None),
]


@ON_SQLITE
async def test_what_is_wrong_with_a_question_is_named(api):
    for path, query, status, field in WRONG_QUESTIONS:
        answered, problem = await api("GET", path, **query)
        assert (answered, problem.get("field")) == (status, field), problem


async def test_slots_are_found_for_a_wish_a_length_and_a_person(api):
    day = (datetime.now(ISRAEL) + timedelta(days=3)).date()
    slots = await api.free(wish=f"{day}/{day + timedelta(days=6)}", minutes=45, representative="yoav")
    assert len(slots) == 3
    for slot in slots:
        start, end = datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])
        assert end - start == timedelta(minutes=45)
        assert day <= start.astimezone(ISRAEL).date() <= day + timedelta(days=6)
        assert slot["representative_id"] == "yoav"
    but = await api.free(50, wish=f"{day}/{day + timedelta(days=6)}", not_on=f"{day}/{day + timedelta(days=1)}")
    offered = {datetime.fromisoformat(each["start"]).astimezone(ISRAEL).date() for each in but}
    assert offered
    assert not offered & {day, day + timedelta(days=1)}
    later = datetime.now(UTC) + timedelta(days=7)
    assert all(slot["start"] >= later.strftime("%Y-%m-%dT%H") for slot in await api.free(not_before=later.isoformat()))


async def test_meetings_are_listed_a_page_at_a_time(api):
    meetings = [await api.booked(another=True) for _ in range(3)]
    await api.booked(GAL)
    await api("DELETE", f"/meetings/{meetings[0]['meeting_id']}")
    standing = {each["meeting_id"] for each in meetings[1:]}
    lead_id = meetings[0]["lead_id"]
    status, first = await api("GET", "/meetings", lead=lead_id, limit=1)
    assert (status, len(first["items"])) == (200, 1)
    _, second = await api("GET", "/meetings", lead=lead_id, limit=1, cursor=first["next_cursor"])
    assert {first["items"][0]["meeting_id"], second["items"][0]["meeting_id"]} == standing
    assert second["next_cursor"] is None
    assert first["items"][0]["start"] <= second["items"][0]["start"]
    _, everything = await api("GET", "/meetings", include_cancelled=True)
    assert len(everything["items"]) == 4
    noas = [each for each in everything["items"] if each["representative_id"] == "noa" and each["status"] == "booked"]
    _, shown = await api("GET", "/meetings", representative="noa")
    assert [each["meeting_id"] for each in shown["items"]] == [each["meeting_id"] for each in noas]
    until = max(each["start"] for each in everything["items"])
    _, before = await api("GET", "/meetings", end=until, include_cancelled=True)
    assert len(before["items"]) < 4


async def test_somebody_is_taken_on_changed_and_let_go(api):
    status, ruth = await api("PUT", "/representatives/ruth", PROFILE)
    assert (status, ruth["source"], ruth["meeting_minutes"]) == (200, "database", 20)
    assert ruth["hours"] == WORKDAYS
    _, everybody = await api("GET", "/representatives")
    assert {each["id"]: each["source"] for each in everybody} == {"noa": "file", "yoav": "file", "ruth": "database"}
    (slot, *_) = await api.free(representative="ruth")
    assert slot["representative_name"] == "רות אלון"
    written = {name: ruth[name] for name in ruth if name not in ("id", "source")}
    assert (await api("PUT", "/representatives/ruth", written | {"meeting_minutes": 40}))[0] == 200
    (longer, *_) = await api.free(representative="ruth")
    assert datetime.fromisoformat(longer["end"]) - datetime.fromisoformat(longer["start"]) == timedelta(minutes=40)
    _, meeting = await api("POST", "/meetings", LEAD | {"slot_id": longer["slot_id"]})
    status, removed = await api("DELETE", "/representatives/ruth")
    assert (status, [each["meeting_id"] for each in removed["meetings"]]) == (200, [meeting["meeting_id"]])
    assert (await api("GET", "/slots", representative="ruth"))[0] == 404
    assert (await api("GET", f"/meetings/{meeting['meeting_id']}"))[1]["status"] == "booked"


async def test_the_database_wins_over_the_file_until_it_is_taken_back(api):
    await api("DELETE", "/representatives/noa")
    status, problem = await api("DELETE", "/representatives/yoav")
    assert (status, "only one" in problem["detail"]) == (409, True)
    assert (await api("DELETE", "/representatives/noa"))[0] == 404
    assert {slot["representative_id"] for slot in await api.free(20)} == {"yoav"}
    status, noa = await api("DELETE", "/representatives/noa", revert=True)
    assert (status, noa["source"]) == (200, "file")
    assert {slot["representative_id"] for slot in await api.free(20)} == {"noa", "yoav"}
    assert (await api("DELETE", "/representatives/ruth", revert=True))[0] == 404


async def test_days_off_are_taken_and_given_back(api):
    (slot, *_) = await api.free(representative="noa")
    day = datetime.fromisoformat(slot["start"]).astimezone(ISRAEL).date()
    status, noa = await api("POST", "/representatives/noa/days-off", {"first": str(day), "reason": "חופשה"})
    assert (status, noa["days_off"]) == (200, [{"first": str(day), "last": str(day), "reason": "חופשה"}])

    async def days() -> set:
        slots = await api.free(50, representative="noa")
        return {datetime.fromisoformat(each["start"]).astimezone(ISRAEL).date() for each in slots}

    assert day not in await days()
    status, noa = await api("DELETE", f"/representatives/noa/days-off/{day}")
    assert (status, noa["days_off"]) == (200, [])
    assert day in await days()
    assert (await api("DELETE", f"/representatives/noa/days-off/{day}"))[0] == 404
    assert (await api("POST", "/representatives/nobody/days-off", {"first": str(day)}))[0] == 404
    backwards = {"first": str(day), "last": str(day - timedelta(days=1))}
    status, problem = await api("POST", "/representatives/noa/days-off", backwards)
    assert (status, problem["field"]) == (422, "body.last")


WRONG_PEOPLE = [
    ({"hours": {"sunday": "nine to five"}}, "body.hours.sunday"),
    ({"hours": {"sunday": "09:00-13:00, 12:00-17:00"}}, "body.hours.sunday"),
    ({"hours": {}}, "body.hours"),
    ({"hours": {"someday": "09:00-17:00"}}, "body.hours"),
    ({"email": "ruth"}, "body.email"),
    ({"time_zone": "Israel/Nowhere"}, "body.time_zone"),
    ({"weight": 0}, "body.weight"),
    ({"days_off": ["2026-12-24/2026-12-23"]}, "body.days_off.0"),
    ({"wait": 1}, "body.wait"),
]


@ON_SQLITE
async def test_what_is_wrong_with_somebody_is_named(api):
    for change, field in WRONG_PEOPLE:
        status, problem = await api("PUT", "/representatives/ruth", PROFILE | change)
        assert (status, problem["field"]) == (422, field), problem
        assert not problem["detail"].startswith("Value error"), problem
    status, problem = await api("PUT", "/representatives/Ruth%20A", PROFILE)
    assert (status, problem["field"]) == (422, "path.representative_id"), "no slot could carry that id"
