"""What a caller means: intents with the phrase that proves each, a time, a chosen slot, yes or no."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.conversation.hebrew import spelling
from services.conversation.hebrew.intents import BAD_LINE, NOISE, ORDER, PATTERNS, Intent
from services.conversation.hebrew.opt_out import opt_out
from services.conversation.hebrew.slots import choose
from services.conversation.hebrew.times import Moment, resolve
from services.conversation.hebrew.words import plain, tokens

__all__ = ["Evidence", "Intent", "Moment", "Understanding", "understand"]

_MASCULINE = re.compile(
    r"(?:^|\s)אני\s+(?:\S+\s+)?(?:עסוק|נוהג|שומע|מדבר|יכול|צריך|רוצה\s+ש|נכנס|נמצא|חושב|מעוניין|אחראי|עובד|מחפש|מקשיב|לא\s+יכול|לא\s+מעוניין)(?=\s|$)"
)
_FEMININE = re.compile(
    r"(?:^|\s)אני\s+(?:\S+\s+)?(?:עסוקה|נוהגת|שומעת|מדברת|יכולה|צריכה|נכנסת|נמצאת|חושבת|מעוניינת|אחראית|עובדת|מחפשת|מקשיבת|מקשיבה|לא\s+יכולה)(?=\s|$)"
)
_YES, _NO = {Intent.AFFIRM}, {Intent.DENY, Intent.NOT_INTERESTED}
_NO_ANSWERS = {Intent.GATEKEEPER, Intent.ASK_EMAIL, Intent.NOT_INTERESTED, Intent.VOICEMAIL, Intent.IS_ROBOT}
"""What an answer to a qualifying question only seems to be ("המזכירה מתקשרת", "יש לנו מערכת")."""
_EXPLICIT = 0.9


@dataclass(frozen=True)
class Evidence:
    """One thing the caller means, the words that show it, and how strongly, from 0 to 1."""

    intent: Intent
    phrase: str
    score: float


@dataclass(frozen=True)
class Understanding:
    """Everything read out of one utterance."""

    intents: tuple[Evidence, ...]
    time: Moment | None = None
    slot: int | None = None
    opt_out: bool = False
    email: str | None = None
    digits: str | None = None
    yes: bool | None = None
    """The answer to a yes-or-no question; None if it is neither."""
    gender: Literal["m", "f"] | None = None
    """Of the speaker, from their own first person."""
    noise: bool = False
    """Whether these are words that recognisers write on silence."""

    @property
    def primary(self) -> Intent:
        return self.intents[0].intent


def understand(
    text: str, now: datetime, *, asked: str | None = None, offered: Sequence[datetime] = ()
) -> Understanding:
    """Understand an utterance. `now` is aware, in the caller's zone; `asked` is the key of the open question."""
    said = re.sub(r"[.,!?;:()](?!\d)", " ", plain(text))
    said = " ".join(said.split())
    found = _evidence(said)
    removal = opt_out(said)
    slot = choose(said, offered, now) if asked in ("slot", "first_slot", None) else None
    moment = resolve(said, now)
    email = spelling.email(text)
    if removal:
        found.insert(0, Evidence(Intent.OPT_OUT, removal, 1.0))
    if (asked or "").startswith("question:"):
        found = [each for each in found if each.intent not in _NO_ANSWERS or each.score > _EXPLICIT]
    _weigh_time(found, said, moment, slot, asked, offered)
    found.sort(key=lambda each: (-each.score, ORDER.index(each.intent)))
    primary = found[0].intent if found else Intent.UNCLEAR
    if (
        (asked or "").startswith("question:")
        and primary in (Intent.TIME_PROPOSAL, Intent.SLOT_CHOICE)
        and not _names_day(said)
    ):
        found.insert(0, Evidence(Intent.UNCLEAR, said, 1.0))
    yes = True if primary in _YES else False if primary in _NO else None
    if (
        yes is None
        and primary in (Intent.TIME_PROPOSAL, Intent.SLOT_CHOICE)
        and any(e.intent is Intent.AFFIRM for e in found)
    ):
        yes = True
    return Understanding(
        intents=tuple(found) or (Evidence(Intent.UNCLEAR, said, 0.0),),
        time=moment,
        slot=slot,
        opt_out=removal is not None,
        email=email,
        digits=spelling.digits(text),
        yes=yes,
        gender="f" if _FEMININE.search(said) else "m" if _MASCULINE.search(said) else None,
        noise=bool(NOISE.search(said)) or not tokens(said),
    )


def _evidence(said: str) -> list[Evidence]:
    """The strongest phrase for each intent."""
    best: dict[Intent, Evidence] = {}
    if NOISE.search(said) or BAD_LINE.search(said):
        return []
    for intent, pattern, weight in PATTERNS:
        match = pattern.search(said)
        if match and (intent not in best or best[intent].score < weight):
            best[intent] = Evidence(intent, match[0].strip(), weight)
    return list(best.values())


def _weigh_time(
    found: list[Evidence],
    said: str,
    moment: Moment | None,
    slot: int | None,
    asked: str | None,
    offered: Sequence[datetime],
) -> None:
    """A time is a choice where slots were offered, a callback where one was asked for, else a proposal."""
    strongest = max((each.score for each in found), default=0.0)
    if slot is not None and strongest < 0.8:
        found.append(Evidence(Intent.SLOT_CHOICE, said, 0.85))
    elif moment is not None and strongest < 0.8 and not re.fullmatch(r"(?:לא|כן)\s+היום", said):
        intent = Intent.BUSY_CALLBACK if asked == "callback_time" else Intent.TIME_PROPOSAL
        found.append(Evidence(intent, said, 0.82))


def _names_day(said: str) -> bool:
    return bool(re.search(r"יום|מחר|שבוע|ראשון|שני |שלישי|רביעי|חמישי|שישי|בשעה|היום", said))
