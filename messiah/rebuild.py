"""`messiah rebuild`: telemetry's records, folded anew from the streams, with progress."""

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from messiah.terminal import Screen
from messiah.watch import CONNECT_S
from services.telemetry.app import rebuilding
from services.telemetry.settings import TelemetrySettings


async def rebuild(screen: Screen, *, from_start: bool) -> None:
    """Read, fold, and say what was done. Raises Unavailable with the cure."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=screen.console, transient=True) as progress:
        shown: dict[str, TaskID] = {}

        def report(part: str, done: int, of: int) -> None:
            if part not in shown:
                shown[part] = progress.add_task(part)
            progress.update(shown[part], completed=done, total=of)

        async with rebuilding(TelemetrySettings(), CONNECT_S) as run:
            folded = await run.run(report, from_start=from_start)
    screen.say(f"{folded} calls are folded anew from everything the streams and the store hold")
    if run.unreadable:
        screen.say(
            f"{run.unreadable} messages could not be read and were passed over; see `messiah dead list`", "yellow"
        )
