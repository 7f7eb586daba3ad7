"""`messiah lead submit`: hands a lead in, as anybody with a NATS client could."""

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from contracts.event import new_event_id
from contracts.leads import LeadSubmitted
from services.runtime.broker import Broker
from services.runtime.errors import InvalidMessage
from services.runtime.tracing import MSG_ID


def parse(text: str) -> list[dict[str, Any]]:
    """Leads from JSON: one object, or a list of them. Raises InvalidMessage."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise InvalidMessage(f"this is no JSON: {error}") from error
    leads = given if isinstance(given, list) else [given]
    for number, lead in enumerate(leads, 1):
        try:
            LeadSubmitted.from_message(
                json.dumps(lead).encode(), stream="", sequence=number, stored_at=datetime.now(UTC)
            )
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "it"
            raise InvalidMessage(f"lead {number} cannot be submitted: {where}: {first['msg']}") from error
    return leads


async def submit(broker: Broker, lead: dict[str, Any]) -> int | None:
    """Publish one lead and return its place in the stream. Raises Unavailable."""
    event_id = str(lead.get("event_id") or new_event_id())
    body = json.dumps(lead | {"event_id": event_id}, ensure_ascii=False).encode()
    return await broker.put(LeadSubmitted.subject_template, body, {MSG_ID: event_id})
