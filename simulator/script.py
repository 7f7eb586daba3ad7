"""Carries out TwiML: asks the application what to do, does it, and asks again where it is told to."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from simulator.callbacks import call_fields
from simulator.calls import Call, HangUp, Source
from simulator.pace import Pace
from simulator.person import Person
from simulator.relay import RelaySession, SessionEnd
from simulator.settings import Faults
from simulator.twiml import ConversationRelay, Dial, Hangup, Pause, Redirect, Say, TwimlError, Verb, parse
from simulator.webhooks import Webhooks, record

MOST_SILENT_SESSIONS: Final = 30
"""Relay sessions in a row without a word of the agent, after which the person gives up."""

T = TypeVar("T")


class Ordered(Exception):
    """The REST interface or the time limit changed what the call does."""


async def unless_ordered(call: Call, doing: Awaitable[T]) -> T:
    """Do something, unless an order comes first.

    Raises:
        Ordered: it came; what was being done is cancelled.
    """
    task = asyncio.ensure_future(doing)
    order = asyncio.ensure_future(call.ordered.wait())
    try:
        await asyncio.wait({task, order}, return_when=asyncio.FIRST_COMPLETED)
        if order.done():
            raise Ordered
        return task.result()
    finally:
        task.cancel()
        order.cancel()
        await asyncio.gather(task, order, return_exceptions=True)


@dataclass
class Script:
    """The instructions of one answered call. `hung_up` is called as soon as the line is down."""

    call: Call
    person: Person
    webhooks: Webhooks
    pace: Pace
    patience_s: float
    faults: Callable[[], Faults]
    hung_up: Callable[[], None]
    _silent_sessions: int = 0

    async def run(self, source: Source | None) -> None:
        """Fetch and carry out TwiML until there is no more.

        Raises:
            Ordered: the call is to be hung up.
        """
        while source is not None:
            try:
                verbs = await unless_ordered(self.call, self._obtain(source))
                source = await self._perform(verbs)
            except Ordered:
                order = self.call.take_order()
                if isinstance(order, HangUp):
                    raise
                source = order

    async def _obtain(self, source: Source) -> list[Verb]:
        """The TwiML at `source`, else at the fallback URL, else none, which ends the call."""
        call, request = self.call, self.call.request
        if source.document is not None:
            return self._parsed(source.document, "") or []
        fields = [*call_fields(call, "in-progress"), *source.fields]
        kind = "action" if any(name == "SessionStatus" for name, _ in source.fields) else "twiml"
        verbs = await self._fetch(str(source.url), source.method, fields, kind)
        if verbs is None and request.fallback_url:
            told = [*fields, ("ErrorCode", "11200"), ("ErrorUrl", str(source.url).partition("#")[0])]
            verbs = await self._fetch(request.fallback_url, request.fallback_method, told, "fallback")
        return verbs or []

    async def _fetch(self, url: str, method: str, fields: list[tuple[str, str]], kind: str) -> list[Verb] | None:
        delivery = await self.webhooks.send(url, method, fields)
        known = dict(fields)
        told = {name: known[name] for name in ("SessionStatus", "HandoffData") if name in known}
        self.call.webhooks.append(record(url, kind, delivery, **told))
        if delivery.failure is not None:
            self.call.notifications.append(f"11200: {url}: {delivery.status or delivery.failure}")
            return None
        return self._parsed(delivery.body, url.partition("#")[0])

    def _parsed(self, document: str, base_url: str) -> list[Verb] | None:
        if not document.strip():
            return []
        try:
            return parse(document, base_url)
        except TwimlError as error:
            self.call.notifications.append(str(error))
            return None

    async def _perform(self, verbs: list[Verb]) -> Source | None:
        """Carry out a document; where the next one comes from, or None at the end of the call."""
        for verb in verbs:
            match verb:
                case Say(text):
                    utterance = self.call.transcript.agent(self.call.sessions, "say")
                    utterance.say(text)
                    await unless_ordered(self.call, self.pace.pause(len(text) / 14))
                case Pause(length_s):
                    await unless_ordered(self.call, self.pace.pause(length_s))
                case Hangup():
                    return None
                case Redirect(url, method):
                    return Source(url, method)
                case Dial():
                    return await self._transfer(verb)
                case ConversationRelay():
                    return await self._relay(verb)
        return None

    async def _transfer(self, dial: Dial) -> Source | None:
        """Somebody answers, talks for a while, and hangs up."""
        self.call.notifications.append(f"dialed {dial.number}")
        await unless_ordered(self.call, self.pace.pause(5.0))
        if dial.action is None:
            return None
        fields = (("DialCallStatus", "completed"), ("DialCallDuration", "5"))
        return Source(dial.action, dial.method, fields=fields)

    async def _relay(self, spec: ConversationRelay) -> Source | None:
        call = self.call
        await unless_ordered(self.call, self.pace.pause(0.4))
        words = len(call.transcript.phrases_heard())
        session = RelaySession(call, spec, self.person, self.pace, self.patience_s, self.webhooks.token(), self.faults)
        started = asyncio.get_running_loop().time()
        end = await session.run()
        spent = asyncio.get_running_loop().time() - started
        heard_anything = len(call.transcript.phrases_heard()) > words
        self._silent_sessions = 0 if heard_anything else self._silent_sessions + 1
        if end.status == "ordered" and isinstance(call.pending_order, Source):
            raise Ordered  # a redirection takes the call elsewhere without an action callback

        over = end.status in ("completed", "ordered")
        if over:
            self.hung_up()
        if spec.action is None:
            return None
        fields = self._session_fields(session.session_id, end, spent)
        if over:
            # Told with the call already over, so no order can come between; the reply is ignored.
            await self.pace.pause(0.4)
            every = [*call_fields(call, "completed"), *fields]
            delivery = await self.webhooks.send(spec.action, spec.method, every)
            call.webhooks.append(record(spec.action, "action", delivery, SessionStatus="completed"))
            return None
        if self._silent_sessions >= MOST_SILENT_SESSIONS:
            call.notifications.append("the person hung up: nobody spoke in many sessions")
            return None
        await unless_ordered(self.call, self.pace.pause(0.6 if end.status == "ended" else 1.2))
        if not heard_anything:
            await unless_ordered(self.call, asyncio.sleep(0.3))  # do not spin on an application that is down
        return Source(spec.action, spec.method, fields=tuple(fields))

    def _session_fields(self, session_id: str, end: SessionEnd, spent_s: float) -> list[tuple[str, str]]:
        status = "completed" if end.status == "ordered" else end.status
        fields = [
            ("SessionId", session_id),
            ("SessionStatus", status),
            ("SessionDuration", str(round(spent_s))),
        ]
        if end.handoff is not None:
            fields.append(("HandoffData", end.handoff))
        if end.error_code is not None:
            fields += [("ErrorCode", str(end.error_code)), ("ErrorMessage", end.error_message)]
        return fields
