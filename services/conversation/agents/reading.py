"""What the scripted agent makes of the caller's latest turn: the words, their meaning, and what was known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Self

from contracts.turns import HeardKind, OfferedSlot
from contracts.values import LeadFacts, TimeWindow
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Note
from services.conversation.domain.outcome import ANSWER_PREFIX, OBJECTION_NOTE
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.playbook_parts import Objection
from services.conversation.domain.turns import CONFIRM_OPT_OUT, Known
from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.mood import NEUTRAL, mood
from services.conversation.hebrew.understanding import Understanding
from services.conversation.languages import Language, language

_INSTEAD_OF_AN_ANSWER = {
    Intent.NOT_INTERESTED: re.compile(
        r"מעוני|לא תודה|תודה לא|עזוב|עזבו|רלוונטי|לא מתאים|לא צריכ|מסודר|לא מחפש|לא מעניין"
        r"|not interested|no,? thank|don.t need|not for us"
    ),
    Intent.ASK_EMAIL: re.compile(r"(?:ת|ל)?שלח|לשלוח|תעביר|בכתב|send|e-?mail me"),
    Intent.ASK_PRICE: re.compile(r"עול[הי]|מחיר|עלות|לוקחים|גובים|כסף|cost|price|charge|expensive"),
    Intent.TIME_PROPOSAL: re.compile(r"נקבע|לקבוע|פגישה|נפגש|ניפגש|נדבר|meet|schedule|book|talk"),
    Intent.GATEKEEPER: re.compile(
        r"אני (?:ה|רק |לא ה)?(?:מזכיר|פקיד|עוזר)|אעביר|אמסור|לא נמצא|לא פה|assistant|secretary|put you|not (?:in|here)"
    ),
    Intent.IS_ROBOT: re.compile(r"את |אתה |זה |זאת |מדבר|you |this |talking"),
}
"""After a qualifying question these intents are believed only with such words: "באקסל ובוואטסאפ" asks for nothing,
and "כל אחד לבד" refuses nothing."""

MOST_REFUSED = 20
"""Days: so many the scheduler takes."""
GENDER_NOTE = "gender"
MOOD_NOTE = "sentiment"
LANGUAGE_NOTE = "language"
_LETTERS = {
    "he": re.compile("[א-ת]{2}"),
    "ar": re.compile("[\u0620-\u064a]{2}"),
    "ru": re.compile("[а-яА-Я]{2}"),
    "en": re.compile("[A-Za-z]{2}"),
}

_SOURCE_WORDS = ("מאיפה", "איך הגעת", "מי נתן", "המספר שלי", "הטלפון שלי", "my number", "get this number")


@dataclass(frozen=True)
class Reading:
    """One turn, read in the light of what was known when the caller spoke."""

    dialogue: Dialogue
    playbook: Playbook
    now: datetime
    """In the caller's zone."""
    words: str
    kind: HeardKind
    known: Known
    heard: Understanding
    confirms: bool = False
    """Whether it was asked last if the number is to be taken off the list; `known` is then as it was before that."""

    @classmethod
    def of(cls, dialogue: Dialogue, playbook: Playbook, now: datetime, *, as_of_now: bool = False) -> Self:
        """Read the latest turn; `as_of_now` counts what has become known since."""
        latest = dialogue.latest
        known = dialogue.known if as_of_now or latest is None else latest.known
        words = dialogue.words()
        heard = language(playbook.language).understand(
            words,
            now,
            asked=known.asked,
            offered=[slot.start.astimezone(now.tzinfo) for slot in known.offered],
        )
        kind = latest.kind if latest else HeardKind.SILENCE
        confirms = known.asked == CONFIRM_OPT_OUT
        if confirms:
            known = replace(known, asked=known.asked_before, asked_before=None)
        return cls(dialogue, playbook, now, words, kind, known, heard, confirms)

    @property
    def lead(self) -> LeadFacts:
        return self.dialogue.lead

    @property
    def language(self) -> Language:
        """The language of the call."""
        return language(self.playbook.language)

    @property
    def number(self) -> int | None:
        """The first number in the words."""
        return self.language.first_number(self.words)

    @property
    def answers(self) -> dict[str, str]:
        """What was answered to the playbook's questions, in this call or in the one it goes on from."""
        before = self.dialogue.memory.answers if self.dialogue.memory else {}
        noted = self.dialogue.known.notes
        return before | {
            key.removeprefix(ANSWER_PREFIX): value for key, value in noted if key.startswith(ANSWER_PREFIX)
        }

    @property
    def objections(self) -> frozenset[str]:
        """Objections that were answered before this turn."""
        return frozenset(value for key, value in self.known.notes if key == OBJECTION_NOTE)

    @property
    def is_unclear(self) -> bool:
        return self.heard.primary is Intent.UNCLEAR

    @property
    def answers_question(self) -> bool:
        """Whether the words answer the qualifying question that was asked, rather than change the subject."""
        primary = self.heard.primary
        if not (self.known.asked or "").startswith("question:"):
            return False
        if primary in (Intent.UNCLEAR, Intent.AFFIRM, Intent.DENY, Intent.SLOT_CHOICE):
            return True
        explicit = _INSTEAD_OF_AN_ANSWER.get(primary)
        return explicit is not None and not explicit.search(self.words)

    @property
    def raised(self) -> Objection | None:
        """The objection of the playbook that the words raise and that was not answered before; none in an answer to a
        question."""
        if self.answers_question:
            return None
        return self.playbook.objection(self.words, self.heard.primary, self.objections)

    @cached_property
    def wish(self) -> TimeWindow | None:
        """The time the caller named, unless it was to say no to that day: שלישי אני לא יכול."""
        time = self.heard.time
        if time is None or any(time.start in day and time.end > time.start for day in self._refused(self.words)):
            return None
        return TimeWindow(start=time.start, end=time.end)

    @property
    def unwanted(self) -> tuple[TimeWindow, ...]:
        """The days that were refused in this call, without one that is asked for now after all."""
        days = dict.fromkeys(day for turn in self.dialogue.turns for day in self._refused(turn.text))
        wish = self.wish
        return tuple(day for day in days if wish is None or wish.start not in day)[-MOST_REFUSED:]

    def _refused(self, words: str) -> Iterator[TimeWindow]:
        for day in self.language.refused_days(words, self.now):
            yield TimeWindow(start=day.start, end=day.end)

    @property
    def asks_for_source(self) -> bool:
        """Whether "who is this" asks where the number came from."""
        return any(word in self.words for word in _SOURCE_WORDS)

    def observations(self) -> Iterator[Note]:
        """What the words show besides their meaning, where it differs from what was known: the caller's grammatical
        gender, mood and language."""
        shown = {
            GENDER_NOTE: self.heard.gender,
            MOOD_NOTE: mood(self.words, self.heard),
            LANGUAGE_NOTE: self.spoken_language,
        }
        before = {MOOD_NOTE: NEUTRAL, LANGUAGE_NOTE: self.playbook.language[:2]}
        for key, value in shown.items():
            if value is not None and value != (self.known.note(key) or before.get(key)):
                yield Note(key, value)

    @property
    def spoken_language(self) -> str | None:
        """By its letters; None where there are none."""
        return next((language for language, letters in _LETTERS.items() if letters.search(self.words)), None)

    def line(self, sentence: str, **more: str) -> str:
        """A sentence of the playbook, filled in."""
        return self.playbook.line(sentence, self.lead, **more)

    def slot_words(self, slot: OfferedSlot) -> str:
        """A slot as it is offered: שלישי בעשר וחצי."""
        return self.language.say_slot_short(slot.start.astimezone(self.now.tzinfo), self.now)

    def slot_in_full(self, moment: datetime) -> str:
        """A moment as it is confirmed: weekday, date, hour and part of day."""
        return self.language.say_slot(moment.astimezone(self.now.tzinfo), self.now)
