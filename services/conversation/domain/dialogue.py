"""A conversation is the fold of its facts.

`Dialogue.apply` is all that ever changes a dialogue: replayed from the stream it is the same as the one that was
in memory. Facts told under an older claim than the one in force are passed over, so a worker that lost its call
leaves no trace in it.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from contracts.calls import (
    CallAnsweredBy,
    CallClaimed,
    CallClosing,
    CallConcluded,
    CallEnded,
    CallMemory,
    CallReconnected,
    CallReleased,
    CallRequested,
    CallStarted,
    CallTransferring,
    Playbook,
)
from contracts.event import Event
from contracts.turns import CallActed, CallHeard, CallInterrupted, CallOperated, CallSaid, HeardKind
from contracts.values import AnsweredBy, LeadFacts
from services.conversation.domain.turns import CONFIRM_OPT_OUT, CallerTurn, Known, Utterance

AT_ONCE = timedelta(seconds=1.2)
"""Finals of a recogniser that follow each other so soon are one utterance."""
TRANSFER = "transfer"
"""Why a call closes that goes on with a person."""


@dataclass
class Dialogue:
    """Everything known of one call."""

    call_id: UUID
    sequence: int = 0
    """Stream sequence of the last fact applied."""
    epoch: int = 0
    worker_id: str | None = None
    idle_claims: int = 0
    """Claims in a row under which nothing was said or acted before the next one: each is a fault."""
    known: Known = field(default_factory=Known)
    request: CallRequested | None = None
    started: CallStarted | None = None
    ended: CallEnded | None = None
    concluded: CallConcluded | None = None
    closing: str | None = None
    answered_by: AnsweredBy | None = None
    operated: list[CallOperated] = field(default_factory=list)
    reconnected: CallReconnected | None = None
    turns: list[CallerTurn] = field(default_factory=list)
    utterances: dict[UUID, Utterance] = field(default_factory=dict)
    acts: list[CallActed] = field(default_factory=list)
    _productive: bool = True

    def apply(self, event: Event, sequence: int) -> bool:
        """Take in one fact. False if it was passed over: seen already, or told under a claim that is over."""
        if sequence <= self.sequence:
            return False
        self.sequence = sequence
        if (
            isinstance(event, CallSaid | CallActed | CallClosing | CallTransferring | CallReleased)
            and event.epoch < self.epoch
        ):
            return False
        match event:
            case CallRequested():
                self.request = event
            case CallStarted():
                self.started = event
            case CallClaimed():
                self._claimed(event, sequence)
            case CallReleased():
                self._productive = True
            case CallSaid():
                self._said(event)
            case CallHeard() if event.turn <= self.turn:
                return False
            case CallHeard():
                self._heard(event)
            case CallInterrupted():
                self._interrupted(event)
            case CallActed():
                self._acted(event)
            case CallClosing():
                self.closing = event.reason
                self._productive = True
            case CallTransferring():
                self.closing = TRANSFER
                self._productive = True
            case CallAnsweredBy():
                self.answered_by = event.answered_by
            case CallOperated():
                self.operated.append(event)
            case CallReconnected():
                self.reconnected = event
            case CallEnded():
                self.ended = event
            case CallConcluded():
                self.concluded = event
        return True

    @property
    def lead(self) -> LeadFacts:
        return self.request.lead if self.request else LeadFacts()

    @property
    def lead_id(self) -> str:
        fact = self.request or self.started
        return fact.lead_id if fact else "unknown"

    @property
    def playbook(self) -> Playbook | None:
        return self.request.playbook if self.request else None

    @property
    def recorded(self) -> bool:
        """Whether the carrier may record the call; if that is not known, it may."""
        return self.request is None or self.request.recorded

    @property
    def memory(self) -> CallMemory | None:
        return self.request.memory if self.request else None

    @property
    def turn(self) -> int:
        """The number of the caller's latest turn; 0 before the caller has spoken."""
        return self.turns[-1].number if self.turns else 0

    @property
    def latest(self) -> CallerTurn | None:
        return self.turns[-1] if self.turns else None

    @property
    def answered(self) -> bool:
        """Whether the latest turn (or the opening) has been answered to its end."""
        turn = self.turn
        return any(said.turn == turn and said.closed for said in reversed(self.utterances.values()))

    @property
    def unfinished(self) -> Utterance | None:
        """The utterance of the latest turn that was begun and neither finished nor cut off."""
        turn = self.turn
        return next((said for said in self.utterances.values() if said.turn == turn and not said.closed), None)

    def said_in(self, turn: int) -> list[str]:
        """The phrases told in answer to a turn."""
        return [text for said in self.utterances.values() if said.turn == turn for text in said.phrases.values()]

    def acted_in(self, turn: int) -> list[CallActed]:
        """The acts done in answer to a turn."""
        return [act for act in self.acts if act.turn == turn]

    @property
    def words_ever(self) -> bool:
        """Whether the caller has said anything at all."""
        return any(turn.text for turn in self.turns)

    def came_of(self, move: str) -> CallActed | None:
        """What the latest act of a kind came to."""
        return next((act for act in reversed(self.acts) if act.move == move), None)

    def words(self) -> str:
        """What the caller is to be answered: the latest turn, with those before it that went unanswered."""
        first = len(self.turns) - 1
        while first > 0 and self.turns[first].continues:
            first -= 1
        begun = self.turns[first].number if self.turns else 0
        answered = 0
        for said in reversed(self.utterances.values()):  # the latest first: it is mostly the one
            if answered < said.turn < begun and said.audible:
                answered = said.turn
        fresh = [turn.text for turn in self.turns if turn.number > answered and turn.text]
        return " ".join(fresh)

    def _claimed(self, event: CallClaimed, sequence: int) -> None:
        self.idle_claims = 0 if self._productive else self.idle_claims + 1
        self._productive = False
        self.epoch = sequence
        self.worker_id = event.worker_id

    def _said(self, event: CallSaid) -> None:
        self._productive = True
        said = self.utterances.setdefault(event.utterance, Utterance(event.utterance, event.turn))
        said.add(event.sequence, event.text)
        if event.asks is not None:
            said.asks[event.sequence] = event.asks
        said.closed = said.closed or event.last
        if event.asks is not None:
            again = self.known.asked == event.asks
            before = self.known.asked_before if again else self.known.asked
            self.known = replace(
                self.known,
                asked=event.asks,
                asked_before=before if event.asks == CONFIRM_OPT_OUT else None,
                asked_times=self.known.asked_times + 1 if again else 1,
                asked_ever=self.known.asked_ever | {event.asks},
            )

    def _heard(self, event: CallHeard) -> None:
        continues = self._goes_on(event)
        silences = self.known.silences + 1 if event.kind is HeardKind.SILENCE else 0
        if silences != self.known.silences:
            self.known = replace(self.known, silences=silences)
        known = self.turns[-1].known if continues else self.known
        self.turns.append(CallerTurn(event.turn, event.text, event.kind, event.occurred_at, known, continues))

    def _goes_on(self, event: CallHeard) -> bool:
        """Whether these words belong to those before: they follow at once, or nobody heard our answer to them."""
        before = self.latest
        if before is None or not (event.kind is before.kind is HeardKind.SPEECH):
            return False
        replies = [said for said in self.utterances.values() if said.turn == before.number]
        if any(said.closed and said.heard is None for said in replies):
            return False  # it was answered, and the caller let us finish
        return event.occurred_at - before.at <= AT_ONCE or (bool(replies) and all(said.unheard for said in replies))

    def _interrupted(self, event: CallInterrupted) -> None:
        said = self.utterances.get(event.utterance)
        if said is not None:
            said.heard = event.heard
            said.closed = True

    def _acted(self, event: CallActed) -> None:
        self._productive = True
        self.acts.append(event)
        known = self.known
        if event.move == "note" and event.key is not None:
            known = replace(known, notes=(*known.notes, (event.key, event.value or "")))
        elif event.slots:
            gone = tuple(slot.slot_id for slot in known.offered)
            known = replace(known, offered=event.slots, turned_down=known.turned_down + gone)
        if event.refused is None:
            known = replace(
                known,
                meeting=None if event.move == "cancel" else event.meeting or known.meeting,
                callback=event.callback or known.callback,
                opted_out=known.opted_out or event.move == "opt_out",
            )
        self.known = known
