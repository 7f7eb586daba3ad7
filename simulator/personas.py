"""Who answers which number: people, lines that fail, and what the carrier makes of them."""

from dataclasses import dataclass, field
from typing import Final, Literal

from simulator.hearing import Cue

Pickup = Literal["answers", "busy", "no-answer", "failed"]
VerdictAt = Literal["before", "during", "after"]


@dataclass(frozen=True)
class Interjection:
    """Something done while the agent speaks: `after_s` lifelike seconds in, from the caller's `turn` on."""

    turn: int
    after_s: float
    line: str | None = None
    key: str | None = None
    hangs_up: bool = False


@dataclass(frozen=True)
class Persona:
    """How one kind of person behaves. Without anything set it is the interested one.

    opening        line said at pick-up, before the agent has spoken
    at_once        line said to the first thing heard, whatever it is, and then never again
    once           line said once, at the first of these cues
    replies        lines by cue that take precedence over the interested person's
    otherwise      line for every cue that is not in `replies`, in place of the interested person's
    gives_up       turns after which the person hangs up
    silent_from    turn from which nothing is said any more
    in_pieces      every sentence arrives as two finals
    """

    name: str
    pickup: Pickup = "answers"
    opening: str | None = None
    at_once: str | None = None
    once: tuple[frozenset[Cue], str] | None = None
    replies: dict[Cue, str] = field(default_factory=dict)
    otherwise: str | None = None
    interjection: Interjection | None = None
    gives_up: int | None = None
    silent_from: int | None = None
    in_pieces: bool = False
    answered_by: str = "human"
    verdict_at: VerdictAt = "during"
    refuse_code: int | None = None
    lost_reply: Literal["none", "cut", "slow"] = "none"
    drop_socket_after_turns: int = 0


_BUSINESS = frozenset({Cue.QUESTION, Cue.PROPOSAL, Cue.SLOTS})

INTERESTED: Final = Persona("interested")

PERSONAS: Final[dict[str, Persona]] = {
    "01": Persona("asks the price", once=(_BUSINESS, "ask_price")),
    "02": Persona(
        "busy",
        at_once="busy",
        replies={Cue.CONFIRM: "confirm", Cue.GOODBYE: "goodbye", Cue.STATEMENT: "confirm", Cue.UNCLEAR: "unclear"},
        otherwise="busy_time",
        gives_up=6,
    ),
    "03": Persona(
        "not interested",
        at_once="refuse",
        replies={Cue.GOODBYE: "goodbye", Cue.UNCLEAR: "unclear"},
        otherwise="refuse_again",
        gives_up=4,
    ),
    "04": Persona("asks if it is a robot", at_once="is_robot"),
    "05": Persona(
        "take me off the list",
        at_once="opt_out",
        replies={Cue.GOODBYE: "goodbye", Cue.CONFIRM: "confirm"},
        otherwise="opt_out",
        gives_up=4,
    ),
    "06": Persona(
        "gatekeeper",
        opening="gate_hello",
        at_once="gate_absent",
        replies={Cue.CALLBACK_TIME: "gate_time", Cue.GOODBYE: "goodbye", Cue.CONFIRM: "confirm"},
        otherwise="gate_more",
        gives_up=6,
    ),
    "07": Persona("voicemail", opening="voicemail", silent_from=0, answered_by="machine_start"),
    "08": Persona("no answer", pickup="no-answer"),
    "09": Persona("line busy", pickup="busy"),
    "10": Persona("barges in", interjection=Interjection(turn=1, after_s=1.2, line="barge")),
    "11": Persona("hangs up mid-sentence", interjection=Interjection(turn=1, after_s=1.0, hangs_up=True)),
    "12": Persona("falls silent", silent_from=1),
    "13": Persona("presses a key", interjection=Interjection(turn=1, after_s=0.8, key="9")),
    "14": Persona("speaks in pieces", in_pieces=True),
    "15": Persona("bad line", at_once="bad_line"),
    "16": Persona(
        "wants details only",
        once=(_BUSINESS, "send_details"),
        replies={Cue.PROPOSAL: "send_details", Cue.SLOTS: "send_details"},
        gives_up=10,
    ),
    "17": Persona(
        "wrong person",
        at_once="wrong_person",
        replies={Cue.GOODBYE: "goodbye"},
        otherwise="wrong_person",
        gives_up=3,
    ),
    "20": Persona("invalid number", refuse_code=21211),
    "21": Persona("failed", pickup="failed"),
    "22": Persona("lost REST reply", lost_reply="cut"),
    "23": Persona("slow REST reply", lost_reply="slow"),
    "24": Persona("verdict before the first turn", verdict_at="before"),
    "25": Persona("verdict after the first turn", verdict_at="after"),
    "26": Persona("taken for a machine, late", verdict_at="after", answered_by="machine_start"),
    "27": Persona("verdict unknown", answered_by="unknown"),
    "28": Persona(
        "voicemail, verdict at once",
        opening="voicemail",
        silent_from=0,
        answered_by="machine_start",
        verdict_at="before",
    ),
    "29": Persona("too many requests", refuse_code=20429),
    "30": Persona("socket drops once", drop_socket_after_turns=2),
    "31": Persona("country not allowed", refuse_code=21215),
}


def persona_of(number: str) -> Persona:
    """Who answers `number`, by its last two digits; anything unlisted is the interested person."""
    return PERSONAS.get(number[-2:], INTERESTED)
