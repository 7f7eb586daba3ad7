"""A chat completion as it streams in: text, finished tool calls, and what it used.

Typed objects for every token would cost more than all the rest of a turn, so the raw bytes are read here, and only the
fields that matter are looked at. A phone cannot wait as long as a client's own timeouts: the first token, the gap
between two and the whole answer have deadlines of their own.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from services.conversation.agents.connection import Lost
from services.conversation.agents.endpoint import Broken, ModelEndpoint
from services.conversation.domain.consultation import Usage

DATA = b"data:"
DONE = b"[DONE]"
COMPLETE = ("stop", "tool_calls", "function_call")
LAST_BYTES_S = 0.1
"""How long the end of the response may take after the end of the answer. Its connection serves again only if all of
it was read."""


@dataclass(frozen=True)
class Deadlines:
    """In seconds from the request, and from chunk to chunk."""

    first_token_s: float
    idle_s: float
    total_s: float


@dataclass(frozen=True)
class Written:
    """So much text has come that it was worth waking for."""

    whole: bool = False
    """Nothing comes after it, not even a tool call."""


@dataclass(frozen=True)
class ToolCall:
    """A call whose arguments have come to their end."""

    id: str
    name: str
    arguments: str


Piece = Written | ToolCall | Usage


async def stream(
    endpoint: ModelEndpoint,
    request: Mapping[str, Any],
    deadlines: Deadlines,
    hear: Callable[[str], bool | None] = lambda _: None,
    patience_s: Callable[[], float] = lambda: 0.0,
) -> AsyncGenerator[Piece, None]:
    """Ask, have `hear` take in text as it comes, and yield when it says that this was worth it, and at the end. What it
    used comes before the last of the text; tool calls come last, and only if the answer is complete.

    `patience_s` says for how long nobody waits for the next word, so that tokens may gather.
    Raises Broken with the reason if the endpoint refuses, a deadline passes or the stream is cut.
    """
    loop = asyncio.get_running_loop()
    answer = _Answer(hear, loop.time)
    first_at, ends_at = loop.time() + deadlines.first_token_s, loop.time() + deadlines.total_s

    def deadline() -> float:
        return min(answer.heard_at + deadlines.idle_s, ends_at) if answer.begun else first_at

    try:
        async with endpoint.asked(request, answer.feed, deadline) as (connection, response):
            while True:
                over = answer.finished or response.whole
                if over and answer.usage is not None:
                    yield answer.usage
                if answer.written:
                    answer.written = False
                    yield Written(whole=answer.whole)
                if over:
                    break
                if answer.begun and (patience := patience_s()) > 0:
                    await connection.rest(patience)
                    answer.heard_at = loop.time()
                await response.news(deadline)
            last_at = loop.time() + LAST_BYTES_S
            await response.end(lambda: last_at)
    except TimeoutError:
        if not answer.finished:
            raise Broken(answer.overdue(deadlines, loop.time() >= ends_at)) from None
    except (Lost, OSError) as error:
        if not answer.finished:
            raise Broken(f"the connection to the model's endpoint failed: {error}") from error
    for call in answer.calls():
        yield call


@dataclass
class _Answer:
    """What has come so far."""

    hear: Callable[[str], bool | None]
    time: Callable[[], float]
    usage: Usage | None = None
    begun: bool = False
    finished: bool = False
    written: bool = False
    """Text has come since this was last put back."""
    heard_at: float = 0.0
    """When anything came last: a moment of the loop's clock, in seconds."""
    reason: str | None = None
    _rest: bytes = b""
    _calls: dict[int, dict[str, str]] = field(default_factory=dict)

    def feed(self, chunk: bytes) -> bool:
        """Take in bytes as they arrive. Whether that was worth waking for."""
        self.heard_at = self.time()
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        worth = False
        for line in lines:
            if not line.startswith(DATA):
                continue
            data = line[len(DATA) :].strip()
            if data == DONE:
                self.finished = True
                return True
            text = self._take(data)
            if text:
                self.begun = self.written = True
                worth = bool(self.hear(text)) or worth
        return worth

    def _take(self, data: bytes) -> str | None:
        try:
            chunk = from_json(data)
        except ValueError as error:
            raise Broken(f"the model's endpoint sent something that is no JSON: {data[:80]!r}") from error
        if not isinstance(chunk, dict):
            raise Broken(f"the model's endpoint sent no chunk of an answer: {data[:80]!r}")
        if (failure := chunk.get("error")) is not None:
            raise Broken(f"the model's endpoint failed: {str(failure)[:200]}")
        if used := chunk.get("usage"):
            self.usage = _usage(used)
        choices = chunk.get("choices")
        if not choices:
            return None
        choice = choices[0]
        self.reason = choice.get("finish_reason") or self.reason
        delta = choice.get("delta") or {}
        for part in delta.get("tool_calls") or ():
            self.begun = True
            self._take_call(part)
        text = delta.get("content")
        return text if isinstance(text, str) else None

    def _take_call(self, part: dict[str, Any]) -> None:
        call = self._calls.setdefault(part.get("index") or 0, {"id": "", "name": "", "arguments": ""})
        function = part.get("function") or {}
        call["id"] = part.get("id") or call["id"]
        call["name"] = function.get("name") or call["name"]
        call["arguments"] += function.get("arguments") or ""

    @property
    def whole(self) -> bool:
        """Whether it came to its end, and all of it is text."""
        return self.finished and self.reason in COMPLETE and not self._calls

    def calls(self) -> Iterator[ToolCall]:
        """The tool calls of a complete answer. Raises Broken if the stream was cut: half a call is none."""
        if self.reason == "content_filter":
            raise Broken("the model's endpoint filtered its answer")
        if self.reason is None:
            raise Broken("the stream was cut before the answer was complete")
        if self._calls and self.reason not in COMPLETE:
            raise Broken(f"a tool call was cut off ({self.reason})")
        for index, call in sorted(self._calls.items()):
            yield ToolCall(call["id"] or f"call_{index}", call["name"], call["arguments"])

    def overdue(self, deadlines: Deadlines, total: bool) -> str:
        if total:
            return f"the answer was not complete after {deadlines.total_s:g} s"
        if self.begun:
            return f"the stream stalled for {deadlines.idle_s:g} s"
        return f"no first token within {deadlines.first_token_s:g} s"


def _usage(used: dict[str, Any]) -> Usage:
    details = used.get("prompt_tokens_details") or {}
    return Usage(
        input=used.get("prompt_tokens") or 0,
        output=used.get("completion_tokens") or 0,
        cached=details.get("cached_tokens") or 0,
    )
