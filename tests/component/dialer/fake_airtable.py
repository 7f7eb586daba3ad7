"""A table of Airtable on its documented wire: listing by formula and page, changing up to ten records, its errors."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

BASE, TABLE, TOKEN = "appTest0000000000", "Leads", "patTest.secret"
_CONDITION = re.compile(r"LOWER\(TRIM\(\{(?P<field>[^}]+)\} & ''\)\)='(?P<word>(?:\\'|[^'])*)'")


class FakeAirtable:
    """Its records, and how it answers next."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = fields
        self.records: dict[str, dict[str, Any]] = {}
        self.answers: list[tuple[int, dict[str, str]]] = []
        """Statuses, with headers, that it answers instead, one a request."""
        self.asked: list[str] = []
        self.written: list[dict[str, Any]] = []
        self.url = ""

    def add(self, reference: str, **fields: Any) -> None:
        self.records[reference] = fields

    @asynccontextmanager
    async def running(self) -> AsyncIterator["FakeAirtable"]:
        app = web.Application()
        app.router.add_get("/v0/{base}/{table}", self._list)
        app.router.add_patch("/v0/{base}/{table}", self._change)
        app.router.add_delete("/v0/{base}/{table}/{record}", self._delete)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _list(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        formula, most = request.query["filterByFormula"], int(request.query["maxRecords"])
        if by_id := re.fullmatch(r"RECORD_ID\(\)='(\w+)'", formula):
            known = [_shown(by_id[1], self.records[by_id[1]])] if by_id[1] in self.records else []
            return web.json_response({"records": known})
        conditions = [(found["field"], found["word"].replace("\\'", "'")) for found in _CONDITION.finditer(formula)]
        assert formula == "OR({})".format(
            ",".join(f"LOWER(TRIM({{{field}}} & ''))='{word}'" for field, word in conditions)
        )
        if any(field not in self.fields for field, _ in conditions):
            return _error(422, "INVALID_FILTER_BY_FORMULA", "The formula for filtering records is invalid")
        found = [
            _shown(reference, fields)
            for reference, fields in self.records.items()
            if any(str(fields.get(field, "")).strip().lower() == word for field, word in conditions)
        ]
        return web.json_response({"records": found[:most]})

    async def _change(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        body = await request.json()
        assert body["typecast"] is True
        assert len(body["records"]) <= 10
        for record in body["records"]:
            for name in record["fields"]:
                if name not in self.fields:
                    return _error(422, "UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')
        for record in body["records"]:
            self.written.append(record)
            fields = self.records[record["id"]] | record["fields"]
            self.records[record["id"]] = {name: value for name, value in fields.items() if _is_shown(value)}
        changed = [_shown(each["id"], self.records[each["id"]]) for each in body["records"]]
        return web.json_response({"records": changed})

    async def _delete(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        reference = request.match_info["record"]
        del self.records[reference]
        return web.json_response({"id": reference, "deleted": True})

    def _refusal(self, request: web.Request) -> web.Response | None:
        self.asked.append(request.method)
        if self.answers:
            status, headers = self.answers.pop(0)
            return _error(status, "RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later", headers)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, "AUTHENTICATION_REQUIRED", "Authentication required")
        if (request.match_info["base"], request.match_info["table"]) != (BASE, TABLE):
            return _error(404, "TABLE_NOT_FOUND", "Could not find table")
        return None


def _is_shown(value: Any) -> bool:
    """An empty field is left out of every answer."""
    return value is not None and value is not False and value != ""


def _shown(reference: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"id": reference, "createdTime": "2026-11-22T08:00:00.000Z", "fields": fields}


def _error(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"type": kind, "message": message}}, status=status, headers=headers)
