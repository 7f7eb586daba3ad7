"""A representative's feed: read with its own token, cheap when nothing has changed, void once it is rotated."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import icalendar
import pytest

from contracts.requests import Cancel
from contracts.values import MeetingFacts
from messiah.nats_server import NatsServer
from services.runtime.broker import Broker
from tests.component.scheduler.outside import SECRET, STRANGER, reached, token_of
from tests.component.scheduler.sample_call import a_call
from tests.component.scheduler.test_service import Asker
from tests.unit.scheduler.icalendar_lines import read, unescaped


@pytest.fixture
async def api(
    broker: Broker, nats_server: NatsServer, tmp_path: Path, database_url: str | None
) -> AsyncIterator[aiohttp.ClientSession]:
    links = {"links_url": "https://meet.example", "links_secret": SECRET}
    async with reached(nats_server.url, database_url, tmp_path, **links) as client:
        yield client


@pytest.fixture
async def meeting(api, broker) -> MeetingFacts:
    return (await Asker(broker).book(a_call())).meeting


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
    await Asker(broker).ask(Cancel(meeting_id=meeting.meeting_id))
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
        (f"/calendar/{token_of(meeting)}.ics", 404),
    ):
        async with api.get(path, headers=STRANGER) as reply:
            assert reply.status == status
    assert await path_of("POST", "feed/rotate") not in (old, new)


async def test_the_key_of_the_links_is_made_once_and_kept(broker, nats_server, tmp_path, database_url):
    shown = set()
    for _ in range(2):
        async with (
            reached(nats_server.url, database_url, tmp_path) as client,
            client.get("/representatives/noa/feed") as reply,
        ):
            shown.add(re.sub(r"^http://127\.0\.0\.1:\d+", "", (await reply.json())["url"]))
    (path,) = shown
    assert path.startswith("/calendar/")
