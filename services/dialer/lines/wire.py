"""One WebSocket of the carrier, frame by frame. What is sent to a socket that is gone is lost without a word: the
carrier's action callback says how the session ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from services.dialer.lines.frames import Frame, Setup, parse


class Wire:
    """An accepted socket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

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

    async def send(self, frame: str) -> None:
        """Send one frame."""
        if self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._socket.send_text(frame)

    async def close(self, code: int, reason: str) -> None:
        """Close the socket; it may be closed already."""
        if self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._socket.close(code, reason)
