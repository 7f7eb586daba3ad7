"""What may be asked of the conversation outside a call: one reply of the agent, and its playbooks."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter

from contracts.requests import Refused
from contracts.turns import OfferedSlot
from contracts.values import Instant, LeadFacts, LeadId, Speaker, Value


class ChatLine(Value):
    """What one side said."""

    speaker: Speaker
    text: str
    asks: str | None = None
    """The question an agent's line asked, as an earlier reply told it; it helps to read a bare yes or no."""


class Ask(Value):
    """What would the agent answer? Nothing is booked, told or remembered."""

    subject: ClassVar[str] = "conversation.reply"

    lead_id: LeadId | None = None
    lead: LeadFacts = LeadFacts()
    user_utterance: str = ""
    """Empty: the agent opens the conversation."""
    history: tuple[ChatLine, ...] = ()
    playbook: str | None = None
    playbook_text: str | None = None
    """YAML of a playbook that is not saved yet; wins over `playbook`."""
    offered: tuple[OfferedSlot, ...] = ()
    """Slots that an earlier answer offered, as its `action_payload` gives them."""
    now: Instant | None = None


class Answered(Value):
    """What the agent says, and the first act that comes with it."""

    kind: Literal["answered"] = "answered"
    agent_reply: str
    action: str | None = None
    action_payload: dict[str, Any] = Field(default_factory=dict)
    asks: str | None = None
    ends_call: bool = False
    decided_by: str = "rules"


class Playbooks(Value):
    """Read, check or save playbooks."""

    subject: ClassVar[str] = "conversation.playbooks"

    action: Literal["list", "show", "check", "save"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] | None = None
    text: str | None = None
    """YAML, with `check` and `save`."""
    operator: str | None = None


class PlaybookFault(Value):
    """What is wrong in a playbook, where, and the remedy."""

    line: int | None = None
    message: str


class PlaybookText(Value):
    """One playbook."""

    name: str
    content_hash: str
    language: str
    company: str
    text: str = ""


class PlaybooksShown(Value):
    """The playbooks asked for; with faults, nothing was saved."""

    kind: Literal["playbooks"] = "playbooks"
    playbooks: tuple[PlaybookText, ...] = ()
    faults: tuple[PlaybookFault, ...] = ()


_replies: TypeAdapter[Answered | PlaybooksShown | Refused] = TypeAdapter(
    Annotated[Answered | PlaybooksShown | Refused, Field(discriminator="kind")]
)


def parse_chat(data: bytes) -> Answered | PlaybooksShown | Refused:
    """Read the reply to `Ask` or `Playbooks`. Raises ValidationError if it is none."""
    return _replies.validate_json(data)
