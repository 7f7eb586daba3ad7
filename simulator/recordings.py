"""Recordings of calls: kept by the carrier until somebody deletes them. There is no sound in them."""

import time
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from simulator.calls import Call, rfc2822
from simulator.refusals import Refused
from simulator.webhooks import Webhooks, record

PATH: Final = "/2010-04-01/Accounts/{account_sid}"


@dataclass
class Recording:
    """What was recorded of one call, from the answer to the end."""

    call_sid: str
    account_sid: str
    sid: str = field(default_factory=lambda: f"RE{uuid4().hex}")
    began_at: float = field(default_factory=time.time)
    duration_s: int | None = None
    """None while the call is recorded still."""

    @property
    def status(self) -> str:
        return "in-progress" if self.duration_s is None else "completed"

    @property
    def path(self) -> str:
        return f"{PATH.format(account_sid=self.account_sid)}/Recordings/{self.sid}"

    def resource(self) -> dict[str, Any]:
        """The recording as the REST interface shows it."""
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "call_sid": self.call_sid,
            "conference_sid": None,
            "api_version": "2010-04-01",
            "date_created": rfc2822(self.began_at),
            "date_updated": rfc2822(self.began_at),
            "start_time": rfc2822(self.began_at),
            "duration": None if self.duration_s is None else str(self.duration_s),
            "status": self.status,
            "source": "OutboundAPI",
            "channels": 1,
            "track": "both",
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "encryption_details": None,
            "media_url": self.path,
            "uri": f"{self.path}.json",
            "subresource_uris": {"transcriptions": f"{self.path}/Transcriptions.json"},
        }


class Shelf:
    """Every recording there is, and the ids of those that were deleted."""

    def __init__(self) -> None:
        self.kept: dict[str, Recording] = {}
        self.deleted: list[str] = []

    def begin(self, call: Call) -> Recording | None:
        """Record a call that was answered, if that was asked for."""
        if not call.request.record:
            return None
        recording = Recording(call.sid, call.account_sid)
        self.kept[recording.sid] = recording
        return recording

    def of(self, call_sid: str) -> list[Recording]:
        """The recordings of a call, newest first."""
        return [each for each in reversed(self.kept.values()) if each.call_sid == call_sid]

    def find(self, sid: str) -> Recording:
        """One recording. Raises Refused: 20404."""
        if sid not in self.kept:
            raise Refused(20404, f"/Recordings/{sid}.json")
        return self.kept[sid]

    def delete(self, sid: str) -> None:
        """Delete a recording. Raises Refused: 20404, or 20009 while the call is recorded still."""
        if self.find(sid).duration_s is None:
            raise Refused(20009)
        del self.kept[sid]
        self.deleted.append(sid)


async def tell_recorded(call: Call, recording: Recording, webhooks: Webhooks) -> None:
    """Send the callback of a recording that is ready."""
    url = call.request.recording_callback
    if url is None or "completed" not in call.request.recording_events:
        return
    fields = [
        ("AccountSid", call.account_sid),
        ("CallSid", call.sid),
        ("RecordingSid", recording.sid),
        ("RecordingUrl", f"{call.api_url}{recording.path}"),
        ("RecordingStatus", recording.status),
        ("RecordingDuration", str(recording.duration_s or 0)),
        ("RecordingChannels", "1"),
        ("RecordingSource", "OutboundAPI"),
        ("RecordingTrack", "both"),
    ]
    delivery = await webhooks.send(url, "POST", fields)
    call.webhooks.append(record(url, "recording", delivery, recording=recording.sid))
