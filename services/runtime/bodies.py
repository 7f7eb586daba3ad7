"""What a request may weigh and how slowly it may come, counted while it comes, whatever it says about itself.

A thousand bodies that trickle in, or one that never ends, so cost nothing. And no NUL comes in: not every database
could keep it, and nobody means it.
"""

import asyncio
import re
from collections.abc import Mapping
from time import monotonic
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.problems import problem

SLOWEST: Final = 4096
"""Bytes a second that the slowest honest client sends, once its grace is over."""
MOST_HEAD: Final = 32 * 1024
"""Bytes of headers and query together; the server bounds only those that come bit by bit."""
_HEAD_TOO_LARGE: Final = f"headers and query are too large, at most {MOST_HEAD // 1024} KiB are taken"
_TOO_LARGE: Final = "the body is too large, at most {} KiB are taken here: send less at once, or raise {}"
_NUL: Final = "a NUL, or half of a surrogate pair, is no text: leave it out"
_NO_TEXT: Final = re.compile(
    rb"\\u(?:0000|[dD][89abAB][\da-fA-F]{2}(?!\\u[dD][c-fC-F]))|(?<!\\u[dD][89abAB][\da-fA-F]{2})\\u[dD][c-fC-F]"
)
_TOO_SLOW: Final = "the body came too slowly: send it again, faster"


class Bodies:
    """The middleware. A body of more than `most` bytes is a 413; `of_paths` are other limits, by the beginnings of
    paths. One that takes more than `grace_s` seconds, and one more for every 4 KiB that came, is a 408."""

    def __init__(self, app: ASGIApp, most: int, grace_s: float, of_paths: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._most = most
        self._grace_s = grace_s
        self._of_paths = dict(of_paths or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, too_large = self._limit(scope["path"])
        if sum(len(name) + len(value) for name, value in scope["headers"]) + len(scope["query_string"]) > MOST_HEAD:
            await problem(431, "head-too-large", _HEAD_TOO_LARGE)(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told[:20]) > most:
            await problem(413, "content-too-large", too_large)(scope, receive, send)
            return
        if (field := _place_of_nul(scope)) is not None:
            await problem(422, "invalid", _NUL, field=field)(scope, receive, send)
            return
        began = monotonic()
        came = 0
        complete = False
        seen = bytearray()
        is_json = "json" in Headers(scope=scope).get("content-type", "")

        async def counted() -> Message:
            nonlocal came, complete
            if complete:  # what is waited for now is that the client goes away
                return await receive()
            ends = began + self._grace_s + came / SLOWEST
            try:
                async with asyncio.timeout(max(0.0, ends - monotonic())):
                    message = await receive()
            except TimeoutError:
                complete = True
                raise HTTPException(408, _TOO_SLOW, {"Connection": "close"}) from None
            body = message.get("body", b"")
            came += len(body)
            if came > most:
                raise HTTPException(413, too_large, {"Connection": "close"})
            complete = not message.get("more_body", False)
            if is_json:
                seen.extend(body)
                if complete and _NO_TEXT.search(seen):
                    raise HTTPException(422, _NUL)
            return message

        await self._app(scope, counted, send)

    def _limit(self, path: str) -> tuple[int, str]:
        """How many bytes a body may have here, and what to say of one that has more."""
        own = [most for beginning, most in self._of_paths.items() if path.startswith(beginning)]
        most = own[0] if own else self._most
        return most, _TOO_LARGE.format(most // 1024, "the limit of this route" if own else "HTTP_BODY_KB")


def _place_of_nul(scope: Scope) -> str | None:
    """What holds a NUL, of that which comes before the body; None if nothing does."""
    if "\0" in scope["path"]:
        return "path"
    if b"%00" not in scope["query_string"]:
        return None
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return next((f"query.{name}" for name, value in pairs if "\0" in name + value), None)
