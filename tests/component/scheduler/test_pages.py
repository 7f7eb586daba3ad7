"""What people reach without a token of the API: the page behind a signed link, and a representative's feed."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import aiohttp
import icalendar
import pytest

import services.scheduler.app
from contracts.values import MeetingFacts
from messiah.nats_server import NatsServer
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime.broker import Broker
from services.scheduler.domain.letter import Audience
from services.scheduler.domain.link import LinkSigner, MeetingLink
from services.scheduler.settings import SchedulerSettings
from tests.component.scheduler.sample_call import a_call
from tests.component.scheduler.test_service import Asker
from tests.unit.scheduler.icalendar_lines import read, unescaped

SECRET = "a secret that is long enough"
SIGNER = LinkSigner(SECRET)
STRANGER = {"x-forwarded-for": "203.0.113.7", "host": "meet.example"}
"""Somebody out there, through a proxy: no route of the API answers them."""


@pytest.fixture
async def api(
    broker: Broker, nats_server: NatsServer, tmp_path: Path, database_url: str | None
) -> AsyncIterator[aiohttp.ClientSession]:
    settings = SchedulerSettings(
        _env_file=None,
        nats_url=nats_server.url,
        database_url=database_url,
        messiah_var=tmp_path,
        links_url="https://meet.example",
        links_secret=SECRET,
        smtp_host="127.0.0.1",
        smtp_port=9,
        smtp_tls="off",
        mail_from="meetings@alta.example",
    )
    service = await services.scheduler.app.build(settings)
    await service.start()
    listener = listen("127.0.0.1", 0)
    async with serving(build_app([service]), listener), aiohttp.ClientSession(url_of(listener)) as client:
        yield client
    await service.stop()


@pytest.fixture
async def meeting(api, broker) -> MeetingFacts:
    return (await Asker(broker).book(a_call())).meeting


def _token(meeting: MeetingFacts, audience=Audience.LEAD, expires: datetime | None = None, signer=SIGNER) -> str:
    return signer.sign_meeting(MeetingLink(meeting.meeting_id, audience, expires or meeting.start))


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
    page = await _page(api, f"/m/{_token(meeting)}")
    assert page.named("html") == [{"lang": "he", "dir": "rtl"}]
    assert not page.named("script")
    assert meeting.representative_name in page.text
    assert page.slots
    assert meeting.slot_id not in page.slots
    assert all(slot.startswith(f"{meeting.representative_id}-") for slot in page.slots)
    assert {form["method"] for form in page.named("form")} == {"post"}
    assert "+972" not in page.text
    theirs = await _page(api, f"/m/{_token(meeting, Audience.REPRESENTATIVE)}")
    assert "+972542345678" in theirs.text


async def test_following_a_link_changes_nothing_however_often(api, meeting):
    token = _token(meeting)
    for path in (f"/m/{token}", f"/m/{token}/cancel", f"/m/{token}/reschedule"):
        for method in ("GET", "HEAD"):
            async with api.request(method, path, headers=STRANGER) as reply:
                assert reply.status in (200, 405)
    assert await _status(api, meeting.meeting_id) == ("booked", meeting.slot_id)


async def test_moving_it_leads_back_to_the_page_as_it_is_now(api, meeting):
    token = _token(meeting)
    slot = (await _page(api, f"/m/{token}")).slots[-1]
    for _ in range(2):  # the form is sent twice
        status, location = await _post(api, f"/m/{token}/reschedule", slot_id=slot, sequence="0")
        assert status == 303
    assert await _status(api, meeting.meeting_id) == ("booked", slot)
    page = await _page(api, location)
    assert "המועד עודכן" in page.text
    assert meeting.slot_id in page.slots


async def test_an_outdated_form_is_refused_and_shows_how_things_are(api, meeting):
    token = _token(meeting)
    first, second, *_ = (await _page(api, f"/m/{token}")).slots
    await _post(api, f"/m/{token}/reschedule", slot_id=first, sequence="0")
    for path, form in (("reschedule", {"slot_id": second}), ("cancel", {})):
        status, html = await _post(api, f"/m/{token}/{path}", sequence="0", **form)
        assert status == 409
        assert "השתנו בינתיים" in html
    assert await _status(api, meeting.meeting_id) == ("booked", first)


async def test_a_time_that_is_taken_meanwhile_is_not_given_away_twice(api, meeting, broker):
    token = _token(meeting)
    other = (await Asker(broker).book(a_call())).meeting
    status, html = await _post(api, f"/m/{token}/reschedule", slot_id=other.slot_id, sequence="0")
    assert status == 409
    assert "כבר תפוס" in html
    assert await _status(api, meeting.meeting_id) == ("booked", meeting.slot_id)
    status, _ = await _post(api, f"/m/{token}/reschedule", slot_id="nonsense", sequence="0")
    assert status == 409


async def test_cancelling_twice_cancels_once_and_nothing_brings_it_back(api, meeting):
    token = _token(meeting)
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
    good = _token(meeting)
    other = LinkSigner("some other secret of ours")
    assert "נכון" in (await _page(api, f"/m/{_token(meeting, signer=other)}", 404)).text
    await _page(api, f"/m/{good[:-4]}AAAA", 404)
    await _page(api, "/m/x", 404)
    expired = _token(meeting, expires=datetime.now(UTC) - timedelta(minutes=1))
    assert "בתוקף" in (await _page(api, f"/m/{expired}", 410)).text
    for token, status in ((good[:-4] + "AAAA", 404), (expired, 410)):
        assert (await _post(api, f"/m/{token}/cancel", sequence="0"))[0] == status
        assert (await _post(api, f"/m/{token}/reschedule", slot_id="noa-x", sequence="0"))[0] == status
    assert await _status(api, meeting.meeting_id) == ("booked", meeting.slot_id)


async def test_a_feed_is_read_with_its_token_and_says_when_nothing_has_changed(api, meeting, broker):
    person = meeting.representative_id
    async with api.get(f"/representatives/{person}/feed") as reply:
        url = (await reply.json())["url"]
    assert url.startswith("https://meet.example/calendar/")
    path = url.removeprefix("https://meet.example")
    async with api.get(path, headers=STRANGER) as reply:
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "text/calendar; charset=utf-8"
        etag, body = reply.headers["ETag"], await reply.read()
    (event,) = read(body).named("VEVENT")
    assert event.value("UID") == str(meeting.meeting_id)
    assert "דנה כהן" in unescaped(event.value("SUMMARY"))
    assert icalendar.Calendar.from_ical(body).walk("VEVENT")[0].decoded("dtstart") == meeting.start
    for known in (etag, f'"other", W/{etag}', "*"):
        async with api.get(path, headers=STRANGER | {"If-None-Match": known}) as reply:
            assert (reply.status, reply.headers["ETag"], await reply.read()) == (304, etag, b"")
    async with api.head(path, headers=STRANGER) as reply:
        assert (reply.status, reply.headers["ETag"]) == (200, etag)
    await _post(api, f"/m/{_token(meeting)}/cancel", sequence="0")
    async with api.get(path, headers=STRANGER | {"If-None-Match": etag}) as reply:
        assert reply.status == 200
        (event,) = read(await reply.read()).named("VEVENT")
    assert (event.value("STATUS"), event.value("SEQUENCE")) == ("CANCELLED", "1")


async def test_a_rotated_feed_has_a_new_address_and_the_old_one_is_void(api, meeting):
    async def path_of(method: str, route: str) -> str:
        async with api.request(method, f"/representatives/noa/{route}") as reply:
            return (await reply.json())["url"].removeprefix("https://meet.example")

    old = await path_of("GET", "feed")
    new = await path_of("POST", "feed/rotate")
    assert await path_of("GET", "feed") == new != old
    for path, status in (
        (old, 404),
        (new, 200),
        (new.replace(".ics", "A.ics"), 404),
        (f"/calendar/{_token(meeting)}.ics", 404),
    ):
        async with api.get(path, headers=STRANGER) as reply:
            assert reply.status == status
    assert await path_of("POST", "feed/rotate") not in (old, new)


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


async def test_the_key_of_the_links_is_made_once_and_kept(broker, nats_server, tmp_path, database_url):
    settings = SchedulerSettings(
        _env_file=None, nats_url=nats_server.url, database_url=database_url, messiah_var=tmp_path
    )
    shown = set()
    for _ in range(2):
        service = await services.scheduler.app.build(settings)
        await service.start()
        listener = listen("127.0.0.1", 0)
        async with (
            serving(build_app([service]), listener),
            aiohttp.ClientSession(url_of(listener)) as client,
            client.get("/representatives/noa/feed") as reply,
        ):
            url = (await reply.json())["url"]
        await service.stop()
        shown.add(re.sub(r"^http://127\.0\.0\.1:\d+", "", url))
    (path,) = shown
    assert path.startswith("/calendar/")
