"""What the status column of a list says of a lead: call them, somebody has, or nobody ever may."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from contracts.reasons import said
from contracts.values import Outcome


class Wanted(StrEnum):
    """What is to become of a lead on a list."""

    CALL = "call"
    DONE = "done"
    NEVER = "never"


@dataclass(frozen=True)
class ListedStatus:
    """A status as written, and what it means."""

    wanted: Wanted
    written: str = ""
    outcome: Outcome | None = None


class UnknownStatus(ValueError):
    """Nobody knows what the status means. It might be that they are not to be called, so they are not."""


_CALL = (
    "new", "open", "pending", "waiting", "to call", "call", "queued", "retry", "no answer", "not reached",
    "unreachable", "busy", "voicemail", "callback", "call back", "follow up", "lead", "active", "not called",
    "חדש", "פתוח", "ממתין", "ממתינה", "בהמתנה", "להתקשר", "לחזור", "לחזור אליו", "לחזור אליה", "לא ענה", "לא ענתה",
    "אין מענה", "תפוס", "תא קולי", "פולואפ", "מעקב", "טרם טופל", "לא טופל", "ליד", "פעיל", "ליד חדש", "לא התקשרו",
)  # fmt: skip
_DONE: dict[str, Outcome | None] = {
    "called": None, "done": None, "completed": None, "complete": None, "closed": None, "finished": None,
    "contacted": None, "won": None, "lost": None, "customer": None, "in progress": None, "calling": None,
    "טופל": None, "טופלה": None, "בוצע": None, "הושלם": None, "סגור": None, "נסגר": None, "דיברנו": None,
    "התקשרו": None, "שוחחנו": None, "לקוח": None, "בטיפול": None,
    "meeting booked": Outcome.MEETING_BOOKED, "meeting": Outcome.MEETING_BOOKED, "booked": Outcome.MEETING_BOOKED,
    "meeting scheduled": Outcome.MEETING_BOOKED, "נקבעה פגישה": Outcome.MEETING_BOOKED, "פגישה": Outcome.MEETING_BOOKED,
    "not interested": Outcome.NOT_INTERESTED, "לא מעוניין": Outcome.NOT_INTERESTED,
    "לא מעוניינת": Outcome.NOT_INTERESTED, "לא רלוונטי": Outcome.NOT_INTERESTED,
    "wrong number": Outcome.WRONG_PERSON, "wrong person": Outcome.WRONG_PERSON, "מספר שגוי": Outcome.WRONG_PERSON,
    "טעות במספר": Outcome.WRONG_PERSON,
}  # fmt: skip
_NEVER = (
    "do not call", "dont call", "dnc", "opt out", "opted out", "unsubscribed", "unsubscribe", "remove", "removed",
    "blacklist", "blocked", "הסר", "להסיר", "הוסר", "הסרה", "לא להתקשר", "אל תתקשרו", "חסום", "ביקש הסרה", "ביקשה הסרה",
)  # fmt: skip

_MEANINGS = (
    dict.fromkeys(_CALL, (Wanted.CALL, None))
    | {written: (Wanted.DONE, outcome) for written, outcome in _DONE.items()}
    | dict.fromkeys(_NEVER, (Wanted.NEVER, None))
)


@lru_cache(maxsize=1024)
def read_status(written: str) -> ListedStatus:
    """What a status means; none at all is a lead to call. Raises UnknownStatus with the cure."""
    text = " ".join(re.sub(r"[\W_]+", " ", written.replace("'", "").casefold()).split())
    if not text:
        return ListedStatus(Wanted.CALL)
    if text not in _MEANINGS:
        raise UnknownStatus(said("status_unknown", written=written))
    wanted, outcome = _MEANINGS[text]
    return ListedStatus(wanted, written, outcome)
