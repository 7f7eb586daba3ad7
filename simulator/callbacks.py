"""What the application is told about a call: status callbacks and the answering-machine verdict."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any
from uuid import uuid4

from simulator.calls import Call, rfc2822
from simulator.settings import Faults
from simulator.webhooks import Webhooks, record

_STATUS_OF_EVENT = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}

Spawn = Callable[[Coroutine[Any, Any, None]], object]
Delivering = Callable[[], Awaitable[None]]


def call_fields(call: Call, status: str) -> list[tuple[str, str]]:
    """The fields every webhook of a call carries; the empty ones are sent too, and signed."""
    to, caller = call.request.to, call.request.from_number
    return [
        ("CallSid", call.sid),
        ("AccountSid", call.account_sid),
        ("ApiVersion", "2010-04-01"),
        ("Direction", "outbound-api"),
        ("CallStatus", status),
        ("From", caller),
        ("Caller", caller),
        ("To", to),
        ("Called", to),
        ("ToCountry", "IL"),
        ("CalledCountry", "IL"),
        ("ToCity", ""),
        ("CalledCity", ""),
        ("FromCountry", "US"),
        ("CallerCountry", "US"),
    ]


class StatusCallbacks:
    """The status callbacks of one call; each is delivered on its own, so no order is promised."""

    def __init__(self, call: Call, webhooks: Webhooks, faults: Callable[[], Faults], spawn: Spawn) -> None:
        self._call = call
        self._webhooks = webhooks
        self._faults = faults
        self._spawn = spawn
        self._sequence = 0
        self._held: Delivering | None = None

    def fire(self, event: str, sip_code: int | None = None) -> None:
        """Tell an event if it was asked for: `initiated`, `ringing`, `answered` or `completed`."""
        call, request = self._call, self._call.request
        if request.status_callback is None or event not in request.status_events:
            return
        status = _STATUS_OF_EVENT.get(event, call.status)
        fields = [
            *call_fields(call, status),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", str(self._sequence)),
            ("Timestamp", str(rfc2822(time.time()))),
        ]
        if event == "completed":
            fields += [
                ("CallDuration", str(call.duration_s)),
                ("Duration", str(math.ceil(call.duration_s / 60))),
                ("SipResponseCode", str(sip_code or 200)),
            ]
            if call.answered_by:
                fields.append(("AnsweredBy", call.answered_by))
        delivering = partial(self._deliver, request.status_callback, status, fields, self._sequence)
        self._sequence += 1
        held, self._held = self._held, None
        if held is not None:
            self._spawn(_in_turn(delivering, held))
        elif self._faults().reorder_callbacks and event != "completed":
            self._held = delivering
        else:
            self._spawn(_in_turn(delivering))

    async def _deliver(self, url: str, status: str, fields: list[tuple[str, str]], sequence: int) -> None:
        faults = self._faults()
        if status in faults.drop_callbacks:
            return
        await asyncio.sleep(faults.delay_callbacks_s)
        token = str(uuid4())
        for _ in range(2 if faults.duplicate_callbacks else 1):
            delivery = await self._webhooks.send(url, self._call.request.status_method, fields, token)
            self._call.webhooks.append(record(url, "status", delivery, call_status=status, sequence=sequence))


async def _in_turn(*deliveries: Delivering) -> None:
    for deliver in deliveries:
        await deliver()


async def tell_answered_by(call: Call, webhooks: Webhooks, after_ms: int) -> None:
    """Send the asynchronous verdict on who answered."""
    url = call.request.amd_callback
    if url is None:
        call.notifications.append("21262: machine detection without a callback URL")
        return
    fields = [
        ("CallSid", call.sid),
        ("AccountSid", call.account_sid),
        ("AnsweredBy", call.answered_by or "unknown"),
        ("MachineDetectionDuration", str(after_ms)),
    ]
    delivery = await webhooks.send(url, "POST", fields)
    call.webhooks.append(record(url, "amd", delivery, answered_by=call.answered_by))
