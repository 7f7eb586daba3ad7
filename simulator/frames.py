"""The frames an application may send over the relay, and which of them are malformed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class _Frame(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, frozen=True)


class Text(_Frame):
    type: Literal["text"]
    token: str
    last: bool = False
    lang: str | None = None
    interruptible: bool | str | None = None
    preemptible: bool = False


class Play(_Frame):
    type: Literal["play"]
    source: str
    loop: int = 1
    interruptible: bool | str | None = None
    preemptible: bool = False


class SendDigits(_Frame):
    type: Literal["sendDigits"]
    digits: str


class Language(_Frame):
    type: Literal["language"]
    ttsLanguage: str | None = None  # noqa: N815 - the wire's own name
    transcriptionLanguage: str | None = None  # noqa: N815 - the wire's own name


class End(_Frame):
    type: Literal["end"]
    handoffData: str | None = None  # noqa: N815 - the wire's own name


class Configuration(_Frame):
    """Changes of settings during a call; their shape is not public, so they are accepted and ignored."""

    type: Literal["config", "hints"]


Frame = Text | Play | SendDigits | Language | End | Configuration

_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


class MalformedFrame(Exception):
    """The frame gets an error back, and ten of them in a row close the session."""


def parse(raw: str | bytes) -> Frame:
    """One frame of the application.

    Raises:
        MalformedFrame: not JSON, of an unknown type, or with a field of the wrong kind.
    """
    try:
        return _adapter.validate_json(raw)
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        raise MalformedFrame(f"{'.'.join(map(str, first['loc'])) or 'message'}: {first['msg']}") from error
