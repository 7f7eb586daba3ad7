"""The page behind a signed link: what it shows, what it changes, and what opens nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest

from contracts.values import MeetingFacts
from messiah.nats_server import NatsServer
from services.runtime.broker import Broker
from services.scheduler.domain.letter import Audience
from services.scheduler.domain.link import LinkSigner
from tests.component.scheduler.outside import SECRET, STRANGER, reached, token_of
from tests.component.scheduler.sample_call import a_call
from tests.component.scheduler.test_service import Asker


@pytest.fixture
async def api(broker: Broker, nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """On SQLite only: what a page does, the booking desk does, and that is tested on both."""
    mail = {"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_tls": "off", "mail_from": "meetings@alta.example"}
    async with reached(nats_server.url, None, tmp_path, links_secret=SECRET, **mail) as client:
        yield client


@pytest.fixture
async def meeting(api, broker) -> MeetingFacts:
    return (await Asker(broker).book(a_call())).meeting


class Page(HTMLParser):
    """The forms of a page, its text, and whether it needs a script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for each, attributes in self.tags if each == tag]

    @property
    def slots(self) -> list[str]:
        return [each["value"] or "" for each in self.named("button") if each.get("name") == "slot_id"]


async def _page(api, path: str, status: int = 200) -> Page:
    async with api.get(path, headers=STRANGER) as reply:
        assert reply.status == status
        assert reply.headers["Cache-Control"] == "no-store"
        assert "noindex" in reply.headers["X-Robots-Tag"]
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        return Page(await reply.text())


async def _post(api, path: str, **form) -> tuple[int, str]:
    async with api.post(path, data=form, headers=STRANGER, allow_redirects=False) as reply:
        return reply.status, reply.headers.get("Location", "") or await reply.text()


async def _status(api, meeting_id: UUID) -> tuple[str, str]:
    async with api.get(f"/meetings/{meeting_id}") as reply:
        shown = await reply.json()
        return shown["status"], shown["slot_id"]


async def test_the_page_shows_the_meeting_and_needs_no_script(api, meeting):
    page = await _page(api, f"/m/{token_of(meeting)}")
    assert page.named("html") == [{"lang": "he", "dir": "rtl"}]
    assert not page.named("script")
    assert meeting.representative_name in page.text
    assert page.slots
    assert meeting.slot_id not in page.slots
    assert all(slot.startswith(f"{meeting.representative_id}-") for slot in page.slots)
    assert {form["method"] for form in page.named("form")} == {"post"}
    assert "+972" not in page.text
    theirs = await _page(api, f"/m/{token_of(meeting, Audience.REPRESENTATIVE)}")
    assert "+972542345678" in theirs.text


async def test_following_a_link_changes_nothing_however_often(api, meeting):
    token = token_of(meeting)
    for path in (f"/m/{token}", f"/m/{token}/cancel", f"/m/{token}/reschedule"):
        for method in ("GET", "HEAD"):
            async with api.request(method, path, headers=STRANGER) as reply:
                assert reply.status in (200, 405)
    assert await _status(api, meeting.meeting_id) == ("booked", meeting.slot_id)


async def test_moving_it_leads_back_to_the_page_as_it_is_now(api, meeting):
    token = token_of(meeting)
    slot = (await _page(api, f"/m/{token}")).slots[-1]
    for _ in range(2):  # the form is sent twice
        status, location = await _post(api, f"/m/{token}/reschedule", slot_id=slot, sequence="0")
        assert status == 303
    assert await _status(api, meeting.meeting_id) == ("booked", slot)
    page = await _page(api, location)
    assert "המועד עודכן" in page.text
    assert meeting.slot_id in page.slots


async def test_an_outdated_form_is_refused_and_shows_how_things_are(api, meeting):
    token = token_of(meeting)
    first, second, *_ = (await _page(api, f"/m/{token}")).slots
    await _post(api, f"/m/{token}/reschedule", slot_id=first, sequence="0")
    for path, form in (("reschedule", {"slot_id": second}), ("cancel", {})):
        status, html = await _post(api, f"/m/{token}/{path}", sequence="0", **form)
        assert status == 409
        assert "השתנו בינתיים" in html
    assert await _status(api, meeting.meeting_id) == ("booked", first)


