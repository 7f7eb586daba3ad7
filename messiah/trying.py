"""A conversation with the agent in the terminal: what is typed is what the caller says. Nothing comes of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from contracts.chat import Answered, Ask, ChatLine, parse_chat
from contracts.turns import OfferedSlot
from contracts.values import LeadFacts, Speaker
from messiah.terminal import Screen
from services.runtime.broker import Broker
from services.runtime.errors import Failure

TIMEOUT_S = 30.0
_SLOTS = TypeAdapter(tuple[OfferedSlot, ...])


@dataclass
class Trial:
    """One conversation; it is kept here and sent along each time."""

    broker: Broker
    lead: LeadFacts
    playbook: str | None = None
    playbook_text: str | None = None
    now: datetime | None = None
    history: list[ChatLine] = field(default_factory=list)
    offered: tuple[OfferedSlot, ...] = ()

    async def say(self, text: str) -> Answered:
        """The agent's answer; to nothing, its opening. Raises Failure in the words of the conversation service."""
        ask = Ask(
            lead=self.lead,
            user_utterance=text,
            history=tuple(self.history),
            playbook=self.playbook,
            playbook_text=self.playbook_text,
            offered=self.offered,
            now=self.now,
        )
        reply = parse_chat(await self.broker.ask(Ask.subject, ask.model_dump_json().encode(), TIMEOUT_S))
        if not isinstance(reply, Answered):
            raise Failure(getattr(reply, "detail", "the conversation service answered something else"))
        if text:
            self.history.append(ChatLine(speaker=Speaker.CALLER, text=text))
        self.history.append(ChatLine(speaker=Speaker.AGENT, text=reply.agent_reply, asks=reply.asks))
        if slots := reply.action_payload.get("slots"):
            self.offered = _SLOTS.validate_python(slots)
        return reply


async def converse(trial: Trial, screen: Screen, listen: Callable[[], str]) -> None:
    """Until the agent hangs up or `listen` raises EOFError."""
    answered = await trial.say("")
    while True:
        show(answered, screen)
        if answered.ends_call:
            return
        try:
            text = (await asyncio.to_thread(listen)).strip()
        except EOFError:
            return
        if text:
            answered = await trial.say(text)


def show(answered: Answered, screen: Screen) -> None:
    """The words, and beside them what the agent would do."""
    screen.hebrew(answered.agent_reply, "bold")
    if answered.action:
        screen.say(f"  {answered.action} {_short(answered.action_payload)}", "dim")
    if answered.ends_call:
        screen.say("  (hangs up)", "dim")


def _short(payload: dict[str, Any]) -> str:
    """Of slots the moments only."""
    return ", ".join(
        f"{name}: {[slot.get('start', slot) for slot in value] if name == 'slots' else value}"
        for name, value in payload.items()
        if value not in (None, "", [], {})
    )
