"""The base of every fact.

One frozen class is one fact in the past tense, and the class carries its whole contract: the template of its
subject, its stream, who tells it and who hears it. `event.subject` is built from the instance.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

import uuid_utils.compat
from pydantic import BaseModel, ConfigDict, Field

from contracts.values import Instant, once_id

_FIELD = re.compile(r"\{(\w+)\}")


def new_event_id() -> UUID:
    """A UUIDv7: ids sort by the moment they were made."""
    return uuid_utils.compat.uuid7()


class Event(BaseModel):
    """A fact, told on a subject of its own and kept in a stream."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    subject_template: ClassVar[str]
    stream: ClassVar[str]
    told_by: ClassVar[tuple[str, ...]]
    heard_by: ClassVar[tuple[str, ...]]
    once: ClassVar[bool] = False
    """True for a fact that can happen once on its subject: a second telling is refused by the stream."""
    kinds: ClassVar[dict[str, type["Event"]]] = {}
    """Every class of fact by its subject template."""

    event_id: UUID = Field(default_factory=new_event_id)
    occurred_at: Instant
    correlation_id: UUID | None = None
    causation_id: UUID | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if "subject_template" in cls.__dict__:
            Event.kinds[cls.subject_template] = cls

    @property
    def subject(self) -> str:
        return self.subject_template.format_map(self.__dict__)

    @classmethod
    def subject_filter(cls) -> str:
        """The subject with a wildcard for every field: what a consumer of this fact asks for."""
        return _FIELD.sub("*", cls.subject_template)

    @property
    def correlation(self) -> UUID:
        """What everything that followed from one cause shares; the trace id of `traceparent`."""
        return self.correlation_id or self.event_id

    def body(self) -> bytes:
        """Flat JSON, as it travels. Absent fields are left out."""
        return self.model_dump_json(exclude_none=True).encode()

    @classmethod
    def from_message(cls, data: bytes, *, stream: str, sequence: int, stored_at: datetime) -> Self:
        """Read a message that a person may have published by hand.

        A missing `event_id` is made of the message's place in its stream, so that a redelivery is the same
        event; a missing `occurred_at` is when the stream stored it. A NUL, which no database keeps, is left out.

        Raises ValidationError if the body is not this fact, UnicodeDecodeError or JSONDecodeError if it is no JSON,
        RecursionError if it is nested too deeply.
        """
        if (whole := cls._as_told(data)) is not None:
            return whole
        fields = json.loads(data)
        if b"\\u0000" in data:
            fields = _without_nul(fields)
        if not isinstance(fields, Mapping):
            return cls.model_validate(fields)
        given = {"event_id": once_id(stream, sequence), "occurred_at": stored_at, **fields}
        return cls.model_validate(given)

    @classmethod
    def _as_told(cls, data: bytes) -> Self | None:
        """The fact, if it is as services tell it and nothing has to be made up or left out: by far the most are."""
        if b"\\u0000" in data:
            return None
        try:
            event = cls.model_validate_json(data)
        except ValueError:
            return None
        return event if "event_id" in event.model_fields_set else None


def _without_nul(part: Any) -> Any:
    if isinstance(part, str):
        return part.replace("\0", "")
    if isinstance(part, list):
        return [_without_nul(each) for each in part]
    return {name: _without_nul(each) for name, each in part.items()} if isinstance(part, dict) else part


def kind_of(subject: str) -> type[Event] | None:
    """The class of fact told on a subject, or None where nothing is told."""
    found = _BY_SHAPE.get(shape := _shape(subject))
    if found is None:
        for template, kind in Event.kinds.items():
            if _shape(_FIELD.sub("*", template)) == shape:
                found = _BY_SHAPE[shape] = kind
    return found


def _shape(subject: str) -> tuple[int, str, str]:
    """First and last token and their number tell every subject of ours apart."""
    first, _, rest = subject.partition(".")
    return rest.count("."), first, subject.rpartition(".")[2]


_BY_SHAPE: dict[tuple[int, str, str], type[Event]] = {}
