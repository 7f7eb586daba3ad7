"""One WebSocket of the carrier, frame by frame. What is sent to a socket that is gone is lost without a word: the
carrier's action callback says how the session ended."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from services.dialer.lines.frames import Frame, Setup, parse
from services.runtime.eagerly import begin


class Wire:
    """An accepted socket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._unsent: deque[str] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def frames(self) -> AsyncIterator[Frame]:
        """Every frame known to us, until the socket is closed by either side."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            frame = parse(message.get("text") or message.get("bytes") or "")
            if frame is not None:
                yield frame

    async def setup(self, within_s: float) -> Setup | None:
        """The frame that opens a session, or None if it does not come in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                async for frame in self.frames():
                    if isinstance(frame, Setup):
                        return frame
        return None

    def send(self, frame: str) -> None:
        """Send one frame, after those before it: at once, unless the socket takes no more at the moment."""
        self._unsent.append(frame)
        if self._sending is None or self._sending.done():
            self._sending = begin(self._send_all())

    async def close(self, code: int, reason: str) -> None:
        """Close the socket; it may be closed already."""
        if self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._socket.close(code, reason)

    async def _send_all(self) -> None:
        while self._unsent:
            frame = self._unsent.popleft()
            if self._socket.application_state is WebSocketState.CONNECTED:
                with suppress(WebSocketDisconnect, RuntimeError):
                    await self._socket.send_text(frame)
