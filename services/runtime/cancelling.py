"""Ends what somebody waits for: tasks for good, whatever becomes of a cancellation, and waits that were in vain."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

AGAIN_S = 1.0
"""Before Python 3.12 a wait that ends at the very moment of its cancellation swallows it."""


async def cancel_until_done(running: Callable[[], Collection[asyncio.Task[Any]]]) -> None:
    """Cancel tasks, again and again, until none is left that runs."""
    while tasks := [task for task in running() if not task.done()]:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=AGAIN_S)


def give_up(waiting: asyncio.Future[Any]) -> None:
    """Have whoever waits for this get a TimeoutError, if nothing has come yet."""
    if not waiting.done():
        waiting.set_exception(TimeoutError())


def expire(limit: asyncio.Timeout | None) -> None:
    """Have a limit pass now, if it is still waited for."""
    if limit is not None and not limit.expired():
        limit.reschedule(asyncio.get_running_loop().time())
