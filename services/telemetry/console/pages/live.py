"""Calls in progress: what is being said, by whom, how long callers wait, and the ways to step in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

from nicegui import background_tasks, ui
from nicegui.client import ClientConnectionTimeout

from services.runtime.errors import Failure
from services.telemetry.console.access.roles import Action
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import duration
from services.telemetry.console.pages.calls import call_table
from services.telemetry.console.pieces.asking import ask
from services.telemetry.console.pieces.calling import Transcript, outcome_badge
from services.telemetry.console.pieces.marks import button, latin, nothing, section, text
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.visit import Visit
from services.telemetry.domain.call_record import CallRecord, CallState
from services.telemetry.live import Watcher
from services.telemetry.queries import CallFilters

PACE_S = 0.1
"""How long changes gather before they are shown."""
STAYS_S = 20.0
"""How long a finished call stays where it was, so that one sees how it ended."""
AGAIN_S = 3.0
CONNECT_S = 30.0
RECENT = 10
MOST_CARDS = 60
"""More calls at once than this nobody can follow, and no browser draws well."""
_OVER = (CallState.ENDED, CallState.CONCLUDED)


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/", "live")
    async def live(visit: Visit) -> None:
        board = Board(visit)
        recent = ui.refreshable(_recent)
        with section(visit.words("live.recent")):
            await recent(visit)
        follow(visit, board, recent.refresh)


async def _recent(visit: Visit) -> None:
    found = await visit.read(visit.desk.archive.page(CallFilters(limit=RECENT)))
    over = [each for each in found.items if each.state in _OVER] if found else []
    if over:
        call_table(visit.words, over)
    elif found:
        nothing(visit.words("calls.none"))


class Board:
    """The cards of the calls in progress."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._cards: dict[UUID, Card] = {}
        with ui.element("p").classes("soft").props('role="status"'):
            self._count = text("")
        self._grid = ui.element("div").classes("cards")
        with self._grid:
            self._empty = ui.element("div")
            with self._empty:
                nothing(visit.words("live.none"))
        ui.timer(1.0, self._tick)
        self._tell()

    def show(self, records: list[CallRecord]) -> None:
        """Show calls as they stand now."""
        for record in records:
            card = self._cards.get(record.call_id)
            if card is None:
                if record.complete or len(self._cards) >= MOST_CARDS:
                    continue
                with self._grid:
                    card = self._cards[record.call_id] = Card(self._visit, record)
            card.show(record)
        self._tell()

    def _tell(self) -> None:
        going = sum(not card.is_over for card in self._cards.values())
        self._count.text = self._visit.words("live.count", number=going)
        self._empty.set_visibility(not self._cards)

    def _tick(self) -> None:
        for call_id, card in list(self._cards.items()):
            if card.tick() > STAYS_S:
                self._cards.pop(call_id).delete()
                self._tell()


class Card:
    """One call in progress."""

    def __init__(self, visit: Visit, record: CallRecord) -> None:
        self._visit = visit
        self._record = record
        self._over_at: float | None = None
        lead, words = record.lead, visit.words
        self._box = ui.element("article").classes("card")
        self._box.props["aria-label"] = words("live.call_with", name=lead.name or record.phone or "")
        with self._box:
            with ui.element("header"):
                with ui.element("div").classes("who"):
                    ui.link(lead.name or words("lead.unknown"), f"/calls/{record.call_id}").classes("name")
                    if lead.company:
                        text(lead.company, classes="soft block")
                    if record.phone:
                        latin(record.phone, "soft")
                with ui.element("div").classes("side"):
                    self._badge = ui.element("div")
                    self._timer = latin("", "soft")
                    self._wait = text("", classes="wait")
            self._speaking = text("", "p", "speaking")
            self._transcript = Transcript(words)
            self._buttons = ui.element("footer")
            with self._buttons:
                operating(visit, record.call_id)

    @property
    def is_over(self) -> bool:
        return self._over_at is not None

    def show(self, record: CallRecord) -> None:
        """Show the call as it stands now."""
        words = self._visit.words
        self._record = record
        self._transcript.show(record.transcript)
        self._badge.clear()
        with self._badge:
            outcome_badge(words, record.state, record.outcome, record.disposition)
        if record.turns:
            self._wait.text = words("live.waited", wait=words.wait(record.turns[-1].first_word_ms))
        over = record.state in _OVER
        last = record.transcript[-1].speaker.value if record.transcript and not over else None
        self._speaking.text = words(f"live.speaking.{last}") if last else ""
        self._box.props["data-speaking"] = last or ""
        if over and self._over_at is None:
            self._over_at = asyncio.get_running_loop().time()
            self._buttons.set_visibility(False)
        self.tick()

    def tick(self) -> float:
        """Move the clock on. Returns for how many seconds the call has been over."""
        if self._over_at is not None:
            self._timer.text = duration(self._record.duration_s)
            return asyncio.get_running_loop().time() - self._over_at
        if self._record.started_at:
            lasted = (self._visit.desk.clock.now() - self._record.started_at).total_seconds()
            self._timer.text = duration(max(lasted, 0))
        return 0.0

    def delete(self) -> None:
        self._box.delete()


def operating(visit: Visit, call_id: UUID) -> None:
    """The ways to step into a call: say a sentence in the agent's place, hang up, never call again."""
    if not visit.may(Action.SAY):
        return
    words, operator = visit.words, visit.desk.operator

    def telling(
        action: Literal["say", "hang_up", "opt_out"], sentence: str | None = None
    ) -> Callable[[], Awaitable[UUID]]:
        return lambda: operator.operate(call_id, action, sentence, visit.visitor.name)

    async def say() -> None:
        sentence = (line.value or "").strip()
        done = sentence and await visit.do(Action.SAY, str(call_id), telling("say", sentence), detail=sentence)
        if done:
            line.value = ""

    def hang_up() -> None:
        ask(
            words,
            words("live.hang_up_ask"),
            words("live.hang_up"),
            lambda: visit.do(Action.HANG_UP, str(call_id), telling("hang_up")),
        )

    def opt_out() -> None:
        ask(
            words,
            words("live.opt_out_ask"),
            words("live.opt_out"),
            lambda: visit.do(Action.OPT_OUT, str(call_id), telling("opt_out")),
        )

    with ui.element("div").classes("operate"):
        line = ui.input(placeholder=words("live.say_hint")).props('outlined dense maxlength="500" dir="auto"')
        line.props["aria-label"] = words("live.say_hint")
        line.on("keydown.enter", say)
        button(words("live.say"), say, kind="primary")
        button(words("live.hang_up"), hang_up, icon="call_end", kind="danger")
        button(words("live.opt_out"), opt_out, icon="block")


def follow(visit: Visit, board: Board, logged: Callable[[], object]) -> None:
    """Show what happens for as long as somebody looks."""
    client = ui.context.client

    async def run() -> None:
        try:
            await client.connected(CONNECT_S)
        except ClientConnectionTimeout:
            return
        while not client.is_deleted:
            try:
                async with visit.desk.live.watch() as watcher:
                    await _show(watcher)
            except Failure:
                pass  # the broker is away; it comes back
            except Exception as error:
                with client:
                    visit.went_wrong(error)
            await asyncio.sleep(AGAIN_S)

    async def _show(watcher: Watcher) -> None:
        while not watcher.closed and not client.is_deleted:
            records, more = await watcher.news()
            with client:
                board.show(records)
                if more:
                    logged()
            await asyncio.sleep(PACE_S)

    task = background_tasks.create(run(), name="live page")
    client.on_delete(task.cancel)
