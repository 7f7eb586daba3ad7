"""A chat completion as it streams in: text, finished tool calls, and what it used.

The official client knows the endpoint, its headers and its connections. What it does with a request and with each
chunk makes it slow, so requests go through its connections directly, the raw bytes are read here, and only the fields
that matter are looked at. A phone cannot wait as long as the client's own
timeouts: the first token, the gap between two and the whole answer have deadlines of their own.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from httpx2 import ConnectError, ConnectTimeout, HTTPError, Limits, Response
from openai import AsyncOpenAI, DefaultAioHttpClient, OpenAIError
from pydantic_core import from_json, to_json

from services.conversation.domain.consultation import Usage

DATA = b"data:"
DONE = b"[DONE]"
KEPT_S = 300.0
"""How long a connection is kept while nobody asks. A caller may think for long, and no answer shall wait for a
handshake."""
_AT_ONCE = Limits(max_connections=1000, max_keepalive_connections=None, keepalive_expiry=KEPT_S)
_UNSENT = (ConnectError, ConnectTimeout)
"""What the connections raise before an answer has begun: nobody is there, or a kept connection was just closed."""
COMPLETE = ("stop", "tool_calls", "function_call")


class Broken(Exception):
    """The answer did not come, or not whole."""


@dataclass(frozen=True)
class Deadlines:
    """In seconds from the request, and from chunk to chunk."""

    first_token_s: float
    idle_s: float
    total_s: float


@dataclass(frozen=True)
class Text:
    """The next few letters."""

    text: str
    last: bool = False
    """Nothing comes after it, not even a tool call."""


@dataclass(frozen=True)
class ToolCall:
    """A call whose arguments have come to their end."""

    id: str
    name: str
    arguments: str


Piece = Text | ToolCall | Usage


class ModelEndpoint:
    """One OpenAI-compatible endpoint. It retries nothing by itself: a caller is waiting."""

    def __init__(self, base_url: str | None, api_key: str) -> None:
        self._http = DefaultAioHttpClient(timeout=None, limits=_AT_ONCE)  # `stream` has deadlines of its own
        self._client = AsyncOpenAI(base_url=base_url, api_key=api_key, http_client=self._http, max_retries=0)
        self._url = str(self._client.base_url.join("chat/completions"))
        given = {**self._client.default_headers, **self._client.auth_headers}
        self._headers = {name: value for name, value in given.items() if isinstance(value, str)}

    async def warm(self, timeout_s: float) -> None:
        """Open a connection before it is needed. Failing is no error: the first request will tell."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._client.models.list()
        except (OpenAIError, TimeoutError):
            return

    async def close(self) -> None:
        await self._client.close()

    @asynccontextmanager
    async def _opened(self, request: Mapping[str, Any]) -> AsyncGenerator[Response, None]:
        """The response as it begins. Raises Broken if the endpoint refuses."""
        body = to_json({**request, "stream": True, "stream_options": {"include_usage": True}})
        try:
            response = await self._sent(body)
        except _UNSENT:
            response = await self._sent(body)  # over another connection
        try:
            if response.is_error:
                await response.aread()
                raise Broken(_refusal(response))
            yield response
        finally:
            await response.aclose()

    async def _sent(self, body: bytes) -> Response:
        request = self._http.build_request("POST", self._url, content=body, headers=self._headers)
        return await self._http.send(request, stream=True)

    async def stream(
        self, request: Mapping[str, Any], deadlines: Deadlines, patience_s: Callable[[], float] = lambda: 0.0
    ) -> AsyncGenerator[Piece, None]:
        """Ask, and yield what comes as it comes. Tool calls come last, and only if the answer is complete.

        `patience_s` says for how long nobody waits for the next word, so that tokens may gather: reading each by itself
        costs more CPU than all the rest of a turn.
        Raises Broken with the reason if the endpoint refuses, a deadline passes or the stream is cut.
        """
        loop = asyncio.get_running_loop()
        answer = _Answer()
        limit = asyncio.timeout(deadlines.first_token_s)
        ends_at = loop.time() + deadlines.total_s
        try:
            async with limit, self._opened(request) as response:
                async for chunk in response.aiter_bytes():
                    text = "".join(answer.feed(chunk))
                    if answer.begun:
                        limit.reschedule(None)  # whoever reads may take its time: an act may be under way
                    if text:
                        yield Text(text, last=answer.whole)
                    if answer.finished:
                        break
                    if answer.begun:
                        if (patience := patience_s()) > 0:
                            await asyncio.sleep(patience)
                        limit.reschedule(min(loop.time() + deadlines.idle_s, ends_at))
        except TimeoutError:
            raise Broken(answer.overdue(deadlines, loop.time() >= ends_at)) from None
        except _UNSENT as error:
            raise Broken(f"the model's endpoint cannot be reached: {error}") from error
        except HTTPError as error:
            raise Broken(f"the stream was cut: {error}") from error
        for call in answer.calls():
            yield call
        if answer.usage is not None:
            yield answer.usage


@dataclass
class _Answer:
    """What has come so far."""

    usage: Usage | None = None
    begun: bool = False
    finished: bool = False
    reason: str | None = None
    _rest: bytes = b""
    _calls: dict[int, dict[str, str]] = field(default_factory=dict)

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Take in bytes as they arrive; yields text."""
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if not line.startswith(DATA):
                continue
            data = line[len(DATA) :].strip()
            if data == DONE:
                self.finished = True
                return
            text = self._take(data)
            if text:
                self.begun = True
                yield text

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


def _refusal(response: Response) -> str:
    cures = {
        401: "check OPENAI_API_KEY",
        403: "the key may not use this model; check the account",
        404: "check the playbook's model name, LLM_MODEL and OPENAI_BASE_URL",
        429: "the account's rate or quota is used up",
    }
    cure = cures.get(response.status_code)
    said = f"the model's endpoint answered {response.status_code}: {response.text[:200]}"
    return f"{said}; {cure}" if cure else said
