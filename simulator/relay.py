"""One ConversationRelay session, the carrier's side: handshake, setup, frames both ways, and how it ended."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from simulator import frames, signature
from simulator.callee import Callee, Left
from simulator.calls import Call
from simulator.pace import Pace
from simulator.person import Person
from simulator.playback import Playback
from simulator.settings import Faults
from simulator.twiml import ConversationRelay

MOST_MALFORMED: Final = 10
WEBSOCKET_ENDED: Final = 64105
CANNOT_CONNECT: Final = 64102


@dataclass(frozen=True)
class SessionEnd:
    """How a session ended; `ordered` means by the REST interface."""

    status: Literal["completed", "ended", "failed", "ordered"]
    error_code: int | None = None
    error_message: str = ""
    handoff: str | None = None


DROPPED: Final = SessionEnd("failed", WEBSOCKET_ENDED, "Websocket ended")


class RelaySession:
    """A session of `call`, in which `person` talks with the application at `spec.url`."""

    def __init__(
        self,
        call: Call,
        spec: ConversationRelay,
        person: Person,
        pace: Pace,
        patience_s: float,
        token: str,
        faults: Callable[[], Faults],
    ) -> None:
        self.session_id = f"VX{uuid4().hex}"
        self._call = call
        self._spec = spec
        self._pace = pace
        self._token = token
        self._faults = faults()
        call.sessions += 1
        interruptible = spec.attributes.get("interruptible", "any").lower()
        self._playback = Playback(
            pace,
            call.transcript,
            call.sessions,
            {"true": "any", "false": "none"}.get(interruptible, interruptible),
            self._info,
        )
        self._callee = Callee(call, person, spec, self._playback, self._send, pace, patience_s, self._faults)
        self._socket: ClientConnection | None = None

    async def run(self) -> SessionEnd:
        """Connect, talk until something ends it, and close. Never raises for a failing application."""
        url = self._spec.url
        try:
            self._socket = await connect(
                url,
                additional_headers={signature.HEADER.lower(): signature.sign(self._token, url)},
                user_agent_header="Jetty/11.0.24",
                compression=None,
                ping_interval=None,  # the real carrier needs no keep-alive and notices no silence
                open_timeout=5,
                close_timeout=1,
                proxy=None,
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            self._call.notifications.append(f"{CANNOT_CONNECT}: cannot connect to {url}: {error!r}")
            return SessionEnd("failed", CANNOT_CONNECT, "Unable to connect to the WebSocket")
        try:
            return await self._talk(self._socket)
        finally:
            self._playback.interrupt()
            # An application that has stopped answering must not hold the line up.
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._socket.close(1000, "Closing websocket session")

    async def _talk(self, socket: ClientConnection) -> SessionEnd:
        try:
            await self._send(self._setup())
            if self._faults.unknown_frames:
                await self._send({"type": "configUpdated", "version": 7, "status": {"ok": True}})
                await self._send({"type": "info", "name": "roundTripDelayMs", "value": 181})
        except ConnectionClosed:
            return DROPPED
        greeting = self._spec.attributes.get("welcomeGreeting")
        if greeting:
            self._playback.add(frames.Text(type="text", token=greeting, last=True))
        # In order of precedence: what the application said last counts before what a task noticed.
        tasks = [
            asyncio.create_task(self._read(socket)),
            asyncio.create_task(self._ordered()),
            asyncio.create_task(self._listen(socket)),
            asyncio.create_task(self._play()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(task.result() for task in tasks if task in done)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, socket: ClientConnection) -> SessionEnd:
        malformed = 0
        try:
            async for raw in socket:
                try:
                    frame = frames.parse(raw)
                except frames.MalformedFrame as error:
                    malformed += 1
                    self._call.notifications.append(f"64107: {error}: {raw[:200]!r}")
                    detail = json.dumps({"message": str(error)}, ensure_ascii=False)
                    await self._send(
                        {
                            "type": "error",
                            "description": f"Invalid message received, code: 64107, {detail}",
                        }
                    )
                    if malformed >= MOST_MALFORMED:
                        await socket.close(1007, "Too many consecutive malformed messages.")
                        return DROPPED
                    continue
                malformed = 0
                if isinstance(frame, frames.End):
                    return SessionEnd("ended", handoff=frame.handoffData)
                self._obey(frame)
        except ConnectionClosed:
            pass
        return DROPPED

    def _obey(self, frame: frames.Frame) -> None:
        match frame:
            case frames.Text() | frames.Play() | frames.SendDigits():
                self._playback.add(frame)
            case frames.Language(transcriptionLanguage=str(language)):
                self._callee.language = language
            case _:
                pass  # settings of a session that plays and recognises nothing real

    async def _ordered(self) -> SessionEnd:
        await self._call.ordered.wait()
        return SessionEnd("ordered")

    async def _listen(self, socket: ClientConnection) -> SessionEnd:
        try:
            left = await self._callee.live()
        except ConnectionClosed:
            return DROPPED
        if left is Left.HUNG_UP:
            return SessionEnd("completed")
        socket.transport.abort()
        return DROPPED

    async def _play(self) -> SessionEnd:
        with suppress(ConnectionClosed):
            await self._playback.run()
        return DROPPED

    async def _info(self, name: str, value: str) -> None:
        wanted = "tokens-played" if name == "tokensPlayed" else "speaker-events"
        if wanted in self._spec.events():
            await self._send({"type": "info", "name": name, "value": value})

    async def _send(self, frame: dict[str, Any]) -> None:
        socket = cast("ClientConnection", self._socket)
        await socket.send(json.dumps(frame, ensure_ascii=False))

    def _setup(self) -> dict[str, Any]:
        call = self._call
        return {
            "type": "setup",
            "sessionId": self.session_id,
            "accountSid": call.account_sid,
            "parentCallSid": "",
            "callSid": call.sid,
            "from": call.request.from_number,
            "to": call.request.to,
            "forwardedFrom": "",
            "callerName": "",
            "direction": "outbound-api",
            "callType": "PSTN",
            "callStatus": "IN_PROGRESS",
            "customParameters": dict(self._spec.parameters),
        }
