"""One playbook: its text, what is wrong in it, saving it, and trying it in a chat with the real agent."""

from typing import Any

from nicegui import ui

from contracts.chat import Answered, Ask, ChatLine, PlaybookFault
from contracts.requests import Slot
from contracts.values import LeadFacts, Speaker
from services.runtime.errors import Failure, NotFound
from services.telemetry.console.access.roles import Action
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import Words
from services.telemetry.console.pieces.marks import badge, button, latin, section, text
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.visit import Visit

_DEBOUNCE_MS = 600


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/playbooks/{name}", "playbook")
    async def playbook(visit: Visit) -> None:
        name = visit.request.path_params["name"]
        shown = (await desk.neighbours.playbooks("show", name)).playbooks
        if not shown:
            raise NotFound(f"there is no playbook {name!r}")
        with ui.element("div").classes("call-head"):
            text(shown[0].name, "h2")
            text(shown[0].company, classes="soft")
            latin(shown[0].content_hash[:12], "soft")
        with ui.element("div").classes("columns"):
            with ui.element("div"):
                editor = Editor(visit, shown[0].name, shown[0].text)
            with ui.element("div"):
                chat = Chat(visit, editor)
        ui.timer(0, chat.begin, once=True)  # a language model may take longer than a page


class Editor:
    """The text, checked while it is written."""

    def __init__(self, visit: Visit, name: str, content: str) -> None:
        self._visit = visit
        self._name = name
        words = visit.words
        may = visit.may(Action.SAVE_PLAYBOOK)
        with section(words("playbook.text")):
            self._area = ui.textarea(value=content).props('outlined spellcheck="false" input-class="yaml" rows="30"')
            self._area.props["aria-label"] = words("playbook.text")
            self._area.props["debounce"] = _DEBOUNCE_MS
            if not may:
                self._area.props("readonly")
            self._area.on_value_change(self.check)
            self._faults = ui.element("div").props('role="status"')
            with ui.element("div").classes("buttons"):
                button(words("playbook.check"), self.check)
                if may:
                    button(words("playbook.save"), self.save, kind="primary")

    @property
    def text(self) -> str:
        return self._area.value or ""

    async def check(self) -> bool:
        """Show what is wrong in the text. Returns whether nothing is."""
        try:
            found = await self._visit.desk.neighbours.playbooks("check", self._name, self.text)
        except Failure as failure:
            self._visit.warn(self._visit.words("failed.read", why=self._visit.words.why(failure.detail)))
            return False
        self._show(found.faults)
        return not found.faults

    async def save(self) -> None:
        """Save the text as the playbook's next version, if nothing is wrong in it."""
        visit = self._visit

        async def step() -> None:
            found = await visit.desk.neighbours.playbooks("save", self._name, self.text, visit.visitor.name)
            self._show(found.faults)
            if found.faults:
                first = found.faults[0]
                raise Failure(_fault(visit.words, first))

        await visit.do(Action.SAVE_PLAYBOOK, self._name, step, said=visit.words("playbook.saved"))

    def _show(self, faults: tuple[PlaybookFault, ...]) -> None:
        words = self._visit.words
        self._faults.clear()
        with self._faults:
            if not faults:
                badge(words("playbook.fine"), "good")
                return
            text(words("playbook.faults"), "h3")
            with ui.element("ul"):
                for fault in faults:
                    text(_fault(words, fault), "li").props('dir="auto"')


def _fault(words: Words, fault: PlaybookFault) -> str:
    if fault.line is None:
        return words.why(fault.message)
    return words("playbook.fault_line", line=fault.line, message=words.why(fault.message))


class Chat:
    """A conversation with the real agent, which acts on nothing."""

    def __init__(self, visit: Visit, editor: Editor) -> None:
        self._visit = visit
        self._editor = editor
        self._history: list[ChatLine] = []
        self._offered: tuple[Slot, ...] = ()
        words = visit.words
        with section(words("playbook.try"), "chat"):
            text(words("playbook.try_note"), "p", "soft")
            with ui.element("div").classes("inputs"):
                self._lead = ui.input(words("playbook.lead_name")).props("outlined dense")
                self._company = ui.input(words("playbook.lead_company")).props("outlined dense")
            with ui.element("div").classes("transcript-frame"):
                self._lines = ui.element("ol").classes("transcript").props('role="log"')
                self._lines.props["aria-label"] = words("playbook.try")
            self._line = ui.input(placeholder=words("playbook.caller_hint")).props('outlined dense dir="auto"')
            self._line.props["aria-label"] = words("playbook.caller_hint")
            self._line.on("keydown.enter", self.send)
            with ui.element("div").classes("buttons"):
                self._button = button(words("playbook.send"), self.send, kind="primary")
                button(words("playbook.start"), self.begin, icon="restart_alt")

    async def begin(self) -> None:
        """Begin anew: the agent opens."""
        self._history, self._offered = [], ()
        self._lines.clear()
        self._line.enable()
        self._button.enable()
        await self._ask("")

    async def send(self) -> None:
        """The caller says something."""
        said = (self._line.value or "").strip()
        if said:
            self._line.value = ""
            self._say(Speaker.CALLER, said)
            await self._ask(said)

    async def _ask(self, said: str) -> None:
        words = self._visit.words
        lead = LeadFacts(name=self._lead.value or None, company=self._company.value or None)
        ask = Ask(
            lead=lead,
            user_utterance=said,
            history=tuple(self._history),
            playbook_text=self._editor.text,
            offered=self._offered,
            now=self._visit.desk.clock.now(),
        )
        with self._lines:
            waiting = text(words("playbook.thinking"), "li", "soft")
        try:
            answered = await self._visit.desk.neighbours.reply(ask)
        except Failure as failure:
            with self._lines:
                text(words.why(failure.detail), "li", "problem").props('role="alert"')
            return
        finally:
            waiting.delete()
        if said:
            self._history.append(ChatLine(speaker=Speaker.CALLER, text=said))
        self._history.append(ChatLine(speaker=Speaker.AGENT, text=answered.agent_reply, asks=answered.asks))
        self._offered = _slots(answered) or self._offered
        self._say(Speaker.AGENT, answered.agent_reply, answered)
        if answered.ends_call:
            with self._lines:
                text(words("playbook.ended"), "li", "soft")
            self._line.disable()
            self._button.disable()

    def _say(self, speaker: Speaker, said: str, answered: Answered | None = None) -> None:
        words = self._visit.words
        with self._lines, ui.element("li").props(f'data-speaker="{speaker.value}"'):
            with ui.element("div").classes("line-head"):
                text(words(f"speaker.{speaker.value}"), "strong")
                if answered and answered.action:
                    badge(words("playbook.action", action=words.of("act", answered.action)), "warm")
                if answered:
                    text(words.of("decided_by", answered.decided_by))
            text(said, "p")


def _slots(answered: Answered) -> tuple[Slot, ...]:
    """Times that an answer offered."""
    given: Any = answered.action_payload.get("slots") or ()
    return tuple(Slot.model_validate(each) for each in given)
