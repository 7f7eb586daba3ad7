"""A log of calls in Airtable: one row for each call, named by its id, so that it is written once."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import requests

from contracts.telemetry import CallLogged
from services.runtime.clock import ISRAEL
from services.telemetry.domain.delivery import Delivery, event_in
from services.telemetry.exports.sink import NeverTaken, NotTaken, Person

T = TypeVar("T")

AIRTABLE = "airtable"
KEY, LEAD = "call_id", "lead_id"
NAMED_AT_ONCE = 50
"""Ids in one formula, which is part of a URL."""
TIMEOUT_S = (5, 20)
"""To connect, and for each answer."""
CURE = "check AIRTABLE_API_KEY, AIRTABLE_BASE_ID and AIRTABLE_CALLS_TABLE, and that the table has every column"


class AirtableSink:
    """Writes finished calls; nothing else has a place in the table."""

    name = AIRTABLE

    def __init__(self, token: str, base_id: str, table: str, url: str) -> None:
        from pyairtable import Api  # loading it takes a tenth of a start, and few have a table

        api = Api(token, timeout=TIMEOUT_S, endpoint_url=url, retry_strategy=None)  # deliveries have their own
        self._table = api.table(base_id, table)

    async def send(self, delivery: Delivery) -> int | None:
        """See `Sink`. The library waits in a thread of its own."""
        event = event_in(delivery.content or {})
        if not isinstance(event, CallLogged):
            return None
        await self._ask(lambda: self._write(row_of(event)))
        return 200

    async def erase(self, person: Person) -> Mapping[str, int]:
        """See `Eraser`. Their rows are those of their calls."""
        named = [*((LEAD, each) for each in person.lead_ids), *((KEY, each) for each in person.call_ids)]
        gone = 0
        for start in range(0, len(named), NAMED_AT_ONCE):
            wanted = ",".join(f"{{{column}}}='{value}'" for column, value in named[start : start + NAMED_AT_ONCE])
            gone += await self._ask(partial(self._delete, f"OR({wanted})"))
        return {"rows": gone}

    async def close(self) -> None:
        await asyncio.to_thread(self._table.api.session.close)

    async def _ask(self, request: Callable[[], T]) -> T:
        """One request, or several, in a thread. Raises NotTaken, NeverTaken."""
        try:
            return await asyncio.to_thread(request)
        except requests.HTTPError as error:
            if error.response is None:
                raise NotTaken("Airtable broke off its answer") from error
            status = error.response.status_code
            said = f"Airtable answered {status}: {_said(error.response)}; {CURE}"
            if status in (400, 413, 422):
                raise NeverTaken(said, status_code=status) from error
            raise NotTaken(said, status_code=status) from error
        except (requests.RequestException, OSError) as error:
            raise NotTaken(f"Airtable does not answer: {type(error).__name__}") from error

    def _delete(self, formula: str) -> int:
        found = [row["id"] for row in self._table.all(formula=formula, fields=[KEY])]
        return len(self._table.batch_delete(found)) if found else 0

    def _write(self, fields: Mapping[str, Any]) -> None:
        self._table.batch_upsert([{"fields": dict(fields)}], key_fields=[KEY], typecast=True)


def row_of(call: CallLogged) -> dict[str, Any]:
    """The row of a call: the columns of the CSV download, and what a CRM needs besides. Nothing unknown is written."""
    lead, meeting = call.lead, call.meeting
    at = call.started_at or call.dialed_at or call.requested_at or call.occurred_at
    row = {
        KEY: str(call.call_id),
        LEAD: call.lead_id,
        "business_name": lead and lead.company,
        "contact_number": call.phone,
        "contact_name": lead and lead.name,
        "business_type": lead and lead.business_type,
        "call_status": call.outcome.value,
        "call_date": at.astimezone(ISRAEL).isoformat(),
        "conversation_summary": call.summary or None,
        "interest_level": call.interest,
        "scheduled_meeting": meeting and meeting.start.astimezone(ISRAEL).isoformat(),
        "next_steps": call.next_step,
        "duration_s": round(call.duration_s),
        "attempt": call.attempt,
    }
    return {name: value for name, value in row.items() if value is not None}


def _said(response: requests.Response) -> str:
    """Airtable's own name for what is wrong."""
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return "no reason"
    return str(error["type"] if isinstance(error, dict) and "type" in error else error)[:100]
