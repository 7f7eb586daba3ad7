"""A playbook: who calls, what for, and in which words. Salespeople edit it as YAML.

Sentences are Jinja templates over the lead: `name`, `first_name`, `company`, `business_type`, `challenges`,
`number_source`. The disclosure is said in the first turn whatever a playbook says.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

import yaml
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from contracts.values import Gender, LeadFacts
from services.runtime.errors import Refused

Sentence = Annotated[str, Field(min_length=1, max_length=300)]
_LEAD_VARIABLES = ("name", "first_name", "company", "business_type", "challenges", "number_source")
_VARIABLES = (*_LEAD_VARIABLES, "persona", "seller", "first", "second", "when", "email")
_jinja = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class Part(BaseModel):
    """A section of a playbook: unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="after")
    @classmethod
    def _renderable(cls, value: Any) -> Any:
        sentences = value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else (value,)
        for sentence in sentences:
            if isinstance(sentence, str):
                render(sentence, dict.fromkeys(_VARIABLES, "א"))
        return value


class Persona(Part):
    """Who speaks. The gender is that of the voice, and of the agent's own verbs."""

    name: str
    gender: Gender


class Question(Part):
    """A qualifying question, and the key under which its answer is recorded."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    ask: Sentence
    again: Sentence
    """The same question in other words, for when the first was not heard."""
    thanks: Sentence | None = None


class Answers(Part):
    """What to say to what callers ask."""

    who: Sentence
    robot: Sentence
    price: Sentence
    source: Sentence
    details: Sentence
    go_on: Sentence
    """Asks whether to continue, after a question of the caller's was answered."""


class Repairs(Part):
    """What to say when the line is silent or the words were not understood."""

    silence: Annotated[tuple[Sentence, ...], Field(min_length=2, max_length=2)]
    silence_goodbye: Sentence
    unclear: Sentence
    trouble: Sentence
    reconnected: Sentence
    callback_again: Sentence


class Closings(Part):
    """How a call ends, by what it came to."""

    booked: Sentence
    callback: Sentence
    callback_at: Sentence
    callback_when: Sentence
    details: Sentence
    details_address: Sentence
    not_interested: Sentence
    opted_out: Sentence
    wrong_person: Sentence
    gatekeeper: Sentence
    rude: Sentence
    goodbye: Sentence


class Meeting(Part):
    """What is offered."""

    minutes: Annotated[int, Field(ge=5, le=120)] = 20
    invite: Sentence
    two_slots: Sentence
    two_slots_again: Sentence
    one_slot: Sentence
    first_slot: Sentence
    """Proposes the first of two slots to somebody who says yes to both."""
    not_then: Sentence
    taken: Sentence
    no_slots: Sentence
    booked: Sentence
    ask_email: bool = True
    email_question: Sentence
    email_again: Sentence
    email_confirm: Sentence


class Playbook(Part):
    """Everything an agent says that is about one company."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    language: str = "he-IL"
    seller: str
    persona: Persona
    greeting: Sentence
    disclosure: Sentence
    permission: Sentence
    pitch: Sentence
    pitches: dict[str, Sentence] = Field(default_factory=dict)
    """Other pitches, by business type."""
    questions: Annotated[tuple[Question, ...], Field(max_length=5)] = ()
    meeting: Meeting
    answers: Answers
    repairs: Repairs
    closings: Closings
    lexicon: dict[str, str] = Field(default_factory=dict)
    """How the voice reads Latin names."""

    def pitch_for(self, lead: LeadFacts) -> str:
        return self.pitches.get((lead.business_type or "").strip(), self.pitch)

    def question(self, key: str) -> Question | None:
        return next((question for question in self.questions if question.key == key), None)

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
                **more,
            },
        )


def parse_playbook(text: str, origin: str) -> Playbook:
    """Read a playbook. Raises Refused with file, line and remedy."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        fields = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Refused(f"{origin}, line {line}: {error.problem}; check indentation and quotes") from error
    try:
        return Playbook.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = _line_of(tree, first["loc"])
        what = ".".join(str(part) for part in first["loc"])
        raise Refused(f"{origin}, line {where}: `{what}`: {first['msg']}", field=what) from error


def content_hash(text: str) -> str:
    """The id of one version of a playbook."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def render(sentence: str, values: Mapping[str, str]) -> str:
    """Fill a sentence in. Raises ValueError if it is no template or names an unknown variable."""
    try:
        return " ".join(_template(sentence).render(values).split())
    except TemplateError as error:
        known = ", ".join(_VARIABLES)
        raise ValueError(f"{error}; a sentence may use {known}") from error


@lru_cache(maxsize=2000)
def _template(sentence: str) -> Template:
    return _jinja.from_string(sentence)


def _line_of(node: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """The line of a key, or of the deepest part of its path that exists."""
    line = node.start_mark.line + 1 if node else 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == part), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
