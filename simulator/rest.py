"""The carrier's REST interface: create, list, read and change calls; list, read and delete their recordings."""

import asyncio
import base64
import binascii
import contextlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from simulator.calls import Call
from simulator.carrier import Carrier
from simulator.personas import persona_of
from simulator.refusals import Refused

_PATH: Final = "/2010-04-01/Accounts/{account_sid}"


class CutReply(Response):
    """A reply that breaks off after its head: the caller cannot know what was done."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise a body, and never send it; the server then drops the connection."""
        head = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 201, "headers": head})


def router(carrier: Carrier) -> APIRouter:
    """The routes of `Calls` and `Recordings`."""
    routes = APIRouter(tags=["carrier"])

    @routes.post(f"{_PATH}/Calls.json")
    async def create(account_sid: str, request: Request) -> Response:
        _authenticate(carrier, account_sid, request)
        call = carrier.accept(await _form(request), str(request.base_url).rstrip("/"))
        reply = JSONResponse(call.resource(), status_code=201)
        lost = persona_of(call.request.to).lost_reply
        match lost if lost != "none" else carrier.faults.lost_reply:
            case "cut":
                return CutReply()
            case "slow":
                await _left_within(carrier.faults.slow_reply_s, request)
        return reply

    @routes.get(f"{_PATH}/Calls.json")
    async def every(account_sid: str, request: Request) -> Response:
        _authenticate(carrier, account_sid, request)
        return JSONResponse(_page(carrier, account_sid, dict(request.query_params)))

    @routes.get(f"{_PATH}/Calls/{{sid}}.json")
    async def one(account_sid: str, sid: str, request: Request) -> Response:
        _authenticate(carrier, account_sid, request)
        return JSONResponse(carrier.find(sid).resource())

    @routes.post(f"{_PATH}/Calls/{{sid}}.json")
    async def change(account_sid: str, sid: str, request: Request) -> Response:
        _authenticate(carrier, account_sid, request)
        call = carrier.update(sid, dict(await _form(request)))
        return JSONResponse(call.resource())

    @routes.get(f"{_PATH}/Calls/{{sid}}/Recordings.json")
    async def of_call(account_sid: str, sid: str, request: Request) -> Response:
        _authenticate(carrier, account_sid, request)
        found = [each.resource() for each in carrier.recordings.of(carrier.find(sid).sid)]
        uri = f"/2010-04-01/Accounts/{account_sid}/Calls/{sid}/Recordings.json?PageSize=50"
        return JSONResponse({"recordings": found, **_paging(uri, 0, 50, len(found))})

    @routes.get(f"{_PATH}/Recordings/{{sid}}.json")
    async def recording(account_sid: str, sid: str, request: Request) -> Response:
        _authenticate(carrier, account_sid, request)
        return JSONResponse(carrier.recordings.find(sid).resource())

    @routes.delete(f"{_PATH}/Recordings/{{sid}}.json")
    async def delete_recording(account_sid: str, sid: str, request: Request) -> Response:
        _authenticate(carrier, account_sid, request)
        if carrier.faults.keep_recordings:
            raise Refused(20500)
        carrier.recordings.delete(sid)
        return Response(status_code=204)

    return routes


async def _left_within(seconds: float, request: Request) -> None:
    """Wait so long, or until the client has given up."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass


async def _form(request: Request) -> list[tuple[str, str]]:
    form = await request.form()
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def _authenticate(carrier: Carrier, account_sid: str, request: Request) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        given = b""
    settings = carrier.settings
    expected = f"{settings.account_sid}:{settings.auth_token}".encode()
    known = hmac.compare_digest(given, expected) and account_sid == settings.account_sid
    if scheme.lower() != "basic" or not known:
        raise Refused(20003)


def _page(carrier: Carrier, account_sid: str, query: dict[str, str]) -> dict[str, Any]:
    found = [call for call in carrier.calls.values() if _matches(call, query)]
    found.reverse()  # newest first
    size = max(1, min(int(query.get("PageSize", "50")), 1000))
    page = max(0, int(query.get("Page", "0")))
    shown = found[page * size : (page + 1) * size]
    base = f"/2010-04-01/Accounts/{account_sid}/Calls.json?PageSize={size}"
    return {"calls": [call.resource() for call in shown], **_paging(base, page, size, len(found))}


def _paging(base: str, page: int, size: int, found: int) -> dict[str, Any]:
    more = found > (page + 1) * size
    return {
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": max(min((page + 1) * size, found) - 1, page * size),
        "uri": f"{base}&Page={page}",
        "first_page_uri": f"{base}&Page=0",
        "next_page_uri": f"{base}&Page={page + 1}" if more else None,
        "previous_page_uri": f"{base}&Page={page - 1}" if page else None,
    }


def _matches(call: Call, query: dict[str, str]) -> bool:
    if query.get("To", call.request.to) != call.request.to:
        return False
    if query.get("From", call.request.from_number) != call.request.from_number:
        return False
    if query.get("Status", call.status) != call.status:
        return False
    started = call.dialed_at or call.created_at
    after, before = query.get("StartTime>"), query.get("StartTime<")
    return not (after and started < _moment(after)) and not (before and started > _moment(before))


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def refused(_: Request, error: Exception) -> Response:
    """The documented body of a refused request."""
    refusal = error if isinstance(error, Refused) else Refused(20001, str(error))
    return Response(json.dumps(refusal.body()), refusal.status, media_type="application/json")
