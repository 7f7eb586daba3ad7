"""HubSpot and Airtable as their documents describe the wire, as far as we use it."""

import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.component.telemetry.receiver import serving_app

TOKEN = "a token"
UNIQUE = {"calls": "messiah_call_id", "meetings": "messiah_meeting_id"}


@dataclass
class FakeHubSpot:
    """Objects by kind and id, associations, and properties of each kind."""

    objects: dict[str, dict[str, dict[str, str]]] = field(
        default_factory=lambda: {"contacts": {}, "calls": {}, "meetings": {}}
    )
    associations: set[tuple[str, str, str]] = field(default_factory=set)
    properties: dict[str, set[str]] = field(
        default_factory=lambda: {"contacts": {"phone", "mobilephone", "email"}, "calls": set(), "meetings": set()}
    )
    failures: list[int] = field(default_factory=list)
    """Statuses to answer instead, each once."""
    _ids: Any = field(default_factory=lambda: itertools.count(101))

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/crm/v3/properties/{kind}/{name}", self._property)
        app.router.add_post("/crm/v3/properties/{kind}", self._make_property)
        app.router.add_post("/crm/v3/objects/contacts/search", self._search)
        app.router.add_post("/crm/v3/objects/contacts/gdpr-delete", self._forget)
        app.router.add_post("/crm/v3/objects/{kind}/batch/archive", self._archive)
        app.router.add_post("/crm/v3/objects/contacts", self._create)
        app.router.add_patch("/crm/v3/objects/contacts/{id}", self._update)
        app.router.add_post("/crm/v3/objects/{kind}/batch/upsert", self._upsert)
        app.router.add_post("/crm/v3/objects/{kind}/batch/read", self._read)
        app.router.add_put("/crm/v4/objects/{kind}/{id}/associations/default/contacts/{contact}", self._associate)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, "INVALID_AUTHENTICATION")
        if self.failures:
            return _error(self.failures.pop(0), "RATE_LIMITS")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _property(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        known = name in self.properties[request.match_info["kind"]]
        return web.json_response({"name": name}) if known else _error(404, "OBJECT_NOT_FOUND")

    async def _make_property(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert {"name", "label", "type", "fieldType", "groupName"} <= set(body)
        self.properties[request.match_info["kind"]].add(body["name"])
        return web.json_response(body, status=201)

    async def _search(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert 1 <= len(body["filterGroups"]) <= 5
        found = [
            {"id": its_id, "properties": properties}
            for its_id, properties in self.objects["contacts"].items()
            if any(all(self._fits(each, properties) for each in group["filters"]) for group in body["filterGroups"])
        ]
        return web.json_response({"total": len(found), "results": found[: body["limit"]]})

    def _fits(self, wanted: dict[str, Any], properties: dict[str, str]) -> bool:
        assert wanted["propertyName"] in self.properties["contacts"]
        wants = wanted["values"] if wanted["operator"] == "IN" else [wanted["value"]]
        return properties.get(wanted["propertyName"]) in wants

    async def _create(self, request: web.Request) -> web.Response:
        properties = (await request.json())["properties"]
        email = properties.get("email")
        if email and any(each.get("email") == email for each in self.objects["contacts"].values()):
            return _error(409, "CONFLICT")
        its_id = str(next(self._ids))
        self.objects["contacts"][its_id] = properties
        return web.json_response({"id": its_id, "properties": properties}, status=201)

    async def _update(self, request: web.Request) -> web.Response:
        its_id = request.match_info["id"]
        self.objects["contacts"][its_id] |= (await request.json())["properties"]
        return web.json_response({"id": its_id})

    async def _upsert(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        (given,) = (await request.json())["inputs"]
        key = given["idProperty"]
        assert key == UNIQUE[kind]
        assert key in self.properties[kind]
        its_id = next((i for i, each in self.objects[kind].items() if each[key] == given["id"]), None)
        new = its_id is None
        its_id = its_id or str(next(self._ids))
        self.objects[kind].setdefault(its_id, {}).update(given["properties"])
        return web.json_response({"status": "COMPLETE", "results": [{"id": its_id, "new": new}]}, status=200)

    async def _read(self, request: web.Request) -> web.Response:
        body = await request.json()
        wanted = {each["id"] for each in body["inputs"]}
        kind = request.match_info["kind"]
        found = [i for i, each in self.objects[kind].items() if each[body["idProperty"]] in wanted]
        return web.json_response({"status": "COMPLETE", "results": [{"id": each} for each in found]})

    async def _forget(self, request: web.Request) -> web.Response:
        """For good: the record and its associations; calls and meetings themselves stay."""
        its_id = (await request.json())["objectId"]
        if self.objects["contacts"].pop(its_id, None) is None:
            return _error(404, "OBJECT_NOT_FOUND")
        self.associations = {each for each in self.associations if each[2] != its_id}
        return web.Response(status=204)

    async def _archive(self, request: web.Request) -> web.Response:
        for given in (await request.json())["inputs"]:
            self.objects[request.match_info["kind"]].pop(given["id"], None)
        return web.Response(status=204)

    async def _associate(self, request: web.Request) -> web.Response:
        kind, its_id, contact = (request.match_info[name] for name in ("kind", "id", "contact"))
        assert its_id in self.objects[kind]
        assert contact in self.objects["contacts"]
        self.associations.add((kind, its_id, contact))
        return web.json_response({"status": "COMPLETE", "results": []})


def _error(status: int, category: str) -> web.Response:
    return web.json_response({"status": "error", "category": category, "message": "as documented"}, status=status)


@dataclass
class FakeAirtable:
    """One table: rows by record id."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_patch("/v0/{base}/{table}", self._upsert)
        app.router.add_get("/v0/{base}/{table}", self._list)
        app.router.add_delete("/v0/{base}/{table}", self._delete)
        return app

    async def _delete(self, request: web.Request) -> web.Response:
        gone = request.query.getall("records[]")
        assert len(gone) <= 10
        for its_id in gone:
            del self.rows[its_id]
        return web.json_response({"records": [{"id": each, "deleted": True} for each in gone]})

    async def _list(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return web.json_response({"error": {"type": "AUTHENTICATION_REQUIRED"}}, status=401)
        if request.match_info["table"] != "Calls":
            return web.json_response({"error": {"type": "NOT_FOUND"}}, status=404)
        formula = request.query.get("filterByFormula", "OR()")
        wanted = re.findall(r"{(\w+)}='([^']*)'", formula)
        assert formula == "OR({})".format(",".join(f"{{{column}}}='{value}'" for column, value in wanted))
        records = [
            {"id": its_id, "createdTime": "2026-11-22T08:00:00Z", "fields": fields}
            for its_id, fields in self.rows.items()
            if not wanted or any(fields.get(column) == value for column, value in wanted)
        ]
        return web.json_response({"records": records[: int(request.query.get("maxRecords", "100"))]})

    async def _upsert(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        if self.failures:
            status = self.failures.pop(0)
            error = {"type": "UNKNOWN_FIELD_NAME", "message": 'Unknown field name: "attempt"'}
            return web.json_response({"error": error}, status=status)
        body = json.loads(await request.text())
        (merge_on,) = body["performUpsert"]["fieldsToMergeOn"]
        answer: dict[str, Any] = {"records": [], "createdRecords": [], "updatedRecords": []}
        for record in body["records"]:
            fields = record["fields"]
            its_id = next((i for i, each in self.rows.items() if each[merge_on] == fields[merge_on]), None)
            answer["updatedRecords" if its_id else "createdRecords"].append(its_id)
            its_id = its_id or f"rec{len(self.rows)}"
            self.rows.setdefault(its_id, {}).update(fields)
            answer["records"].append({"id": its_id, "createdTime": "2026-11-22T08:00:00Z", "fields": fields})
        return web.json_response(answer)


@asynccontextmanager
async def running(fake: FakeHubSpot | FakeAirtable) -> AsyncIterator[str]:
    async with serving_app(fake.app()) as url:
        yield url
