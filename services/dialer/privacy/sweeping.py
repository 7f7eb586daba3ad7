"""Finds the messages about a person in every stream, and takes them out so that their bytes are gone.

A call is found by its subject. Everything else is read: a lead as it was handed in has no id in its subject, a message
that nobody could read may hold a number anywhere, and so may a bucket that somebody will add.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from nats.aio.msg import Msg

from contracts.calls import CallConcluded, CallDialed, CallEnded, CallRecorded, CallRequested
from contracts.contacts import Traces
from contracts.streams import BUCKETS, STREAMS
from services.dialer.domain.phone import read_number
from services.runtime.broker import Broker
from services.runtime.personal_rows import words_of
from services.runtime.stream_erasing import erase, stored

CALLS, DEAD = "CALLS", "DEAD"
_NAMING = [kind.subject_filter() for kind in (CallRequested, CallDialed, CallEnded, CallConcluded)]
"""The facts of a call that say with whom it was."""
_IMPERSONAL = {f"KV_{bucket.name}" for bucket in BUCKETS}
_RECORDED = ".recorded"
_AT_A_TIME = 20
_LAST_DIGITS = 7
_NOT_DIGITS = re.compile(rb"\D+")


class Sweep:
    """One person's messages, in all streams."""

    def __init__(self, broker: Broker, traces: Traces) -> None:
        self._broker = broker
        self._lead_ids = set(traces.lead_ids)
        self._phones = set(traces.phones)
        self._calls = {str(call_id) for call_id in traces.call_ids}
        self._emails = [email.lower() for email in traces.emails]
        self._words = [*words_of(traces), *(f'"{lead_id}"' for lead_id in traces.lead_ids if len(lead_id) > 7)]
        self._endings = [phone[-_LAST_DIGITS:].encode() for phone in traces.phones]
        self.recordings: dict[str, str] = {}
        """Where the carrier keeps recordings, by their ids."""

    async def messages(self) -> AsyncIterator[tuple[str, Msg]]:
        """Every message about the person, with the name of its stream."""
        async for message in stored(self._broker, CALLS, _NAMING):
            if self._is_theirs(message):
                self._calls.add(message.subject.split(".")[1])
        calls = sorted(self._calls)
        for start in range(0, len(calls), _AT_A_TIME):
            filters = [f"calls.{call_id}.>" for call_id in calls[start : start + _AT_A_TIME]]
            async for message in stored(self._broker, CALLS, filters):
                self._note_recording(message)
                yield CALLS, message
        for name in await self._others():
            async for message in stored(self._broker, name, [">"]):
                if self._is_theirs(message):
                    yield name, message

    @property
    def call_ids(self) -> list[UUID]:
        """Every call with the person, also those that only the stream remembers."""
        return [UUID(each) for each in sorted(self._calls)]

    async def erase(self, note: Callable[[Mapping[str, str]], Awaitable[None]]) -> tuple[dict[str, int], set[str]]:
        """Take them all out; `note` hears of recordings before what tells of them is gone. Returns how many there were
        in each stream, and the ids of the events they told."""
        removed: dict[str, int] = {}
        events: set[str] = set()
        tell_of_recordings: list[tuple[str, Msg]] = []

        async def take_out(stream: str, message: Msg) -> None:
            if await erase(self._broker, stream, message.metadata.sequence.stream):
                removed[stream] = removed.get(stream, 0) + 1
            events.update(value for name, value in (message.headers or {}).items() if name == "Nats-Msg-Id")

        async for stream, message in self.messages():
            if message.subject.endswith(_RECORDED):
                tell_of_recordings.append((stream, message))
            else:
                await take_out(stream, message)
        if tell_of_recordings:
            await note(self.recordings)
        for stream, message in tell_of_recordings:
            await take_out(stream, message)
        return removed, events

    async def _others(self) -> list[str]:
        """Every stream there is, but the calls and those buckets that hold nothing on anybody."""
        known = [stream.name for stream in STREAMS if stream.name != CALLS]
        found = {info.config.name or "" for info in await self._broker.js.streams_info()}
        return [*known, *sorted(found - {*known, CALLS, *_IMPERSONAL})]

    def _is_theirs(self, message: Msg) -> bool:
        tokens = message.subject.split(".")
        if not self._lead_ids.isdisjoint(tokens) or not self._calls.isdisjoint(tokens):
            return True
        if tokens[0] not in ("dead", "$KV", "$O"):
            try:
                fields = json.loads(message.data)
            except ValueError:
                return self._speaks_of_them(message)
            return self._names_them(fields, message.data) if isinstance(fields, Mapping) else False
        return self._speaks_of_them(message)

    def _names_them(self, fields: Mapping[str, Any], data: bytes) -> bool:
        if fields.get("lead_id") in self._lead_ids or str(fields.get("call_id")) in self._calls:
            return True
        phone = fields.get("phone")
        if not isinstance(phone, str) or not any(each in _NOT_DIGITS.sub(b"", data) for each in self._endings):
            return False
        return read_number(phone).e164 in self._phones

    def _speaks_of_them(self, message: Msg) -> bool:
        """Whether a message without a known shape holds their number, id or address anywhere."""
        parts = [message.data, *(value.encode() for value in (message.headers or {}).values())]
        text = b"\n".join(parts).decode(errors="replace")
        digits = re.sub(r"[\s().-]", "", text)
        numbers = [phone[-9:] for phone in self._phones]
        return (
            any(word in text for word in self._words)
            or any(number in digits for number in numbers)
            or any(email in text.lower() for email in self._emails)
        )

    def _note_recording(self, message: Msg) -> None:
        if message.subject.endswith(_RECORDED):
            told = CallRecorded.model_validate_json(message.data)
            self.recordings[told.recording_id] = told.url


async def shown(sweep: Sweep, limit: int) -> Sequence[tuple[str, dict[str, Any]]]:
    """The person's messages as people can read them, at most `limit`."""
    found: list[tuple[str, dict[str, Any]]] = []
    async for stream, message in sweep.messages():
        place = message.metadata
        told = {"subject": message.subject, "stored_at": place.timestamp.isoformat(), "sequence": place.sequence.stream}
        try:
            body: Any = json.loads(message.data)
        except ValueError:
            body = message.data.decode(errors="backslashreplace")
        found.append((stream, told | {"body": body}))
        if len(found) >= limit:
            break
    return found
