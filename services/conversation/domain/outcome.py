"""What a call came to: read off its facts, each claim with the turns that prove it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from contracts.turns import CallActed
from contracts.values import AnsweredBy, Disposition, Evidence, Outcome
from services.conversation.domain.dialogue import Dialogue
from services.conversation.hebrew.saying import say_slot

Interest = Literal["high", "medium", "low"]

_BY_MOVE = {
    "opt_out": Outcome.OPTED_OUT,
    "book": Outcome.MEETING_BOOKED,
    "transfer": Outcome.TRANSFERRED,
    "schedule_callback": Outcome.CALLBACK_SCHEDULED,
    "send_details": Outcome.DETAILS_REQUESTED,
}

OUTCOME_NOTE = "outcome"
"""The key of a note that names an outcome no act stands for: a refusal, a wrong person, a voicemail."""

EMAIL_NOTE = "email"
"""The key of a note of where the lead wants to be written to; empty once the lead said that it is wrong."""

ANSWER_PREFIX = "answer:"
OBJECTION_NOTE = "objection"
"""The key of a note that names an objection of the playbook which the caller raised."""

_RANK = (
    Outcome.OPTED_OUT,
    Outcome.MEETING_BOOKED,
    Outcome.TRANSFERRED,
    Outcome.CALLBACK_SCHEDULED,
    Outcome.DETAILS_REQUESTED,
    Outcome.WRONG_PERSON,
    Outcome.NOT_INTERESTED,
    Outcome.VOICEMAIL,
    Outcome.GATEKEEPER,
    Outcome.NO_RESPONSE,
    Outcome.FAILED,
)
"""What counts when several things happened in one call: the first of these."""

_INTEREST: dict[Outcome, Interest] = {
    Outcome.MEETING_BOOKED: "high",
    Outcome.TRANSFERRED: "high",
    Outcome.CALLBACK_SCHEDULED: "medium",
    Outcome.DETAILS_REQUESTED: "medium",
    Outcome.NOT_INTERESTED: "low",
    Outcome.OPTED_OUT: "low",
}

_SUMMARY = {
    Outcome.OPTED_OUT: "ביקשו להסיר את המספר מהרשימה.",
    Outcome.MEETING_BOOKED: "נקבעה פגישה.",
    Outcome.TRANSFERRED: "השיחה הועברה לנציג.",
    Outcome.CALLBACK_SCHEDULED: "ביקשו שנחזור במועד אחר.",
    Outcome.DETAILS_REQUESTED: "ביקשו פרטים בכתב.",
    Outcome.WRONG_PERSON: "המספר לא שייך לאיש הקשר.",
    Outcome.NOT_INTERESTED: "אין עניין כרגע.",
    Outcome.VOICEMAIL: "ענה תא קולי.",
    Outcome.GATEKEEPER: "ענה מישהו אחר במשרד.",
    Outcome.NO_RESPONSE: "השיחה נענתה אבל איש לא דיבר.",
    Outcome.HUNG_UP: "השיחה נותקה לפני סיכום.",
    Outcome.FAILED: "תקלה בשיחה.",
}

_NEXT_STEP = {
    Outcome.MEETING_BOOKED: "להגיע לפגישה.",
    Outcome.CALLBACK_SCHEDULED: "לחזור במועד שסוכם.",
    Outcome.DETAILS_REQUESTED: "לשלוח פרטים.",
    Outcome.GATEKEEPER: "לנסות שוב להשיג את איש הקשר.",
    Outcome.VOICEMAIL: "לנסות שוב במועד אחר.",
    Outcome.NO_RESPONSE: "לנסות שוב במועד אחר.",
    Outcome.HUNG_UP: "לנסות שוב במועד אחר.",
    Outcome.WRONG_PERSON: "לברר את המספר הנכון.",
}

_LONG_AGO = datetime(2000, 1, 1, tzinfo=ZoneInfo("Asia/Jerusalem"))
"""As seen from then no day is today: a summary is read on other days than it was written."""


@dataclass(frozen=True)
class Conclusion:
    """The sense of a call."""

    outcome: Outcome
    evidence: tuple[Evidence, ...]
    answers: dict[str, str]
    interest: Interest | None
    summary: str
    next_step: str | None
    by: Literal["rules", "model"] = "rules"


def conclude(dialogue: Dialogue, *, failed: bool = False) -> Conclusion:
    """Read the outcome off the facts. `failed` says that we, not the caller, broke the call off."""
    found = {_outcome_of(act): act for act in dialogue.acts if act.refused is None}
    if dialogue.known.meeting is None:
        found.pop(Outcome.MEETING_BOOKED, None)  # it was taken back
    ranked = [outcome for outcome in _RANK if outcome in found]
    outcome = ranked[0] if ranked else _silent_outcome(dialogue, failed)
    answers = _answers(dialogue)
    return Conclusion(
        outcome=outcome,
        evidence=tuple(_evidence(claim, found[claim]) for claim in ranked) or _last_words(dialogue, outcome),
        answers=answers,
        interest=_INTEREST.get(outcome) or ("medium" if answers else None),
        summary=_summary(dialogue, outcome, answers),
        next_step=_NEXT_STEP.get(outcome),
    )


def said_so_far(dialogue: Dialogue) -> str:
    """What somebody who takes the call over should know, in a line."""
    answers = _answers(dialogue)
    lead = ", ".join(each for each in (dialogue.lead.name, dialogue.lead.company) if each)
    return " ".join(part for part in (lead, _told(answers), _agreed(dialogue)) if part)


def disposition(dialogue: Dialogue, outcome: Outcome) -> Disposition:
    """How the call itself went. A person who was taken for a machine is a person still."""
    if dialogue.ended is not None:
        told = dialogue.ended.disposition
        taken_for_machine = told is Disposition.MACHINE and dialogue.words_ever
        return Disposition.ANSWERED if taken_for_machine and outcome is not Outcome.VOICEMAIL else told
    if dialogue.answered_by in (AnsweredBy.MACHINE, AnsweredBy.FAX):
        return Disposition.MACHINE
    return Disposition.ANSWERED


def _answers(dialogue: Dialogue) -> dict[str, str]:
    return {
        act.key.removeprefix(ANSWER_PREFIX): act.value or ""
        for act in dialogue.acts
        if act.key is not None and act.key.startswith(ANSWER_PREFIX)
    }


def _summary(dialogue: Dialogue, outcome: Outcome, answers: dict[str, str]) -> str:
    return " ".join(part for part in (_SUMMARY[outcome], _agreed(dialogue), _told(answers)) if part)


def _agreed(dialogue: Dialogue) -> str:
    """The time that was agreed on, in the zone of the people who read it."""
    meeting, callback = dialogue.known.meeting, dialogue.known.callback
    if meeting is not None:
        start = meeting.start.astimezone(ZoneInfo(meeting.time_zone))
        return f"הפגישה: {say_slot(start, _LONG_AGO)} עם {meeting.representative_name}."
    if callback is not None:
        start = callback.start.astimezone(ZoneInfo("Asia/Jerusalem"))
        return f"לחזור: {say_slot(start, _LONG_AGO)}."
    return ""


def _told(answers: dict[str, str]) -> str:
    return f"סיפרו: {'; '.join(answers.values())}." if answers else ""


def _outcome_of(act: CallActed) -> Outcome | None:
    if act.move == "note":
        return Outcome(act.value) if act.key == OUTCOME_NOTE and act.value else None
    return _BY_MOVE.get(act.move)


def _silent_outcome(dialogue: Dialogue, failed: bool) -> Outcome:
    if failed:
        return Outcome.FAILED
    if dialogue.words_ever:
        return Outcome.HUNG_UP
    machine = dialogue.answered_by in (AnsweredBy.MACHINE, AnsweredBy.FAX)
    return Outcome.VOICEMAIL if machine else Outcome.NO_RESPONSE


def _evidence(claim: Outcome, act: CallActed) -> Evidence:
    return Evidence(claim=claim.value, turns=(act.turn,), quote=act.quote)


def _last_words(dialogue: Dialogue, outcome: Outcome) -> tuple[Evidence, ...]:
    spoken = [turn for turn in dialogue.turns if turn.text]
    if not spoken:
        return (Evidence(claim=outcome.value, turns=(dialogue.turn,)),)
    return (Evidence(claim=outcome.value, turns=(spoken[-1].number,), quote=spoken[-1].text),)
