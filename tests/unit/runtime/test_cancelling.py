"""A task that swallows its cancellation, as waits did before Python 3.12, is ended all the same."""

import asyncio
from contextlib import suppress

import pytest

from services.runtime import cancelling
from services.runtime.cancelling import cancel_until_done


async def test_what_swallows_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancelling, "AGAIN_S", 0.01)
    swallowed = 0

    async def deaf() -> None:
        nonlocal swallowed
        for _ in range(2):
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            swallowed += 1
        await asyncio.Event().wait()

    tasks = {asyncio.create_task(deaf()), asyncio.create_task(asyncio.Event().wait())}
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await cancel_until_done(lambda: tasks)
    assert swallowed == 2
    assert all(task.cancelled() for task in tasks)


async def test_nothing_to_cancel_is_no_wait() -> None:
    await cancel_until_done(set)
