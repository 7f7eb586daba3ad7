"""Calls, meetings and people in HubSpot, over its CRM API (objects v3, associations v4).

Every step may be done twice: a contact is looked for by number and address before it is made; calls and meetings are
upserted by a property of ours that is unique; an association that is there is there.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import aiohttp

from contracts.contacts import ContactOptedOut
from contracts.meetings import MeetingBooked, MeetingCancelled, MeetingRescheduled
from contracts.telemetry import CallLogged
from contracts.values import LeadFacts
from services.telemetry.domain.delivery import Delivery, event_in
from services.telemetry.exports import hubspot_objects as objects
from services.telemetry.exports.sink import NeverTaken, NotTaken, Person

HUBSPOT = "hubspot"
TIMEOUT = aiohttp.ClientTimeout(total=20, sock_connect=5)
CONFLICT, NOT_FOUND = 409, 404
WRONG_INPUT = (400, 413, 422)
AT_ONCE = 100
"""The most that HubSpot takes in one request."""
GROUPS = 5
"""The most alternatives in one search."""
CURE = "check HUBSPOT_TOKEN and that its private app may read and write contacts, calls, meetings and their schemas"

Json = dict[str, Any]


class HubSpotSink:
    """Writes one account."""

    name = HUBSPOT

    def __init__(self, token: str, url: str) -> None:
        self._token = token
        self._url = url.rstrip("/")
        self._http: aiohttp.ClientSession | None = None
        self._prepared = False
        self._preparing = asyncio.Lock()

    async def send(self, delivery: Delivery) -> int | None:
        """See `Sink`."""
        event = event_in(delivery.content or {})
        await self._prepare()
        match event:
            case CallLogged():
                contact = await self._contact(event.phone, event.lead, event.lead_id, objects.contact_after(event))
                call = await self._upsert("calls", objects.CALL_ID, objects.call(event))
                await self._associate("calls", call, contact)
                if event.meeting is not None and (meeting := await self._meeting(event.meeting.meeting_id)):
                    await self._associate("meetings", meeting, contact)
            case MeetingBooked():
                booked = await self._upsert("meetings", objects.MEETING_ID, objects.meeting(event))
                if event.phone or event.lead.email:  # else the call it was booked in will say with whom
                    lead_id = {objects.LEAD_ID: event.lead_id}
                    contact = await self._contact(event.phone, event.lead, event.lead_id, lead_id)
                    await self._associate("meetings", booked, contact)
            case MeetingRescheduled() | MeetingCancelled():
                await self._upsert("meetings", objects.MEETING_ID, objects.meeting(event))
            case ContactOptedOut():
                known = await self._find(event.phone, event.lead_id)
                if known is not None:
                    await self._ask(
                        "PATCH", f"/crm/v3/objects/contacts/{known}", {"properties": {objects.OPTED_OUT: "true"}}
                    )
            case _:
                return None
        return 200

    async def erase(self, person: Person) -> Mapping[str, int]:
        """See `Eraser`. Contacts go for good, with what HubSpot keeps beside them; calls and meetings into its bin."""
        await self._prepare()
        gone = dict.fromkeys(objects.PROPERTIES, 0)
        for contact in await self._contacts(person.lead_ids, person.phones):
            body = {"objectId": contact}
            answer = await self._ask("POST", "/crm/v3/objects/contacts/gdpr-delete", body, passing=(NOT_FOUND,))
            gone["contacts"] += "category" not in answer
        for kind, key, ids in (
            ("calls", objects.CALL_ID, person.call_ids),
            ("meetings", objects.MEETING_ID, person.meeting_ids),
        ):
            for start in range(0, len(ids), AT_ONCE):
                found = await self._by_key(kind, key, ids[start : start + AT_ONCE])
                if found:
                    inputs = [{"id": each} for each in found]
                    await self._ask("POST", f"/crm/v3/objects/{kind}/batch/archive", {"inputs": inputs})
                gone[kind] += len(found)
        return gone

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _prepare(self) -> None:
        """Make our properties in the account, once for each process."""
        async with self._preparing:
            if self._prepared:
                return
            for kind, properties in objects.PROPERTIES.items():
                for each in properties:
                    found = await self._ask("GET", f"/crm/v3/properties/{kind}/{each['name']}", passing=(NOT_FOUND,))
                    if "name" not in found:
                        body = {"type": "string", "fieldType": "text", **each}
                        await self._ask("POST", f"/crm/v3/properties/{kind}", body, passing=(CONFLICT,))
            self._prepared = True

    async def _contact(
        self, phone: str | None, lead: LeadFacts | None, lead_id: str, changed: objects.Properties
    ) -> str:
        """The contact's id at HubSpot: found and updated, or made."""
        known = await self._find(phone, lead_id) or await self._by_email(lead.email if lead else None)
        if known is None:
            body = {"properties": objects.new_contact(phone, lead, lead_id) | changed}
            made = await self._ask("POST", "/crm/v3/objects/contacts", body, passing=(CONFLICT,))
            if "id" in made:
                return str(made["id"])
            known = await self._by_email(lead.email if lead else None)  # somebody made it meanwhile
            if known is None:
                raise NotTaken("HubSpot says that the contact exists, and does not find it yet", status_code=CONFLICT)
        await self._ask("PATCH", f"/crm/v3/objects/contacts/{known}", {"properties": changed})
        return known

    async def _find(self, phone: str | None, lead_id: str) -> str | None:
        """By our own id, or by the number however it is written."""
        found = await self._contacts([lead_id], [phone] if phone else [], limit=1)
        return found[0] if found else None

    async def _contacts(self, lead_ids: Sequence[str], phones: Sequence[str], limit: int = AT_ONCE) -> list[str]:
        filters: list[Json] = [{"propertyName": objects.LEAD_ID, "operator": "EQ", "value": each} for each in lead_ids]
        if forms := [form for phone in phones for form in objects.written_forms(phone)]:
            filters += [{"propertyName": name, "operator": "IN", "values": forms} for name in ("phone", "mobilephone")]
        found: dict[str, None] = {}
        for start in range(0, len(filters), GROUPS):
            groups = [{"filters": [each]} for each in filters[start : start + GROUPS]]
            body = {"filterGroups": groups, "properties": ["phone"], "limit": limit}
            results = (await self._ask("POST", "/crm/v3/objects/contacts/search", body)).get("results") or []
            found |= {str(each["id"]): None for each in results}
        return list(found)

    async def _by_email(self, email: str | None) -> str | None:
        if not email:
            return None
        query = {"propertyName": "email", "operator": "EQ", "value": email.lower()}
        body = {"filterGroups": [{"filters": [query]}], "properties": ["email"], "limit": 1}
        found = (await self._ask("POST", "/crm/v3/objects/contacts/search", body)).get("results") or []
        return str(found[0]["id"]) if found else None

    async def _meeting(self, meeting_id: UUID) -> str | None:
        found = await self._by_key("meetings", objects.MEETING_ID, [str(meeting_id)])
        return found[0] if found else None

    async def _by_key(self, kind: str, key: str, ours: Sequence[str]) -> list[str]:
        """HubSpot's ids of those that it has."""
        body = {"idProperty": key, "inputs": [{"id": each} for each in ours], "properties": []}
        answer = await self._ask("POST", f"/crm/v3/objects/{kind}/batch/read", body, passing=(NOT_FOUND,))
        return [str(each["id"]) for each in answer.get("results") or []]

    async def _upsert(self, kind: str, key: str, properties: objects.Properties) -> str:
        body = {"inputs": [{"id": properties[key], "idProperty": key, "properties": properties}]}
        answer = await self._ask("POST", f"/crm/v3/objects/{kind}/batch/upsert", body)
        return str(answer["results"][0]["id"])

    async def _associate(self, kind: str, its_id: str, contact: str) -> None:
        await self._ask("PUT", f"/crm/v4/objects/{kind}/{its_id}/associations/default/contacts/{contact}")

    async def _ask(self, method: str, path: str, body: Json | None = None, passing: tuple[int, ...] = ()) -> Json:
        """One request and its answer; of a status in `passing`, the error's own words. Raises NotTaken, NeverTaken."""
        try:
            async with self._client().request(method, self._url + path, json=body) as answer:
                status = answer.status
                said: Any = await answer.json(content_type=None) if status != 204 else {}
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NotTaken(f"HubSpot does not answer: {type(error).__name__}") from error
        found: Json = said if isinstance(said, dict) else {}
        if status < 300:
            return found
        if status in passing:
            return {"category": found.get("category")}
        why = f"HubSpot answered {status} to {method} {path.partition('?')[0]}: {found.get('category') or 'no reason'}"
        if status in WRONG_INPUT:
            raise NeverTaken(why, status_code=status)
        raise NotTaken(f"{why}; {CURE}" if status in (401, 403) else why, status_code=status)

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            headers = {"Authorization": f"Bearer {self._token}"}
            self._http = aiohttp.ClientSession(headers=headers, timeout=TIMEOUT)
        return self._http
