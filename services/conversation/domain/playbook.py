"""A playbook: who calls, what for, and in which words. Salespeople edit it as YAML.

Its sections are in `playbook_parts` and `playbook_lines`, its sentences in `sentences`; `playbook_reading` reads and
checks a file. The disclosure is said in the first turn whatever a playbook says.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, PrivateAttr, model_validator

from contracts.reasons import said
from contracts.values import LeadFacts
from services.conversation.domain.playbook_lines import Answers, Closings, Meeting, Repairs, Transfer, Voicemail
from services.conversation.domain.playbook_parts import (
    AnyClaim,
    ModelUse,
    Objection,
    Part,
    Persona,
    Pitch,
    Price,
    Question,
    Variant,
)
from services.conversation.domain.sentences import Disclosure, Sentence, render
from services.conversation.domain.triggers import mentions
from services.conversation.hebrew.intents import Intent
from services.conversation.languages import language

VARIANT_NOTE = "variant"
"""The key of the note by which a call tells the variant it followed."""
UNCHANGEABLE = frozenset({"name", "language", "variants"})
"""What a variant cannot be different in."""


class Playbook(Part):
    """Everything an agent says that is about one company."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    """By which campaigns name it: small Latin letters, digits and hyphens."""
    language: Literal["he", "en"] = "he"
    """he or en."""
    seller: str
    """The company that calls, as it is spoken."""
    persona: Persona
    greeting: Sentence
    """The first words: who is calling."""
    disclosure: Disclosure
    """That a machine speaks and, `if recorded`, that the call is recorded; comes second, always."""
    permission: Sentence
    """Asks whether this is a good moment."""
    pitch: Sentence
    """What it is about, in one or two short sentences."""
    pitches: tuple[Pitch, ...] = ()
    """Other pitches for other kinds of business."""
    questions: Annotated[tuple[Question, ...], Field(max_length=5)] = ()
    """Qualifying questions, in order."""
    meeting: Meeting
    answers: Answers
    objections: tuple[Objection, ...] = ()
    """What callers say against it, and the answers."""
    claims: tuple[AnyClaim, ...] = ()
    """Facts a language model may state, beside what the sentences here say; it may state no others."""
    prices: tuple[Price, ...] = ()
    """Prices a language model may state; it may state no others."""
    repairs: Repairs
    closings: Closings
    voicemail: Voicemail = Voicemail()
    transfer: Transfer | None = None
    """Unset: no call is handed to a person."""
    max_minutes: Annotated[int, Field(ge=2, le=60)] = 8
    """How long a call may be before it is wound down."""
    model: ModelUse = ModelUse()
    lexicon: dict[str, str] = Field(default_factory=dict)
    """How the voice reads names in Latin script."""
    variants: tuple[Variant, ...] = ()
    """Ways to call that are compared with each other."""

    _variant: str | None = PrivateAttr(default=None)

    @property
    def variant(self) -> str | None:
        """The variant this is, if it is one."""
        return self._variant

    def for_call(self, call_id: UUID) -> "Playbook":
        """The playbook that a call follows: one of the variants, by weight and always the same for the same call."""
        total = sum(variant.weight for variant in self.variants)
        digest = hashlib.sha256(call_id.bytes + self.name.encode()).digest()
        drawn = int.from_bytes(digest[:8], "big") / 2**64 * total
        for variant in self.variants:
            drawn -= variant.weight
            if drawn < 0:
                return self._by_variant[variant.name]
        return self._by_variant[self.variants[-1].name] if self.variants else self

    def as_variant(self, name: str) -> "Playbook":
        """One of the variants. Raises KeyError if there is none of that name."""
        return self._by_variant[name]

    def pitch_for(self, lead: LeadFacts) -> str:
        """The pitch for the lead's kind of business."""
        fitting = (each.pitch for each in self.pitches if _is_business(lead, each.business))
        return next(fitting, self.pitch)

    def question(self, key: str) -> Question | None:
        return next((question for question in self.questions if question.key == key), None)

    def recorded(self, key: str, said: str, yes: bool | None = None) -> str:
        """What is recorded of the answer to a question; `yes` is whether it was a yes or a no."""
        question = self.question(key)
        return question.recorded(said, language(self.language).first_number(said), yes) if question else said

    def open_questions(self, lead: LeadFacts, answers: Mapping[str, str]) -> tuple[Question, ...]:
        """The questions still to be asked of a lead, in order, given what was answered in this call or before."""
        return tuple(
            question
            for question in self.questions
            if question.key not in answers
            and (not question.when.business or _is_business(lead, question.when.business))
            and question.when.answers.items() <= answers.items()
        )

    def objection(self, said: str, intent: Intent, answered: Collection[str] = ()) -> Objection | None:
        """The first objection that fits what was said and was not answered in this call; twice would be arguing."""
        return next((each for each in self.objections if each.key not in answered and each.fits(said, intent)), None)

    def statements(self, day: date) -> tuple[str, ...]:
        """The claims and prices that may be stated on a day."""
        return tuple(each.say for each in (*self.claims, *self.prices) if each.holds_on(day))

    def filler(self, turn: int) -> str | None:
        """A short line for when something takes long, another one each turn; None if the playbook has none."""
        lines = self.model.filler
        return lines[turn % len(lines)] if lines else None

    def line(self, sentence: str, lead: LeadFacts, **more: str) -> str:
        """A sentence with the lead's facts, and whatever more it speaks of, filled in."""
        name = (lead.name or "").strip()
        return render(
            sentence,
            {
                "name": name,
                "first_name": name.split()[0] if name else "",
                "company": lead.company or "",
                "business_type": lead.business_type or "",
                "challenges": lead.current_challenges or "",
                "number_source": lead.number_source or "",
                "persona": self.persona.name,
                "seller": self.seller,
                "minutes": str(self.meeting.minutes),
                **more,
            },
        )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for what, names in (
            ("questions", [question.key for question in self.questions]),
            ("objections", [objection.key for objection in self.objections]),
            ("variants", [variant.name for variant in self.variants]),
        ):
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"`{what}`: {said('names_twice', names=', '.join(sorted(twice)))}")
        for place, question in enumerate(self.questions):
            earlier = {each.key for each in self.questions[:place]}
            if unknown := set(question.when.answers) - earlier:
                others = ", ".join(sorted(unknown))
                raise ValueError(f"`questions`: {said('question_waits', question=question.key, others=others)}")
        return self

    @cached_property
    def _by_variant(self) -> Mapping[str, "Playbook"]:
        fields = self.model_dump(exclude={"variants"})
        made = {}
        for variant in self.variants:
            playbook = Playbook.model_validate(changed(fields, variant.change))
            playbook._variant = variant.name
            made[variant.name] = playbook
        return made


def changed(fields: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with some of them changed: sections key by key, everything else as a whole."""
    merged = dict(fields)
    for key, value in change.items():
        before = merged.get(key)
        merged[key] = changed(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return merged


def _is_business(lead: LeadFacts, kinds: tuple[str, ...]) -> bool:
    """Whether the lead's business is of one of these kinds: חברת הייטק is of הייטק."""
    return lead.business_type is not None and any(mentions(lead.business_type, kind) for kind in kinds)
