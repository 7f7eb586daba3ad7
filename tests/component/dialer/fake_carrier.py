"""A carrier that a test plays: it takes every call, and nothing happens on a call by itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from services.dialer.domain.carrier_call import CarrierCall, CarrierStatus
from services.dialer.ports.carrier import OutboundCall
from services.runtime.errors import Unavailable


@dataclass
class FakeCarrier:
    """`answer` decides what becomes of a request; by default the call is taken."""

    name: str = "fake"
    simulated: bool = True
    placed: list[OutboundCall] = field(default_factory=list)
    """Every request for a call."""
    ended: list[str] = field(default_factory=list)
    calls: dict[str, CarrierCall] = field(default_factory=dict)
    """The calls that exist at the carrier."""
    kept: dict[str, list[str]] = field(default_factory=dict)
    """Ids of the recordings of each call."""
    away: bool = False
    """Whether recordings cannot be asked for."""
    answer: Callable[[OutboundCall], Awaitable[str]] | None = None

    async def place(self, call: OutboundCall) -> str:
        self.placed.append(call)
        return await self.answer(call) if self.answer else self.takes(call)

    def takes(self, call: OutboundCall, status: CarrierStatus = CarrierStatus.QUEUED) -> str:
        """The call exists from here on."""
        carrier_call_id = f"CA{call.call_id.hex}"
        self.calls[carrier_call_id] = CarrierCall(carrier_call_id, status, call.to)
        return carrier_call_id

    async def inspect(self, carrier_call_id: str) -> CarrierCall | None:
        return self.calls.get(carrier_call_id)

    async def find(self, to: str, since: datetime) -> list[CarrierCall]:
        return [each for each in self.calls.values() if each.to == to]

    async def end(self, carrier_call_id: str) -> None:
        self.ended.append(carrier_call_id)
        over = CarrierCall(carrier_call_id, CarrierStatus.COMPLETED, self.calls[carrier_call_id].to, duration_s=7.0)
        self.calls[carrier_call_id] = over

    async def recordings(self, carrier_call_id: str) -> list[str]:
        if self.away:
            raise Unavailable("the carrier is away")
        return list(self.kept.get(carrier_call_id, []))

    async def delete_recording(self, recording_id: str, url: str | None = None) -> bool:
        if self.away:
            raise Unavailable("the carrier is away")
        kept = [theirs for theirs in self.kept.values() if recording_id in theirs]
        for theirs in kept:
            theirs.remove(recording_id)
        return bool(kept)

    async def close(self) -> None:
        return
