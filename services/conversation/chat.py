"""The agent outside a call, over HTTP and NATS: what would it answer?"""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from contracts.chat import Answered, Ask, ChatLine
from contracts.turns import OfferedSlot
from contracts.values import LeadFacts, LeadId
from services.conversation.ports import Leads
from services.conversation.rehearsal import Rehearsal
from services.runtime.security import guarded


class Turn(BaseModel):
    """A turn of a conversation that the client keeps."""

    model_config = ConfigDict(extra="forbid")

    lead_id: LeadId | None = None
    """A lead that was accepted before; its facts are looked up where `lead` is absent."""
    user_utterance: str = Field(default="", max_length=2000)
    """What the caller says now; empty: the agent opens the conversation."""
    history: tuple[ChatLine, ...] = Field(default=(), max_length=200)
    """What was said before, oldest first."""
    lead: LeadFacts | None = None
    playbook: str | None = None
    offered: tuple[OfferedSlot, ...] = ()
    """Times that an earlier answer offered."""


class Reply(BaseModel):
    """What the agent would say and do. Nothing was booked, held or told."""

    agent_reply: str
    action: str | None
    action_payload: dict[str, Any]
    asks: str | None
    ends_call: bool
    decided_by: str


def router(rehearsal: Rehearsal, leads: Leads, token: SecretStr | None) -> APIRouter:
    api = APIRouter(tags=["conversation"], dependencies=guarded(token))

    @api.post("/agent/turn")
    async def turn(given: Turn) -> Reply:
        """One answer of the agent, without a call."""
        lead = given.lead
        if lead is None:
            lead = await leads.facts(given.lead_id) if given.lead_id else LeadFacts()
        answered: Answered = await rehearsal.reply(
            Ask(
                lead_id=given.lead_id,
                lead=lead,
                user_utterance=given.user_utterance,
                history=given.history,
                playbook=given.playbook,
                offered=given.offered,
            )
        )
        return Reply(**answered.model_dump(exclude={"kind"}))

    return api
