"""Who gets into the console, for how long, and what they may do there: over HTTP, as a browser asks."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import select, update

from contracts.calls import CallRecorded
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime.errors import InvalidMessage, Refused, Unauthorized
from services.telemetry.console.access.accounts import Accounts
from services.telemetry.console.access.audit import AuditLog
from services.telemetry.console.access.doing import Doing, NotAllowed
from services.telemetry.console.access.logins import COOKIE, Logins
from services.telemetry.console.access.roles import Action, Role
from services.telemetry.console.access.tables import LoginRow, UserRow
from services.telemetry.console.access.throttle import FREE, Throttle
from tests.unit.telemetry.sample_call import SampleCall

PASSWORD = "horse battery staple"
FORM = {"name": "admin", "password": PASSWORD, "next": "/calls"}


@pytest.fixture
def database_url() -> None:
    """SQLite only: the tables are plain ones."""


@pytest.fixture
async def browser(start) -> AsyncIterator[aiohttp.ClientSession]:
    service = await start(console=True, console_password=PASSWORD)
    listener = listen("127.0.0.1", 0)
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        serving(build_app([service]), listener),
        aiohttp.ClientSession(url_of(listener), cookie_jar=jar) as client,
    ):
        yield client


async def test_nobody_sees_a_page_without_logging_in_and_out_means_out(browser):
    async with browser.get("/", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/console/"
    for path in ("/console/", "/console/calls", "/console/audit"):
        async with browser.get(path, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"][:14]) == (303, "/console/login")
    async with browser.get("/console/results.csv") as answer:
        assert answer.status == 401

    async with browser.post("/console/login", data=FORM | {"password": "wrong"}) as answer:
        assert answer.status == 401
        assert COOKIE not in answer.cookies
    async with browser.post("/console/login", data=FORM, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/console/calls")
        cookie = answer.cookies[COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "lax"
    async with browser.get("/console/calls") as answer:
        page = await answer.text()
        assert answer.status == 200
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "שיחות" in page
        assert "http://" not in page.replace("http://127.0.0.1", "").replace("http://www.w3.org", "")
    async with browser.get("/console/results.csv") as answer:
        assert (await answer.text()).startswith("\ufeffbusiness_name")

    async with browser.post("/console/logout", allow_redirects=False) as answer:
        assert answer.status == 303
    stolen = {"Cookie": f"{COOKIE}={cookie.value}"}
    async with browser.get("/console/calls", headers=stolen, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_a_recording_is_fetched_with_credentials_that_only_the_carrier_is_shown(start, teller):
    carrier, asked = FastAPI(), []

    @carrier.get("/Recordings/{name}")
    async def recorded(name: str, request: Request) -> Response:
        asked.append((name, request.headers["authorization"], request.headers.get("range")))
        return Response(b"mu", 206, {"Content-Range": "bytes 0-1/9"}, "audio/mpeg")

    port = listen("127.0.0.1", 0)
    async with serving(carrier, port):
        account = {"twilio_account_sid": "AC7", "twilio_auth_token": "open sesame", "twilio_api_url": url_of(port)}
        service = await start(console=True, console_password=PASSWORD, **account)
        call = SampleCall()
        there, elsewhere = f"{url_of(port)}/Recordings/RX1", "http://127.0.0.1:1/Recordings/RX2"
        for number, url in (("RX1", there), ("RX2", elsewhere)):
            told = CallRecorded(call_id=call.call_id, occurred_at=call.at(), recording_id=number, url=url, duration_s=9)
            await teller.tell(told)
        await teller.tell_a_whole_call(call)
        await teller.logged()
        listener = listen("127.0.0.1", 0)
        async with (
            serving(build_app([service]), listener),
            aiohttp.ClientSession(url_of(listener), cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
        ):
            async with browser.get(f"/console/recordings/{call.call_id}/0") as answer:
                assert answer.status == 401
            async with browser.post("/console/login", data=FORM, allow_redirects=False):
                pass
            part = {"Range": "bytes=0-1"}
            async with browser.get(f"/console/recordings/{call.call_id}/0", headers=part) as answer:
                assert (answer.status, answer.content_type, await answer.read()) == (206, "audio/mpeg", b"mu")
                assert answer.headers["Content-Range"] == "bytes 0-1/9"
            for missing in (1, 2, 3, -1):  # elsewhere, with the real carrier, or not at all
                async with browser.get(f"/console/recordings/{call.call_id}/{missing}") as answer:
                    assert answer.status == 404
            async with browser.get(f"/console/calls/{call.call_id}") as answer:
                page = await answer.text()
                assert f"/console/recordings/{call.call_id}/0" in page
                assert "sesame" not in page
    assert asked == [("RX1.mp3", aiohttp.encode_basic_auth("AC7", "open sesame"), "bytes=0-1")]


async def test_a_form_of_another_site_is_turned_away_and_no_login_leads_out(browser):
    async with browser.post("/console/login", data=FORM, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status in (403, 409, 422)
        assert COOKIE not in answer.cookies
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
        async with browser.post("/console/login", data=FORM | {"next": elsewhere}, allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/console/"


async def test_a_login_page_repeats_nothing_as_code(browser):
    given = FORM | {"name": '"><script>alert(1)</script>', "password": "x", "next": '"><script>'}
    async with browser.post("/console/login", data=given) as answer:
        assert "<script>" not in await answer.text()


async def test_guesses_are_slowed_down(browser):
    for _ in range(FREE + 1):
        async with browser.post("/console/login", data=FORM | {"password": "wrong"}) as answer:
            assert answer.status in (401, 429)
    async with browser.post("/console/login", data=FORM) as answer:
        assert answer.status == 429


def test_a_wait_grows_and_is_forgotten():
    moment = 0.0
    throttle = Throttle(lambda: moment)
    for _ in range(FREE + 1):
        throttle.failed(["name dana"])
    first = throttle.wait_s(["name dana", "address ::1"])
    throttle.failed(["name dana"])
    assert throttle.wait_s(["name dana"]) > first > 0
    assert throttle.wait_s(["name ruth"]) == 0
    moment = 7200.0
    assert throttle.wait_s(["name dana"]) == 0


async def test_what_people_may_do_depends_on_their_role_and_all_of_it_is_written_down(start):
    service = await start()
    units = service.units
    accounts, audit = Accounts(units), AuditLog(units)
    logins = Logins(units, None, timedelta(minutes=30))
    await logins.start()
    doing = Doing(logins, audit)
    made = await accounts.first(None)
    assert made is not None
    assert await accounts.first(None) is None
    assert await accounts.is_right("admin", made)
    assert not await accounts.is_right("nobody", made)
    with pytest.raises(InvalidMessage):
        await accounts.add("dana", "password123", Role.VIEWER)
    await accounts.add("dana", PASSWORD, Role.VIEWER)
    with pytest.raises(Refused):
        await accounts.add("dana", PASSWORD, Role.ADMIN)
    async with units.reading() as session:
        kept = (await session.scalars(select(UserRow.password_hash))).all()
    assert all(each.startswith("$argon2id$") for each in kept)

    dana = await logins.visitor(await logins.open("dana"))
    assert dana is not None
    done = []

    async def step() -> None:
        done.append("hung up")

    with pytest.raises(NotAllowed):
        await doing.do(dana, Action.HANG_UP, "a call", step)
    await accounts.set_role("dana", Role.OPERATOR)
    await doing.do(dana, Action.HANG_UP, "a call", step)  # as of now, whatever the page was shown to
    assert done == ["hung up"]
    newest, refused = await audit.newest(2)
    assert (newest.user, newest.action, newest.about, newest.failure) == ("dana", "call.hang_up", "a call", None)
    assert "operator" in str(refused.failure)

    with pytest.raises(Refused):
        await accounts.set_role("admin", Role.VIEWER)
    await accounts.set_password("dana", "another good phrase")
    with pytest.raises(Unauthorized):
        await doing.do(dana, Action.HANG_UP, "a call", step)


async def test_who_does_nothing_for_long_is_logged_out(start):
    service = await start()
    accounts, logins = Accounts(service.units), Logins(service.units, None, timedelta(minutes=30))
    await logins.start()
    await accounts.first(PASSWORD)
    cookie = await logins.open("admin")
    assert await logins.visitor(cookie) is not None
    assert await logins.visitor(cookie[:-2] + "xx") is None
    async with service.units.begin() as unit:
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        await unit.session.execute(update(LoginRow).values(seen_at=long_ago))
    assert await logins.visitor(cookie) is None
