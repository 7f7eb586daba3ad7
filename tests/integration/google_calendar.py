"""Google's calendar, after its documentation: events.insert, get, update, delete, list, freeBusy.query, and tokens.

It refuses what Google refuses, with the statuses and reasons that are documented: a second event of the same id, a
sequence that runs backwards, an etag that is not the last one, a sync token it has forgotten, a query that is too long.
"""

import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from aiohttp import web

REFRESH_TOKEN = "1//refresh"
PAGE = 2
"""Lists have pages of so many, however many are asked for: a page may always be shorter."""


class Refusal(Exception):
    """An error as the API words it."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        self.status, self.reason, self.message = status, reason, message or reason


@dataclass
class Google:
    """One calendar of one account. `faults` are given out first, one a request: a status and a reason."""

    port: int = 0
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    """The ids of events in the order of their changes: a sync token is a place in it."""
    faults: deque[tuple[int, str] | str] = field(default_factory=deque)
    tokens: set[str] = field(default_factory=set)
    grants: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    forgotten: int = 0
    """Sync tokens of before this place are too old."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/calendar/v3"

    @property
    def user(self) -> str:
        """Credentials of an authorized user, in JSON."""
        known = {"type": "authorized_user", "client_id": "id", "client_secret": "s", "refresh_token": REFRESH_TOKEN}
        return json.dumps(known | {"token_uri": f"http://127.0.0.1:{self.port}/token"})

    def note(self, event: dict[str, Any]) -> dict[str, Any]:
        """An event has changed."""
        self.changed.append(event["id"])
        event["etag"] = f'"{len(self.changed)}"'
        event["updated"] = datetime.now(UTC).isoformat()
        self.events[event["id"]] = event
        return event


def _moment(edge: dict[str, str]) -> datetime:
    if "date" in edge:
        return datetime.fromisoformat(edge["date"]).replace(tzinfo=UTC)
    return datetime.fromisoformat(edge["dateTime"]).astimezone(UTC)


def _event(google: Google, request: web.Request) -> dict[str, Any]:
    if (event := google.events.get(request.match_info["event"])) is None:
        raise Refusal(404, "notFound", "Not Found")
    return event


async def insert(google: Google, request: web.Request) -> dict[str, Any]:
    body = await request.json()
    if body["id"] in google.events:
        raise Refusal(409, "duplicate", "The requested identifier already exists.")
    if not 5 <= len(body["id"]) <= 1024 or set(body["id"]) - set("0123456789abcdefghijklmnopqrstuv"):
        raise Refusal(400, "invalid", "Invalid resource id value.")
    return google.note({"kind": "calendar#event", "sequence": 0} | body)


async def get(google: Google, request: web.Request) -> dict[str, Any]:
    return _event(google, request)


async def update(google: Google, request: web.Request) -> dict[str, Any]:
    known, body = _event(google, request), await request.json()
    if request.headers.get("If-Match", known["etag"]) not in ("*", known["etag"]):
        raise Refusal(412, "conditionNotMet", "Precondition Failed")
    if body.get("sequence", 0) < known["sequence"]:
        raise Refusal(400, "invalid", "Invalid sequence value. The specified sequence number is below the current one.")
    moved = _moment(body["start"]) != _moment(known["start"]) if "start" in known else True
    return google.note({"kind": "calendar#event"} | body | {"sequence": known["sequence"] + moved})


async def delete(google: Google, request: web.Request) -> None:
    known = _event(google, request)
    if known["status"] == "cancelled":
        raise Refusal(410, "deleted", "Resource has been deleted")
    google.note({"id": known["id"], "status": "cancelled", "sequence": known["sequence"] + 1})


async def list_(google: Google, request: web.Request) -> dict[str, Any]:
    query = request.query
    if (token := query.get("syncToken")) is not None:
        if {"timeMin", "timeMax", "q", "orderBy", "updatedMin", "iCalUID"} & query.keys():
            raise Refusal(400, "invalid", "Sync token cannot be used with other parameters.")
        place = int(token.removeprefix("sync-"))
        if place < google.forgotten:
            raise Refusal(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
        ids = list(dict.fromkeys(google.changed[place:]))
    else:
        ids = list(google.events)
    first = int(query.get("pageToken", "0"))
    found = {"kind": "calendar#events", "items": [google.events[each] for each in ids[first : first + PAGE]]}
    if first + PAGE < len(ids):
        return found | {"nextPageToken": str(first + PAGE)}
    return found | {"nextSyncToken": f"sync-{len(google.changed)}"}


async def free_busy(google: Google, request: web.Request) -> dict[str, Any]:
    body = await request.json()
    since, until = (datetime.fromisoformat(body[name]) for name in ("timeMin", "timeMax"))
    if until - since > timedelta(days=90):
        raise Refusal(400, "timeRangeTooLong", "The requested time range is too long.")
    (item,) = body["items"]
    if item["id"] != "noa@example.com":
        return {"calendars": {item["id"]: {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}}}
    busy = [
        (_moment(each["start"]), _moment(each["end"]))
        for each in google.events.values()
        if each["status"] != "cancelled" and each.get("transparency") != "transparent"
    ]
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(span for span in busy if span[0] < until and span[1] > since):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    told = [{"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"} for start, end in merged]
    return {"kind": "calendar#freeBusy", "calendars": {item["id"]: {"busy": told}}}


async def token(google: Google, request: web.Request) -> web.Response:
    grant = {key: str(value) for key, value in (await request.post()).items()}
    google.grants.append(grant)
    if grant["grant_type"] == "refresh_token" and grant["refresh_token"] != REFRESH_TOKEN:
        return web.json_response({"error": "invalid_grant", "error_description": "Token expired."}, status=400)
    fresh = f"ya29.{len(google.grants)}"
    google.tokens = {fresh}
    return web.json_response({"access_token": fresh, "expires_in": 3599, "token_type": "Bearer"})


@asynccontextmanager
async def google_calendar() -> AsyncIterator[Google]:
    """A Google that listens until the block ends."""
    google = Google()

    def answering(act: Any) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            google.asked.append(f"{request.method} {unquote(request.path).rpartition('/v3')[2]}")
            try:
                if request.headers.get("Authorization", "").removeprefix("Bearer ") not in google.tokens:
                    raise Refusal(401, "authError", "Invalid Credentials")
                if google.faults and google.faults[0] != "lost":
                    raise Refusal(*google.faults.popleft())
                done = await act(google, request)
                if google.faults:  # it is done, and its answer never arrives
                    google.faults.popleft()
                    assert request.transport is not None
                    request.transport.abort()
            except Refusal as refusal:
                errors = [{"domain": "global", "reason": refusal.reason, "message": refusal.message}]
                body = {"error": {"errors": errors, "code": refusal.status, "message": refusal.message}}
                return web.json_response(body, status=refusal.status)
            return web.Response(status=204) if done is None else web.json_response(done)

        return answer

    async def grant(request: web.Request) -> web.Response:
        return await token(google, request)

    app, events = web.Application(), "/calendar/v3/calendars/{calendar}/events"
    app.add_routes(
        [
            web.post("/token", grant),
            web.post("/calendar/v3/freeBusy", answering(free_busy)),
            web.post(events, answering(insert)),
            web.get(events, answering(list_)),
            web.get(events + "/{event}", answering(get)),
            web.put(events + "/{event}", answering(update)),
            web.delete(events + "/{event}", answering(delete)),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    google.port = runner.addresses[0][1]
    try:
        yield google
    finally:
        await runner.cleanup()
