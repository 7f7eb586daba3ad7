"""Webhooks from the fact to a receiver that is not ours, through failures, restarts and replays."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select, update
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from typer.testing import CliRunner

from contracts.contacts import ContactOptedOut
from messiah import cli
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime.backoff import Backoff
from services.runtime.service import Service
from services.telemetry.domain import delivery as deliveries
from services.telemetry.exports import ledger, sender
from services.telemetry.exports.ledger import REAL
from services.telemetry.exports.tables import AttemptRow, DeliveryRow, EndpointRow, SecretRow
from tests.component.telemetry.receiver import Receiver, receiving
from tests.unit.telemetry.sample_call import BEGAN, LEAD, SampleCall

CALL_AND_MEETING = {"call.logged", "meeting.booked"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "TICK_S", 0.05)
    monkeypatch.setattr(deliveries, "BACKOFF", Backoff(timedelta(milliseconds=10), timedelta(seconds=1)))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as started:
        yield started


@asynccontextmanager
async def client_of(service: Service) -> AsyncIterator[aiohttp.ClientSession]:
    listener = listen("127.0.0.1", 0)
    async with serving(build_app([service]), listener), aiohttp.ClientSession(url_of(listener)) as client:
        yield client


@pytest.fixture
async def running(start) -> Service:
    return await start(webhooks_allow_private=True)


@pytest.fixture
async def client(running) -> AsyncIterator[aiohttp.ClientSession]:
    async with client_of(running) as each:
        yield each


async def add(client: aiohttp.ClientSession, url: str, **more: object) -> dict:
    async with client.post("/webhooks", json={"url": url} | more) as answer:
        assert answer.status == 201, await answer.text()
        return await answer.json()


async def log_of(client: aiohttp.ClientSession, **query: str) -> list[dict]:
    async with client.get("/deliveries", params=query) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def until(client: aiohttp.ClientSession, holds: Callable[[list[dict]], bool]) -> list[dict]:
    async with asyncio.timeout(20):
        while not holds(found := await log_of(client)):
            await asyncio.sleep(0.02)
        return found


async def test_a_receiver_verifies_what_it_is_told_of_a_call_and_its_meeting(client, receiver, teller):
    endpoint = await add(client, receiver.url)
    call = SampleCall(uuid4())
    await teller.tell_a_whole_call(call)
    await receiver.until(2)
    told = {message["type"]: message["data"] for message in receiver.verified(endpoint["secret"])}
    assert set(told) == CALL_AND_MEETING
    assert told["call.logged"]["call_id"] == told["meeting.booked"]["call_id"] == str(call.call_id)
    assert told["call.logged"]["outcome"] == "meeting_booked"
    assert "event_id" not in told["call.logged"]
    assert len(set(receiver.ids)) == 2
    with pytest.raises(WebhookVerificationError):
        receiver.verified("whsec_" + "A" * 44)
    found = await until(client, lambda log: {each["status"] for each in log} == {"sent"})
    async with client.get(f"/deliveries/{found[0]['delivery_id']}") as answer:
        (attempt,) = (await answer.json())["tries"]
    assert attempt["status_code"] == 204
    assert attempt["error"] is None


async def test_facts_told_again_are_delivered_once_and_only_those_asked_for(client, receiver, teller, broker):
    endpoint = await add(client, receiver.url, kinds=["contact.opted_out"])
    fact = ContactOptedOut(occurred_at=BEGAN, lead_id=LEAD, phone="+972542345678", quote="תורידו אותי")
    await teller.tell(fact)
    await broker.js.publish(fact.subject, fact.body())  # beyond the duplicate window
    await teller.tell_a_whole_call(SampleCall(uuid4()))
    await teller.logged()
    last = ContactOptedOut(occurred_at=BEGAN, lead_id="moshe")
    await teller.tell(last)
    await receiver.until(2)
    told = receiver.verified(endpoint["secret"])
    assert [message["data"]["lead_id"] for message in told] == [LEAD, "moshe"]


async def test_a_receiver_that_fails_is_told_again_under_the_same_id(client, receiver, teller):
    endpoint = await add(client, receiver.url, kinds=["meeting.booked"])
    receiver.answers += [web.Response(status=500), web.Response(status=302, headers={"Location": receiver.url})]
    await teller.tell(SampleCall(uuid4()).booked())
    await receiver.until(3)
    assert len(set(receiver.ids)) == 1
    assert len(receiver.verified(endpoint["secret"])) == 3
    (found,) = await until(client, lambda log: log[0]["status"] == "sent")
    async with client.get(f"/deliveries/{found['delivery_id']}") as answer:
        tries = (await answer.json())["tries"]
    assert [each["status_code"] for each in tries] == [500, 302, 204]


async def test_what_nobody_took_for_a_day_is_dead_shown_and_replayed(client, receiver, teller, running, monkeypatch):
    monkeypatch.setattr(deliveries, "GIVE_UP", timedelta(milliseconds=1))
    endpoint = await add(client, receiver.url, kinds=["meeting.booked"])
    receiver.answers.append(web.Response(status=503))
    await teller.tell(SampleCall(uuid4()).booked())
    (dead,) = await until(client, lambda log: bool(log) and log[0]["status"] == "dead")
    assert "503" in dead["reason"]
    async with client.get("/metrics") as answer:
        assert 'messiah_deliveries{service="telemetry",status="dead",to="webhook"} 1.0' in await answer.text()

    async with client.post("/deliveries/replay", json={"destination": dead["destination"]}) as answer:
        assert await answer.json() == {"replayed": 1}
    await receiver.until(2)
    assert len(set(receiver.ids)) == 1
    receiver.verified(endpoint["secret"])
    await until(client, lambda log: log[0]["status"] == "sent")

    async with running.units.begin() as unit:
        await unit.session.execute(update(DeliveryRow).values(settled_at=REAL.now() - timedelta(days=8)))
        await ledger.sweep(unit.session, REAL.now(), timedelta(days=7))
    async with client.post(f"/deliveries/{dead['delivery_id']}/replay") as answer:
        assert answer.status == 409
        assert "EXPORTS_KEEP_DAYS" in (await answer.json())["detail"]
    async with running.units.begin() as unit:
        assert await unit.session.scalar(select(DeliveryRow.content)) is None
        await unit.session.execute(update(DeliveryRow).values(settled_at=REAL.now() - timedelta(days=91)))
        await ledger.sweep(unit.session, REAL.now(), timedelta(days=7))
        assert (await unit.session.scalars(select(AttemptRow))).all() == []
    assert await log_of(client) == []


async def test_gone_switches_an_endpoint_off(client, receiver, teller):
    endpoint = await add(client, receiver.url, kinds=["meeting.booked"])
    receiver.answers.append(web.Response(status=410))
    await teller.tell(SampleCall(uuid4()).booked())
    await until(client, lambda log: bool(log) and log[0]["status"] == "dead")
    async with client.get(f"/webhooks/{endpoint['endpoint_id']}") as answer:
        shown = await answer.json()
    assert (shown["is_on"], "410" in shown["off_because"]) == (False, True)
    assert "secret" not in shown


async def test_a_rotated_secret_and_the_one_before_are_both_good_for_a_day(client, receiver, running):
    before = await add(client, receiver.url)
    path = f"/webhooks/{before['endpoint_id']}"
    async with client.post(f"{path}/rotate") as answer:
        after = await answer.json()
    assert after["secret"] != before["secret"]
    async with client.post(f"{path}/test") as answer:
        assert (await answer.json())["status"] == "sent"
    assert receiver.verified(before["secret"]) == receiver.verified(after["secret"])
    async with running.units.begin() as unit:
        await unit.session.execute(update(EndpointRow).values(rotated_at=REAL.now() - timedelta(days=2)))
    async with client.post(f"{path}/test") as answer:
        assert (await answer.json())["status"] == "sent"
    headers, body = receiver.requests[-1]
    Webhook(after["secret"]).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(before["secret"]).verify(body, headers)


async def test_what_waits_for_an_endpoint_that_is_gone_is_dropped(client, receiver, teller):
    endpoint = await add(client, receiver.url, kinds=["meeting.booked"])
    receiver.answers += [web.Response(status=503, headers={"Retry-After": "1"})]
    await teller.tell(SampleCall(uuid4()).booked())
    await receiver.until(1)
    async with client.delete(f"/webhooks/{endpoint['endpoint_id']}") as answer:
        assert answer.status == 204
    (dropped,) = await until(client, lambda log: log[0]["status"] == "dropped")
    assert dropped["reason"] == "the endpoint was removed"
    assert len(receiver.requests) == 1


async def test_a_delivery_survives_the_process_that_was_to_send_it(start, receiver, teller, monkeypatch):
    first = await start(webhooks_allow_private=True)
    async with client_of(first) as client:
        endpoint = await add(client, receiver.url, kinds=["meeting.booked"])
    monkeypatch.setattr(sender.Sender, "_carry", lambda *_: asyncio.Event().wait())
    await teller.tell(SampleCall(uuid4()).booked())
    async with asyncio.timeout(20):
        while not await _claimed(first):
            await asyncio.sleep(0.02)
    monkeypatch.undo()
    monkeypatch.setattr(sender, "TICK_S", 0.05)
    await first.stop()
    second = await start(webhooks_allow_private=True)
    async with second.units.begin() as unit:
        await unit.session.execute(update(DeliveryRow).values(attempt_at=REAL.now()))  # the claim is over
    await receiver.until(1)
    assert receiver.verified(endpoint["secret"])[0]["type"] == "meeting.booked"


async def _claimed(service: Service) -> bool:
    async with service.units.reading() as session:
        return bool(await session.scalar(select(DeliveryRow.attempts)))


async def test_an_endpoint_must_be_public_and_secure(api, receiver):
    async with api.post("/webhooks", json={"url": receiver.url}) as answer:
        assert answer.status == 422
        problem = await answer.json()
    assert problem["field"] == "url"
    assert "WEBHOOKS_ALLOW_PRIVATE" in problem["detail"]


async def test_a_name_that_leads_inside_is_not_connected_to(api, receiver):
    endpoint = await add(api, receiver.url.replace("http://127.0.0.1", "https://localhost"))
    async with api.post(f"/webhooks/{endpoint['endpoint_id']}/test") as answer:
        tried = await answer.json()
    assert tried["status"] == "pending"
    assert "no public address" in tried["tries"][0]["error"]
    assert receiver.requests == []


async def test_no_secret_of_an_endpoint_is_in_the_database(start, receiver, tmp_path):
    given = "a key from the environment"
    service = await start(webhooks_allow_private=True, webhooks_secret=given)
    async with client_of(service) as client:
        await add(client, receiver.url)
    async with service.units.reading() as session:
        assert (await session.scalars(select(SecretRow).where(SecretRow.name == "webhooks"))).all() == []
        row = (await session.scalars(select(EndpointRow))).one()
    assert isinstance(row.endpoint_id, UUID)
    assert not any("whsec" in str(value) for value in vars(row).values())


async def test_every_delivery_of_a_lead_can_be_forgotten(client, receiver, teller, running):
    await add(client, receiver.url)
    await teller.tell_a_whole_call(SampleCall(uuid4()))
    await until(client, lambda log: [each["status"] for each in log] == ["sent", "sent"])
    async with running.units.begin() as unit:
        await ledger.forget(unit.session, LEAD)
    assert await log_of(client) == []


async def test_the_command_line_adds_tries_shows_and_removes_endpoints(running, receiver, monkeypatch):
    listener = listen("127.0.0.1", 0)
    monkeypatch.setenv("MESSIAH_URL", url_of(listener))

    async def messiah(*arguments: str) -> str:
        found = await asyncio.to_thread(CliRunner().invoke, cli.app, ["webhook", *arguments])
        assert found.exit_code == 0, found.output
        return found.output

    async with serving(build_app([running]), listener):
        assert "whsec_" in await messiah("add", receiver.url, "--kind", "call.logged", "--about", "our CRM")
        shown = await messiah("list")
        assert "our CRM" in shown
        assert "whsec_" not in shown
        (endpoint_id,) = re.findall(r"[0-9a-f-]{36}", shown)
        assert "answered 204" in await messiah("test", endpoint_id)
        assert "off" in await messiah("switch", endpoint_id, "--off")
        assert "dropped" in await messiah("test", endpoint_id)
        assert "1 deliveries" in await messiah("replay", f"webhook:{endpoint_id}")
        assert "webhook.test" in await messiah("log", "--to", "webhook")
        await messiah("remove", endpoint_id)
        assert "no endpoints" in await messiah("list")
