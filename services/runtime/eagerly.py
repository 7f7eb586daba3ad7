"""Runs a coroutine at once, and in a task only if it has to wait: most have nothing to wait for, and a task that is
woken costs more than what it does then. Python 3.12 has tasks that begin so; they are still tasks."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


def begin(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run it up to where it waits for something; the rest of it is the task that is returned, or None if there is none.

    Until then it is nobody's task: it must not set itself a time limit. What it raises until then is raised here.
    """
    try:
        waited_for = coroutine.send(None)
    except StopIteration:
        return None
    return asyncio.create_task(_go_on(_Rest(coroutine, waited_for)))


class _Rest:
    """What is left of a coroutine that waits for something."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waited_for: Any) -> None:
        self._coroutine = coroutine
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, None]:
        waited_for = self._waited_for
        try:
            while True:
                try:
                    come = yield waited_for
                except BaseException as error:  # above all that it is cancelled
                    waited_for = self._coroutine.throw(error)
                else:
                    waited_for = self._coroutine.send(come)
        except StopIteration:
            return


async def _go_on(rest: _Rest) -> None:
    await rest
