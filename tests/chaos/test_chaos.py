"""Anything may be killed in mid-call: the call goes on, nothing is lost or done twice, nobody hears a thing twice."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.processes import Facts, Process, Processes

PHONE = "+972542345678"


class Scene:
    """A running system with two of what a test kills, and one call on it."""

    def __init__(self, system: Processes, facts: Facts) -> None:
        self.system = system
        self.facts = facts

    async def reach(self, heard: int) -> None:
        """Submit the lead and wait until the caller has spoken so many times."""
        await self.facts.submit(PHONE)
        await self.facts.until(lambda: len(self.facts.of(".heard")) >= heard)

    def holder(self) -> Process:
        """The conversation process that has claimed the call."""
        worker_id = self.facts.of(".claimed")[-1]["worker_id"]
        return next(each for each in self.system.of("conversation") if f"-{each.popen.pid}-" in worker_id)

    async def comes_out_right(self) -> None:
        """One meeting, one conclusion, one log, one dial, and no sentence spoken to the caller twice."""
        await self.facts.stored("TELEMETRY", "telemetry.calls.logged")
        for stream, subject in (
            ("MEETINGS", "meetings.*.booked"),
            ("CALLS", "calls.*.concluded"),
            ("CALLS", "calls.*.ended"),
            ("TELEMETRY", "telemetry.calls.logged"),
        ):
            assert await self.facts.count(stream, subject) == 1, subject
        logged = await self.facts.last("TELEMETRY", "telemetry.calls.logged")
        assert logged["outcome"] == "meeting_booked", logged
        phone = await self.system.carrier()
        assert phone["dials"] == {PHONE: 1}
        (call,) = phone["calls"]
        phrases = Counter(
            token["text"].strip()
            for utterance in call["transcript"]
            if utterance["speaker"] == "agent"
            for token in utterance["tokens"]
            if token["heard"].strip()
        )
        assert phrases, "the caller heard nothing at all"
        assert max(phrases.values()) == 1, phrases


@pytest.fixture
async def facts() -> AsyncIterator[Facts]:
    client = Facts()
    yield client
    await client.close()


async def _scene(tmp_path: Path, facts: Facts, **counts: int) -> Scene:
    system = await Processes.start(tmp_path, **counts)
    await facts.open(system.broker.url)
    return Scene(system, facts)


@pytest.mark.parametrize("heard", [1, 3, 4])
async def test_the_conversation_is_killed_and_another_worker_goes_on(tmp_path, facts, heard):
    scene = await _scene(tmp_path, facts, conversations=2)
    try:
        await scene.reach(heard)
        scene.holder().kill()
        await scene.comes_out_right()
    finally:
        await scene.system.stop()


async def test_a_frozen_worker_that_wakes_up_again_does_no_harm(tmp_path, facts):
    scene = await _scene(tmp_path, facts, conversations=2)
    try:
        await scene.reach(2)
        frozen = scene.holder()
        frozen.send(signal.SIGSTOP)
        await facts.until(lambda: len(facts.of(".claimed")) == 2)
        frozen.send(signal.SIGCONT)
        await scene.comes_out_right()
    finally:
        await scene.system.stop()


async def test_the_broker_is_killed_and_started_again(tmp_path, facts):
    scene = await _scene(tmp_path, facts)
    try:
        await scene.reach(2)
        scene.system.broker.kill()
        await asyncio.to_thread(scene.system.broker.start)
        await scene.comes_out_right()
    finally:
        await scene.system.stop()


async def test_one_of_two_dialers_is_killed_and_the_carrier_reconnects_to_the_other(tmp_path, facts):
    scene = await _scene(tmp_path, facts, dialers=2)
    try:
        await scene.reach(2)
        scene.system.line_holder().kill()
        await scene.comes_out_right()
    finally:
        await scene.system.stop()


async def test_a_single_dialer_killed_may_lose_the_call_but_does_nothing_twice(tmp_path, facts):
    scene = await _scene(tmp_path, facts)
    try:
        await scene.reach(2)
        (dialer,) = scene.system.of("dialer")
        dialer.kill()
        reborn = scene.system.spawn("dialer", dialer.port)
        await scene.system.ready(reborn)
        await facts.stored("TELEMETRY", "telemetry.calls.logged", timeout_s=120)
        assert await facts.count("CALLS", "calls.*.concluded") == 1
        assert await facts.count("MEETINGS", "meetings.*.booked") <= 1
        assert await facts.count("TELEMETRY", "telemetry.calls.logged") == 1
        assert (await scene.system.carrier())["dials"] == {PHONE: 1}
    finally:
        await scene.system.stop()
