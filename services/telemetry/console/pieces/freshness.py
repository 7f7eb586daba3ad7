"""Parts of a page that follow what changes elsewhere, and stand still while nothing does."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from nicegui import ui

from services.runtime.errors import Failure
from services.telemetry.console.pieces.marks import text
from services.telemetry.console.pieces.visit import Visit

T = TypeVar("T")


async def follow(
    visit: Visit, every_s: float, read: Callable[[], Awaitable[T]], build: Callable[[T], object]
) -> Callable[[], Awaitable[None]]:
    """Build a part from what is read, and again whenever that has changed. Returns what looks at once."""
    frame = ui.element("div").classes("fresh")
    shown: list[T | str] = []

    async def look() -> None:
        found: T | str
        try:
            found = await read()
            failed = False
        except Failure as failure:
            found, failed = failure.detail, True
        if shown == [found]:
            return
        shown[:] = [found]
        frame.clear()
        with frame:
            if failed:
                text(visit.words("failed.read", why=found), "p", "problem").props('role="alert"')
            else:
                build(found)  # type: ignore[arg-type]  # what was read, not why it was not

    await look()
    ui.timer(every_s, look, immediate=False)
    return look