async def test_two_forms_sent_at_once_move_the_meeting_once(api, meeting):
    token = token_of(meeting)
    slots = (await _page(api, f"/m/{token}")).slots[:4]
    forms = [_post(api, f"/m/{token}/reschedule", slot_id=slot, sequence="0") for slot in slots]
    statuses = [status for status, _ in await asyncio.gather(*forms)]
    assert sorted(statuses) == [303, 409, 409, 409]
    assert await _status(api, meeting.meeting_id) == ("booked", slots[statuses.index(303)])
    async with api.get(f"/meetings/{meeting.meeting_id}") as reply:
        assert (await reply.json())["sequence"] == 1


async def test_a_time_that_is_taken_meanwhile_is_not_given_away_twice(api, meeting, broker):
    token = token_of(meeting)
    other = (await Asker(broker).book(a_call())).meeting
    status, html = await _post(api, f"/m/{token}/reschedule", slot_id=other.slot_id, sequence="0")
    assert status == 409
    assert "כבר תפוס" in html
    assert await _status(api, meeting.meeting_id) == ("booked", meeting.slot_id)
    status, _ = await _post(api, f"/m/{token}/reschedule", slot_id="nonsense", sequence="0")
    assert status == 409


async def test_cancelling_twice_cancels_once_and_nothing_brings_it_back(api, meeting):
    token = token_of(meeting)
    slot = (await _page(api, f"/m/{token}")).slots[0]
    for _ in range(2):
        status, location = await _post(api, f"/m/{token}/cancel", sequence="0")
        assert status == 303
    assert "הפגישה בוטלה" in (await _page(api, location)).text
    assert not (await _page(api, location)).named("form")
    status, _ = await _post(api, f"/m/{token}/reschedule", slot_id=slot, sequence="1")
    assert status == 409
    assert (await _status(api, meeting.meeting_id))[0] == "cancelled"
    async with api.get(f"/meetings/{meeting.meeting_id}") as reply:
        assert (await reply.json())["reason"] == "cancelled by the lead, by link"


async def test_links_that_are_forged_expired_or_for_something_else_open_nothing(api, meeting):
    good = token_of(meeting)
    other = LinkSigner("some other secret of ours")
    assert "נכון" in (await _page(api, f"/m/{token_of(meeting, signer=other)}", 404)).text
    await _page(api, f"/m/{good[:-4]}AAAA", 404)
    await _page(api, "/m/x", 404)
    expired = token_of(meeting, expires=datetime.now(UTC) - timedelta(minutes=1))
    assert "בתוקף" in (await _page(api, f"/m/{expired}", 410)).text
    for token, status in ((good[:-4] + "AAAA", 404), (expired, 410)):
        assert (await _post(api, f"/m/{token}/cancel", sequence="0"))[0] == status
        assert (await _post(api, f"/m/{token}/reschedule", slot_id="noa-x", sequence="0"))[0] == status
    assert await _status(api, meeting.meeting_id) == ("booked", meeting.slot_id)


async def test_what_is_not_a_link_is_guarded(api, meeting):
    for method, path in (
        ("GET", "/mails"),
        ("GET", "/representatives/noa/feed"),
        ("POST", "/representatives/noa/feed/rotate"),
    ):
        async with api.request(method, path, headers=STRANGER) as reply:
            assert reply.status == 401
    async with api.get("/representatives/nobody/feed") as reply:
        assert reply.status == 404


async def test_mails_are_listed_with_what_has_become_of_them(api, meeting):
    """Nothing listens on the mail server's port here, so they wait, and say why."""
    async with api.get("/mails", params={"meeting_id": str(meeting.meeting_id)}) as reply:
        (mail,) = await reply.json()
    assert (mail["audience"], mail["occasion"], mail["status"]) == ("representative", "invitation", "pending")
    async with api.get("/mails", params={"status": "failed"}) as reply:
        assert await reply.json() == []
    async with api.get("/mails", params={"status": "lost"}) as reply:
        assert reply.status == 422
