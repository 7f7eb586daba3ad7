"""The parts of a playbook that say what to do: who speaks, what is asked and recorded, what may be stated, which model.

Unknown keys are mistakes, and every key says what it means.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts.reasons import said
from contracts.values import Gender
from services.conversation.domain.sentences import Sentence
from services.conversation.domain.triggers import mentions
from services.conversation.hebrew.intents import Intent

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A name that reports and CRM fields use: small Latin letters, digits and underscores."""


class Part(BaseModel):
    """A section of a playbook."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Persona(Part):
    """Who speaks. The gender is that of the voice, and of the agent's own verbs."""

    name: str
    """The agent's first name."""
    gender: Gender
    """f or m: of the voice, and of the agent's own verbs."""
    voice: str | None = None
    """The voice by the name the carrier knows it by; unset: RELAY_VOICE."""


class Pitch(Part):
    """What is pitched to businesses of some kinds."""

    business: Annotated[tuple[str, ...], Field(min_length=1)]
    """Kinds of business as lead lists call them; one that contains the words counts too."""
    pitch: Sentence
    """One or two short sentences for them."""


class When(Part):
    """When a question is asked; every condition must hold."""

    business: tuple[str, ...] = ()
    """Only these kinds of business."""
    answers: dict[Key, str] = Field(default_factory=dict)
    """Only after these answers to earlier questions."""


class Question(Part):
    """A qualifying question, and how its answer is recorded."""

    key: Key
    """The name under which the answer is recorded."""
    ask: Sentence
    """The question."""
    again: Sentence
    """The same question in other words, for when the first was not heard."""
    thanks: Sentence | None = None
    """Said after an answer."""
    answer: Literal["free", "choice", "yes_no", "number"] = "free"
    """How the answer is recorded: in the caller's words, as one of `choices`, as yes or no, as a number."""
    choices: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """With `choice`: what is recorded, and the phrases by which callers say it."""
    when: When = When()
    """When the question is asked; unset: always."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.answer == "choice") != bool(self.choices):
            raise ValueError(said("choices_alone"))
        if self.ask == self.again:
            raise ValueError(said("again_same"))
        return self

    def recorded(self, said: str, number: int | None = None, yes: bool | None = None) -> str:
        """What is recorded of an answer, given the number or the yes or no in it; the caller's own words where it is
        not of the kind that was expected."""
        if self.answer == "choice":
            found = [value for value, phrases in self.choices.items() if any(mentions(said, each) for each in phrases)]
            return found[0] if len(found) == 1 else said
        if self.answer == "yes_no" and yes is not None:
            return "yes" if yes else "no"
        if self.answer == "number" and number is not None:
            return str(number)
        return said


class Objection(Part):
    """Something callers say against it, and the answer."""

    key: Key
    """The name under which reports count it."""
    intents: tuple[
        Literal[Intent.NOT_INTERESTED, Intent.BUSY_CALLBACK, Intent.ASK_PRICE, Intent.IS_ROBOT, Intent.WHO_IS_THIS], ...
    ] = ()
    """What the caller is understood to mean; with `phrases` too, both must fit."""
    phrases: tuple[str, ...] = ()
    """Words by which callers say it."""
    answer: Sentence
    """The answer."""
    then: Literal["ask_again", "offer", "decline"] = "ask_again"
    """What follows: the open question once more, slots for a meeting, or goodbye."""

    @model_validator(mode="after")
    def _found_by_something(self) -> Self:
        if not self.intents and not self.phrases:
            raise ValueError(said("objection_unheard"))
        return self

    def fits(self, said: str, intent: Intent) -> bool:
        """Whether this is what the caller says. An opt-out is never argued with."""
        if intent in (Intent.OPT_OUT, Intent.PROFANITY, Intent.VOICEMAIL, Intent.WRONG_PERSON):
            return False
        if self.intents and intent not in self.intents:
            return False
        return not self.phrases or any(mentions(said, phrase) for phrase in self.phrases)


class Claim(Part):
    """A fact that the agent may state, from one day to another."""

    say: Sentence
    """The fact in words that may be spoken."""
    since: date | None = None
    """The first day it is true; unset: always was."""
    until: date | None = None
    """The last day it is true; unset: for good."""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(said("dates_swapped"))
        return self

    def holds_on(self, day: date) -> bool:
        """Whether it may be said on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Price(Claim):
    """A price that the agent may state."""

    item: str
    """What it buys."""
    amount: Annotated[Decimal, Field(gt=0, decimal_places=2)]
    """In `currency`, without thousands separators."""
    currency: Literal["ILS", "USD", "EUR", "GBP"]
    """ILS, USD, EUR or GBP."""
    since: date
    """The first day of this price."""
    say: Sentence
    """The price in words that may be spoken, its amount in digits; the voice reads them aloud."""

    @model_validator(mode="after")
    def _says_the_amount(self) -> Self:
        if f"{self.amount.normalize():f}" not in self.say.replace(",", ""):
            raise ValueError(said("amount_unsaid", amount=self.amount))
        return self


class ModelPrices(Part):
    """What the model costs, so that each turn's cost is known."""

    input_per_million: Annotated[Decimal, Field(ge=0)]
    """For a million tokens of input."""
    cached_input_per_million: Annotated[Decimal, Field(ge=0)] | None = None
    """For a million tokens of input the provider had in its cache; unset: as any input."""
    output_per_million: Annotated[Decimal, Field(ge=0)]
    """For a million tokens of output."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    """Three letters, as USD."""
    as_of: date
    """The day these prices were looked up."""


class ModelUse(Part):
    """Who decides what to say, and the language model if one does."""

    agent: Literal["scripted", "language_model", "translated"] | None = None
    """Unset: a language model where the service has one, else the script."""
    model: str | None = None
    """The model by its provider's name; unset: LLM_MODEL."""
    base_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Where the model answers; unset: OPENAI_BASE_URL."""
    first_token_s: Annotated[float, Field(gt=0, le=30)] = 2.0
    """Longest wait for the first token."""
    idle_s: Annotated[float, Field(gt=0, le=30)] = 1.5
    """Longest wait between two tokens."""
    total_s: Annotated[float, Field(gt=0, le=60)] = 12.0
    """Longest answer."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """How freely the model speaks; unset: the provider's own."""
    prices: ModelPrices | None = None
    """What it costs; unset: the cost of a call is unknown."""
    filler: Annotated[tuple[Sentence, ...], Field(max_length=5)] = ()
    """Short lines for when something takes long, as finding a slot does."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.total_s < self.first_token_s:
            raise ValueError(said("deadlines_swapped"))
        return self


class Variant(Part):
    """One of several ways to call, for finding out which is better."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    """What reports call it."""
    weight: Annotated[float, Field(gt=0)] = 1
    """Its share of the calls, relative to the others."""
    change: dict[str, Any] = Field(default_factory=dict)
    """Keys of the playbook and what they are in this variant; nothing: the playbook as it is."""


def _as_claim(given: Any) -> Any:
    return {"say": given} if isinstance(given, str) else given


AnyClaim = Annotated[Claim, BeforeValidator(_as_claim)]
"""A claim without dates may be written as its sentence alone."""
