"""An OpenAPI document as a fuzz test reads it: the operations, values that fit a schema, and whether an answer does."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

METHODS = ("get", "put", "post", "patch", "delete", "head")
JSON = "application/json"

Schema = Mapping[str, Any]
Values = st.SearchStrategy[Any]


@dataclass(frozen=True)
class Known:
    """Stands for an id that the system under test told by now; which one is seen when the request is sent."""

    name: str
    index: int


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    bodies: Mapping[str, Schema]
    body_required: bool
    responses: Mapping[str, Any]
    scope: str | None
    """What a token needs; None: no token is asked for."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def answer(self, status: int) -> Mapping[str, Any] | None:
        """What the document says of an answer with this status, or None if it says nothing."""
        found: Mapping[str, Any] | None = self.responses.get(str(status), self.responses.get(f"{status // 100}XX"))
        return found


class Document:
    """The whole document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Schema] = document.get("components", {}).get("schemas", {})
        self.operations = [
            _operation(method, path, said)
            for path, item in document["paths"].items()
            for method, said in item.items()
            if method in METHODS
        ]

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        return schema

    def values(self, schema: Schema, name: str = "", depth: int = 0) -> Values:
        """Values that fit a schema, as JSON knows them; on the edges of what fits more often than not."""
        schema = self._resolved(schema)
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return st.one_of([self.values(each, name, depth) for each in schema[several]])
        if "allOf" in schema:
            return self.values(schema["allOf"][0], name, depth)
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            most = min(schema.get("maxItems", 3), 3) if depth < 4 else 0
            items = self.values(schema.get("items", {}), name, depth + 1)
            if "prefixItems" in schema:
                return st.tuples(*(self.values(each, name, depth + 1) for each in schema["prefixItems"])).map(list)
            return st.lists(items, min_size=schema.get("minItems", 0), max_size=max(most, schema.get("minItems", 0)))
        if kind in ("integer", "number"):
            return _numbers(schema)
        if kind == "boolean":
            return st.booleans()
        if kind == "null":
            return st.none()
        return _strings(schema, name) if kind == "string" else st.sampled_from([None, 0, "", [], {}])

    def _object(self, schema: Schema, depth: int) -> Values:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        required = set(schema.get("required", ()))
        parts = {name: self.values(each, name, depth + 1) for name, each in properties.items()}
        if not parts and isinstance(schema.get("additionalProperties"), Mapping):
            return st.dictionaries(st.text(max_size=5), self.values(schema["additionalProperties"], "", depth + 1))
        return st.fixed_dictionaries(
            {name: each for name, each in parts.items() if name in required},
            optional={name: each for name, each in parts.items() if name not in required},
        )

    def misfit(self, value: Any, schema: Schema, at: str = "answer") -> str | None:
        """Why a value does not fit a schema, or None if it does."""
        schema = self._resolved(schema)
        for several in ("anyOf", "oneOf"):
            if several in schema:
                reasons = [self.misfit(value, each, at) for each in schema[several]]
                return None if None in reasons else reasons[0]
        if "const" in schema and value != schema["const"]:
            return f"{at} is {value!r} and not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{at} is {value!r}, which is none of {schema['enum']}"
        kind = schema.get("type")
        if kind is not None and not _is_of(value, kind):
            return f"{at} is {value!r} and no {kind}"
        if kind == "object":
            if missing := set(schema.get("required", ())) - set(value):
                return f"{at} lacks {sorted(missing)}"
            parts = schema.get("properties", {})
            found = (self.misfit(value[name], parts[name], f"{at}.{name}") for name in value if name in parts)
            return next(filter(None, found), None)
        if kind == "array":
            found = (self.misfit(each, schema.get("items", {}), f"{at}[{n}]") for n, each in enumerate(value))
            return next(filter(None, found), None)
        return None


def _operation(method: str, path: str, said: Mapping[str, Any]) -> Operation:
    body = said.get("requestBody", {})
    security: list[Mapping[str, list[str]]] = said.get("security", [])
    return Operation(
        method=method.upper(),
        path=path,
        parameters=tuple(said.get("parameters", ())),
        bodies={kind: each.get("schema", {}) for kind, each in body.get("content", {}).items()},
        body_required=body.get("required", False),
        responses=said.get("responses", {}),
        scope=next((scopes[0] for each in security for scopes in each.values()), None),
    )


def _numbers(schema: Schema) -> Values:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + 1
    if high is None and "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - 1
    edges = [each for each in (low, high) if each is not None] + [
        each
        for each in (-1, 0, 1, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**30)
        if _within(each, low, high)
    ]
    if schema["type"] == "number":
        return st.one_of(st.sampled_from(edges), st.floats(low, high, allow_nan=False, allow_infinity=False))
    whole = st.integers(None if low is None else math.ceil(low), None if high is None else math.floor(high))
    return st.one_of(st.sampled_from(edges), whole)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


_MOMENTS = (
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "1899-12-31T23:59:59.999999+02:21",
    "1970-01-01T00:00:00Z",
    "2026-11-22T08:00:00Z",
    "2026-11-25T10:00:00+02:00",
    "2027-03-26T02:30:00+02:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999-14:00",
)
_DAYS = ("0001-01-01", "1970-01-01", "2026-11-25", "2028-02-29", "9999-12-31")
_WORDS = (
    "",
    " ",
    "דנה כהן",
    "0542345678",
    "+972542345678",
    "wednesday",
    "a@b.example",
    "https://example.com/x",
    "10:00",
)


def _strings(schema: Schema, name: str) -> Values:
    kind = schema.get("format")
    some_id = st.integers(0, 50).map(lambda index: Known(name, index))
    if kind == "uuid":
        return st.one_of(some_id, some_id, st.uuids().map(str))
    if kind == "date-time":
        return st.one_of(st.sampled_from(_MOMENTS), st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat))
    if kind == "date":
        return st.one_of(st.sampled_from(_DAYS), st.dates().map(date.isoformat))
    if kind == "time":
        return st.times().map(lambda each: each.isoformat())
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        text: Values = st.from_regex(schema["pattern"], fullmatch=True)
    else:
        text = st.text(min_size=least, max_size=max(least, min(most or 50, 50)))
        if most is not None:
            text |= st.sampled_from(("x" * most, "א" * most, "\0" * most))
    words = [each for each in _WORDS if least <= len(each) <= (most or 100)]
    if "pattern" not in schema and words:
        text |= st.sampled_from(words)
    is_id = name.endswith("id") or name in ("name", "token", "first", "search", "phone", "after", "cursor", "playbook")
    return st.one_of(some_id, text) if is_id else text


def _is_of(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    return isinstance(value, kinds[kind])
