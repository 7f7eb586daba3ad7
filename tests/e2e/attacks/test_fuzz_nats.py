"""Every request and every fact in bytes that nobody sane publishes: a typed refusal, or a dead letter with the bytes.

FUZZ_EXAMPLES is how many messages each subject gets; more than the default are drawn anew each time.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as examples
from hypothesis import strategies as st
from nats.js.errors import NotFoundError
from pydantic import BaseModel

from contracts.control import Control
from contracts.event import Event
from contracts.leads import LeadSubmitted
from contracts.streams import CONSUMERS, Consumer
from contracts.values import Value
from services.runtime.broker import Broker
from services.runtime.dead_letters import ORIGIN_SUBJECT
from tests.e2e.attacks import hostile
from tests.e2e.attacks.openapi import Document
from tests.e2e.attacks.target import Target, connected

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
GARBAGE = (b"", b"\xff\xfe\x00", b"{", b"[]", b'"text"', b"[" * 50_000, b'{"occurred_at":"0001-01-01T00:00:00+14:00"}')
BUGS = ("request failed", "handler failed; retrying", "loop failed", "lease failed", "batch not stored", "line failed")
"""What services log when something failed that should not have."""
QUIET_S = 60.0


def requests() -> list[type[Value]]:
    """Every class of request, whoever answers it."""
    found = [each for each in _below(Value) if isinstance(each.__dict__.get("subject"), str)]
    return sorted(found, key=lambda each: str(each.__dict__["subject"]))


def _below(kind: type[Value]) -> Iterator[type[Value]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def bodies(target: Target, kind: type[BaseModel], count: int) -> list[bytes]:
    """Messages of a kind, most of them with one part wrong, the ids among them of nobody."""
    schema = kind.model_json_schema()
    document = Document({"paths": {}, "components": {"schemas": schema.get("$defs", {})}})
    drawn: list[bytes] = []

    @seed(EXAMPLES)
    @examples(max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(document.values(schema).flatmap(lambda value: st.just(value) | hostile.spoiled(value)))
    def draw(value: Any) -> None:
        drawn.append(hostile.written(target.filled(value)).encode())

    draw()
    return drawn


def test_every_request_is_answered_with_a_typed_reply(target: Target) -> None:
    async def ask() -> list[str]:
        wrong = []
        async with connected(target.system.nats_url) as broker:
            for kind in requests():
                subject = str(kind.__dict__["subject"])
                for body in (*GARBAGE, *bodies(target, kind, EXAMPLES)):
                    reply = await broker.nats.request(subject, body, timeout=QUIET_S)
                    told = json.loads(reply.data)
                    if not isinstance(told.get("kind"), str):
                        wrong.append(f"{subject} {body[:500]!r}: {reply.data!r}")
        return wrong

    assert not target.run(ask())
    assert not target.logged(BUGS)


def test_what_is_no_fact_is_buried_with_its_bytes_and_the_rest_go_on(target: Target) -> None:
    async def publish() -> list[str]:
        async with connected(target.system.nats_url) as broker:
            expected = set()
            for kind in Event.kinds.values():
                for body in GARBAGE:
                    subject = _subject(kind)
                    await broker.js.publish(subject, body)
                    expected |= {(each.name, subject, body) for each in _readers(kind)}
            await _quiet(broker)
            return sorted(f"{name} {subject} {body[:50]!r}" for name, subject, body in expected - await _dead(broker))

    assert not target.run(publish())
    assert not target.logged(BUGS)
    assert target.ask("GET", "/ready").status == 200


def test_facts_with_one_part_wrong_do_no_harm(target: Target) -> None:
    async def publish() -> None:
        async with connected(target.system.nats_url) as broker:
            for kind in Event.kinds.values():
                for body in bodies(target, kind, EXAMPLES):
                    await broker.js.publish(_subject(kind), body)
            await _quiet(broker)

    target.run(publish())
    assert not target.logged(BUGS)
    assert target.ask("GET", "/ready").status == 200


def _subject(kind: type[Event]) -> str:
    return ".".join(str(uuid4()) if part == "*" else part for part in kind.subject_filter().split("."))


def _readers(kind: type[Event]) -> list[Consumer]:
    """The durable consumers that have to bury what they cannot read as this kind of fact."""
    exact = [each for each in CONSUMERS if kind.subject_filter() in each.subjects]
    if "telemetry" in kind.heard_by and kind is not LeadSubmitted:
        exact += [each for each in CONSUMERS if each.stream == kind.stream and each.subjects[0].endswith(">")]
    return list(dict.fromkeys(exact))


async def _quiet(broker: Broker) -> None:
    """Until every consumer has handled whatever there is. Another attack may have stopped all dialing."""
    await broker.ask(Control.subject, Control(action="set_cap", cap=100).model_dump_json().encode())
    async with asyncio.timeout(QUIET_S):
        for each in CONSUMERS:
            while True:
                info = await broker.js.consumer_info(each.stream, each.name)
                if not info.num_pending and not info.num_ack_pending:
                    break
                await asyncio.sleep(0.05)


async def _dead(broker: Broker) -> set[tuple[str, str, bytes]]:
    """Who buried what, and where it had been told."""
    state = (await broker.js.stream_info("DEAD")).state
    found = set()
    for sequence in range(state.first_seq, state.last_seq + 1):
        try:
            message = await broker.js.get_msg("DEAD", sequence)
        except NotFoundError:
            continue
        headers = message.headers or {}
        found.add(((message.subject or "").rpartition(".")[2], headers.get(ORIGIN_SUBJECT, ""), message.data or b""))
    return found
