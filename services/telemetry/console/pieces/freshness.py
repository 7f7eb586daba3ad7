"""Parts of a page that follow what changes elsewhere, and stand still while nothing does."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from nicegui import ui

from services.runtime.errors import Failure
from services.telemetry.console.pieces.marks import alert
from services.telemetry.console.pieces.visit import Visit

T = TypeVar("T")


async def follow(
    visit: Visit, every_s: float, read: Callable[[], Awaitable[T]], build: Callable[[T], object]
) -> Callable[[], Awaitable[None]]:
    """Build a part from what is read, and again whenever that has changed. Returns what looks at once."""
    frame = ui.element("div").classes("fresh")
    shown: list[T | str | None] = []

    async def look() -> None:
        found: T | None = None
        trouble = ""
        try:
            found = await read()
        except Failure as failure:
            trouble = visit.words("failed.read", why=visit.words.why(failure.detail))
        except Exception as error:
            trouble = visit.sorry(error)
        if shown == [trouble or found]:
            return
        shown[:] = [trouble or found]
        frame.clear()
        with frame:
            if found is None or trouble:
                alert(trouble)
                return
            try:
                build(found)
            except Exception as error:
                alert(visit.sorry(error))

    await look()
    ui.timer(every_s, look, immediate=False)
    return look
