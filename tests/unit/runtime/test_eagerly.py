"""A coroutine runs at once, and its rest as any task does."""

import asyncio

import pytest

from services.runtime.eagerly import begin


async def test_what_waits_for_nothing_is_done_at_once():
    done = []

    async def work() -> None:
        await already_there.wait()
        done.append(1)

    already_there = asyncio.Event()
    already_there.set()
    assert begin(work()) is None
    assert done == [1]


async def test_the_rest_goes_on_when_what_it_waits_for_has_come():
    steps: list[object] = []
    loop = asyncio.get_running_loop()
    first, second = loop.create_future(), loop.create_future()

    async def work() -> None:
        steps.append("begun")
        steps.append(await first)
        await asyncio.sleep(0)
        try:
            await second
        except LookupError as error:
            steps.append(repr(error))
        async with asyncio.timeout(5):
            await asyncio.sleep(0.001)
        steps.append("ended")

    task = begin(work())
    assert task is not None
    assert steps == ["begun"]
    first.set_result("come")
    second.set_exception(LookupError("no"))
    await task
    assert steps == ["begun", "come", "LookupError('no')", "ended"]


async def test_the_rest_is_cancelled_as_a_task_is():
    steps = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("cleared up")

    task = begin(work())
    assert task is not None
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["cleared up"]


async def fails(after: asyncio.Event) -> None:
    await after.wait()
    raise LookupError("no")


async def test_what_it_raises_at_once_is_raised_at_once():
    after = asyncio.Event()
    after.set()
    with pytest.raises(LookupError):
        begin(fails(after))


async def test_what_it_raises_later_is_the_tasks():
    after = asyncio.Event()
    task = begin(fails(after))
    assert task is not None
    after.set()
    with pytest.raises(LookupError):
        await task
