"""What is told of a call, and what a line makes of it: phrases to speak, claims, and how the call is to end."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from uuid import UUID

from nats.errors import Error as NatsError
from pydantic import ValidationError

from contracts.calls import CallClaimed, CallClosing, CallReconnected, CallTransferring
from contracts.turns import CallOperated, CallSaid
from services.dialer.lines.facts import CallFacts, Rest
from services.dialer.lines.hearing import Hearing
from services.dialer.lines.phrases import Verdict
from services.dialer.lines.speech import Speech
from services.runtime.broker import Broker
from services.runtime.logs import logger

log = logger(__name__)

Handoff = dict[str, str]
"""Why a session ends, as it comes back with the action callback; `reason` at least."""


class Intake:
    """Takes in the facts of one call for the line `line_id`."""

    def __init__(
        self,
        broker: Broker,
        call_id: UUID,
        line_id: UUID,
        *,
        hearing: Hearing,
        speech: Speech,
        leave: Callable[[str], Awaitable[None]],
        news: Callable[[], None],
    ) -> None:
        self.facts = CallFacts(broker, call_id, self._take)
        self.claimed = False
        """Whether any worker has claimed the call."""
        self.closing: Handoff | None = None
        """Set once the call is to end when the last phrase has been played."""
        self.hang_up = False
        """Whether a person asked for the call to end at once."""
        self._call_id = call_id
        self._line_id = line_id
        self._hearing = hearing
        self._speech = speech
        self._leave = leave
        self._news = news
        self._claims: set[UUID] = set()
        self._earlier_lines: set[UUID] = set()
        self._stored_fence = 0
        """The claim in force at the place in the stream up to which facts were read there."""

    async def look_for_missed(self) -> None:
        """Read from the stream if its last phrase has not come to us."""
        with suppress(NatsError, TimeoutError):
            stored = await self.facts.last("said")
            if stored is None or not stored.data:
                return
            said = CallSaid.model_validate_json(stored.data)
            if not self._speech.phrases.done_with(said, self._hearing.turn):
                await self.facts.resync()

    def _take(self, kind: str, data: bytes, place: int | None) -> Rest | None:
        """Take in one fact; `place` is where it was read in the stream, None if it came as it was told."""
        rest: Rest | None = None
        try:
            match kind:
                case "said":
                    rest = self._said(CallSaid.model_validate_json(data), place)
                case "heard":
                    self._hearing.told(data)
                case "claimed":
                    rest = self._claimed(CallClaimed.model_validate_json(data), place)
                case "closing":
                    self._close_after(CallClosing.model_validate_json(data), place)
                case "transferring":
                    self._close_after(CallTransferring.model_validate_json(data), place)
                case "operated":
                    self.hang_up = self.hang_up or CallOperated.model_validate_json(data).action == "hang_up"
                case "reconnected":
                    rest = self._reconnected(CallReconnected.model_validate_json(data))
                case "ended":
                    rest = partial(self._leave, "the call is over")
                case _:
                    return None
        except ValidationError as error:
            log.warning("unreadable fact passed over", kind=kind, call_id=str(self._call_id), error=str(error)[:200])
        self._news()
        return rest

    def _said(self, said: CallSaid, place: int | None) -> Rest | None:
        verdict = self._speech.phrases.judge(said, self._hearing.turn, None if place is None else self._stored_fence)
        if verdict is Verdict.GAP and place is None:
            return partial(self._said_after_a_gap, said)
        self._speak(said, verdict)
        return None

    async def _said_after_a_gap(self, said: CallSaid) -> None:
        await self.facts.catch_up()
        self._speak(said, self._speech.phrases.judge(said, self._hearing.turn))
        self._news()

    def _speak(self, said: CallSaid, verdict: Verdict) -> None:
        """A gap that the stream has too is no loss: nobody told what is missing there."""
        if verdict is not Verdict.DROP and self._speech.speak(said):
            self._hearing.answered(said.turn)

    def _claimed(self, claim: CallClaimed, place: int | None) -> Rest | None:
        """From here on the claim's place is the epoch. What is told meanwhile waits until it is known."""
        known = claim.event_id in self._claims
        self.claimed = True
        self._claims.add(claim.event_id)
        if place is None and not known:
            return self._find_fence
        if place is not None:
            self._stored_fence = place
        self._raise_fence(place or 0)
        return None

    async def _find_fence(self) -> None:
        self._raise_fence(await self.facts.place_of_new("claimed", self._speech.phrases.fence))
        self._news()

    def _raise_fence(self, place: int) -> None:
        self._speech.phrases.fence = max(self._speech.phrases.fence, place)

    def _close_after(self, fact: CallClosing | CallTransferring, place: int | None) -> None:
        fence = self._speech.phrases.fence if place is None else self._stored_fence
        if fact.epoch < fence or self.closing is not None:
            return
        if isinstance(fact, CallTransferring):
            self.closing = {"reason": "transfer", "to": fact.to}
        else:
            self.closing = {"reason": fact.reason}

    def _reconnected(self, fact: CallReconnected) -> Rest | None:
        """Ours: what comes now is ours to speak. Another's, after ours: that line goes on with the call."""
        if fact.line_id == self._line_id:
            self._speech.unmute()
        elif self._speech.muted:
            self._earlier_lines.add(fact.line_id)
        elif fact.line_id not in self._earlier_lines:
            return partial(self._leave, "another line took the call over")
        return None
