"""Which question a model's sentence asks, so that the next turn is known to answer it, whoever reads it then."""

import re

from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.playbook import Playbook

ALIKE = 0.5
"""So large a share of a playbook question's words makes a sentence that question."""
OPEN = "open"
"""A question that stands in no playbook."""

_WORD = re.compile(r"[\w']+")
_SLOT = re.compile(r"מתאים|עדיף|נוח|לקבוע|suits?|better|works?", re.IGNORECASE)
_EMAIL = re.compile(r"מייל|אימייל|דוא|e-?mail", re.IGNORECASE)
_CALLBACK = re.compile(r"(?:מתי|באיזה).*(?:לחזור|להתקשר)|when.*call", re.IGNORECASE)


def asked_in(text: str, dialogue: Dialogue, playbook: Playbook) -> str | None:
    """The key of the question, or None if the sentence asks nothing."""
    if "?" not in text:
        return None
    words = set(_WORD.findall(text.casefold()))
    for question in playbook.questions:
        theirs = set(_WORD.findall(question.ask.casefold()))
        if theirs and len(words & theirs) / len(theirs) >= ALIKE:
            return f"question:{question.key}"
    if _CALLBACK.search(text):
        return "callback_time"
    if _EMAIL.search(text):
        return "email"
    if dialogue.known.offered and dialogue.known.meeting is None and _SLOT.search(text):
        return "slot"
    return OPEN
