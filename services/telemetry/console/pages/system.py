"""What runs underneath: services, streams and how far behind their readers are, dead letters, the cap, settings."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from nicegui import ui

from services.runtime import dead_letters
from services.runtime.dead_letters import DeadLetter
from services.telemetry.console.access.roles import Action, Role
from services.telemetry.console.desk import Desk
from services.telemetry.console.pieces.asking import ask
from services.telemetry.console.pieces.freshness import follow
from services.telemetry.console.pieces.marks import badge, button, facts, latin, nothing, section, text
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.tables import Cell, table
from services.telemetry.console.pieces.visit import Visit
from services.telemetry.console.plant import ConsumerState, StreamState

REFRESH_S = 5.0
SHOWN_LETTERS = 20
BODY_SHOWN = 4000
LAGS = 100
"""From how many waiting messages on a reader stands out."""


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/system", "system")
    async def system(visit: Visit) -> None:
        words = visit.words
        if desk.clock.is_pinned:
            text(f"{words('system.pinned')}: {words.moment(desk.clock.now())}", "p", "soft")
        with ui.element("div").classes("columns halves"):
            with ui.element("div"):
                with section(words("system.services")):
                    await follow(visit, REFRESH_S, partial(_health, desk), partial(_services, visit))
                await _cap(visit)
                if visit.visitor.role is Role.ADMIN:
                    ui.link(words("system.users_link"), "/users")
            with ui.element("div"), section(words("system.streams")):
                await follow(visit, REFRESH_S, desk.plant.streams, partial(_streams, visit))
        with section(words("system.consumers")):
            await follow(visit, REFRESH_S, desk.plant.consumers, partial(_consumers, visit))
        with section(words("system.dead")):
            await follow(visit, REFRESH_S, partial(desk.plant.dead, SHOWN_LETTERS), partial(_dead, visit))
        with ui.element("details").classes("part"):
            text(words("system.settings"), "summary", "title")
            facts([(name, value or "–") for name, value in desk.settings.items()])


async def _health(desk: Desk) -> Mapping[str, str | None]:
    """Why a service is not well, and None where it is."""
    silent, well = await asyncio.gather(desk.unwell(), desk.neighbours.well())
    return {name: None if wait is not None else "silent" for name, wait in well.items()} | {"telemetry": silent}


def _services(visit: Visit, found: Mapping[str, str | None]) -> None:
    words = visit.words
    rows: list[list[Cell]] = []
    for name, why in found.items():
        said = words("system.well") if why is None else words("system.silent") if why == "silent" else why
        rows.append([name, partial(badge, said, "good" if why is None else "bad")])
    table(words("system.services"), [words("system.service"), words("system.status")], rows)


async def _cap(visit: Visit) -> None:
    words, neighbours = visit.words, visit.desk.neighbours
    found = await visit.read(neighbours.control("active_calls"))
    if found is None or not visit.may(Action.CAP_SYSTEM):
        return

    async def change() -> None:
        order = partial(neighbours.control, "set_cap", visit.visitor.name, cap=cap.value)
        done = await visit.do(Action.CAP_SYSTEM, "cap", order, detail=f"cap={cap.value}")
        if done and done.cap is not None:
            now.text = words("system.cap_now", number=done.cap)

    with section(words("system.cap")):
        text(words("system.cap_note"), "p", "soft")
        now = text("" if found.cap is None else words("system.cap_now", number=found.cap))
        with ui.element("div").classes("buttons"):
            cap = ui.number(words("system.cap"), value=found.cap, min=0, max=10_000, precision=0)
            cap.props("outlined dense")
            button(words("system.set"), change, kind="primary")


def _streams(visit: Visit, found: Sequence[StreamState]) -> None:
    words = visit.words
    missing = partial(badge, words("system.missing"), "bad")
    rows: list[list[Cell]] = [
        [
            partial(latin, each.name),
            missing if each.messages is None else partial(latin, f"{each.messages:,}"),
            partial(latin, _size(each.bytes)),
        ]
        for each in found
    ]
    names = ("stream", "messages", "size")
    table(words("system.streams"), [words(f"system.{each}") for each in names], rows)


def _consumers(visit: Visit, found: Sequence[ConsumerState]) -> None:
    words = visit.words
    rows: list[list[Cell]] = []
    for each in found:
        if each.pending is None:
            lag: Cell = partial(badge, words("system.missing"), "bad")
        elif each.pending >= LAGS:
            lag = partial(badge, f"{each.pending:,}", "warm")
        else:
            lag = partial(latin, f"{each.pending:,}")
        rows.append(
            [
                partial(latin, each.name),
                partial(latin, each.stream),
                lag,
                partial(latin, _count(each.unsettled)),
                partial(latin, _count(each.redelivered)),
            ]
        )
    names = ("consumer", "stream", "lag", "unsettled", "redelivered")
    with ui.element("div").classes("wide"):
        table(words("system.consumers"), [words(f"system.{each}") for each in names], rows)


def _dead(visit: Visit, found: tuple[int, list[DeadLetter]]) -> None:
    words, (everything, letters) = visit.words, found
    if not letters:
        nothing(words("system.dead_none"))
        return
    if everything > len(letters):
        text(words("system.dead_many", shown=len(letters), all=everything), "p", "soft")
    with ui.element("ol").classes("events"):
        for letter in letters:
            with ui.element("li"):
                _letter(visit, letter)


def _letter(visit: Visit, letter: DeadLetter) -> None:
    words = visit.words

    async def put_back() -> None:
        step = partial(dead_letters.replay, visit.desk.broker, letter.sequence)
        await visit.do(Action.REPLAY_DEAD_LETTER, f"{letter.sequence} {letter.origin} {letter.consumer}", step)

    with ui.element("details"):
        with ui.element("summary"):
            latin(words.moment(letter.at))
            latin(f"{letter.origin} → {letter.consumer}")
            text(letter.reason, "strong")
        text(letter.body.decode(errors="replace")[:BODY_SHOWN], "pre").props('dir="ltr" tabindex="0"')
        if visit.may(Action.REPLAY_DEAD_LETTER):
            question = words("system.replay_ask", number=letter.sequence)
            button(words("system.replay"), lambda: ask(words, question, words("system.replay"), put_back))


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _size(size: int | None) -> str:
    if size is None:
        return "–"
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
