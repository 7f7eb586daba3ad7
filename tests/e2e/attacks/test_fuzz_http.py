"""Every operation of the OpenAPI document under requests that nobody sane sends: never a 5xx, and nothing undeclared.

FUZZ_EXAMPLES is how many requests each operation gets (more than the default are drawn anew each time), FUZZ_ONLY a
part of the operations' names: `FUZZ_EXAMPLES=500 FUZZ_ONLY=/meetings pytest tests/e2e/attacks/test_fuzz_http.py`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.e2e.attacks import hostile
from tests.e2e.attacks.openapi import JSON, Document, Operation
from tests.e2e.attacks.target import Answer, Target, may

FEW = 6
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", FEW))
ONLY = os.environ.get("FUZZ_ONLY", "")
PROBLEM = "application/problem+json"
FORM = "application/x-www-form-urlencoded"
NO_HTTP = b"Invalid HTTP request received."
SHOWN = 1500


@dataclass(frozen=True)
class Attempt:
    """A request before it is known which ids there are."""

    operation: Operation
    path: Mapping[str, Any]
    query: tuple[tuple[str, Any], ...]
    headers: Mapping[str, str]
    body: Any
    content_type: str | None
    bearer: str | None


@st.composite
def attempts(draw: st.DrawFn, document: Document, operation: Operation) -> Attempt:
    """Mostly right with one thing wrong: what is all wrong is refused at the first look."""
    wrong = draw(st.sampled_from(("nothing", "path", "query", "query", "body", "body", "body", "bytes", "headers")))
    path, query = {}, []
    for each in operation.parameters:
        value = draw(document.values(each["schema"], each["name"]))
        if each["in"] == "path":
            path[each["name"]] = draw(hostile.TEXTS | hostile.MOMENTS) if wrong == "path" else value
        elif each["in"] == "query" and (each.get("required") or draw(st.booleans())):
            several = value if isinstance(value, list) else [value]
            if wrong == "query" and draw(st.booleans()):
                several = draw(st.lists(hostile.TEXTS | hostile.MOMENTS | hostile.NUMBERS, max_size=3))
            query += [(each["name"], one) for one in several]
    if wrong == "query":
        query += draw(st.lists(st.tuples(hostile.TEXTS, hostile.TEXTS), max_size=2))
    body, kind = None, None
    if operation.bodies and (operation.body_required or draw(st.booleans())):
        kind = draw(st.sampled_from(sorted(operation.bodies)))
        body = draw(document.values(operation.bodies[kind]))
        body = draw(hostile.spoiled(body)) if wrong == "body" else body
    if wrong == "bytes":
        body = draw(hostile.BODIES)
        kind = draw(st.one_of(st.just(kind or JSON), hostile.CONTENT_TYPES))
    bearer = draw(st.sampled_from(("admin",) * 8 + (None, "wrong", "read", "leads:write", "operate")))
    headers = dict(draw(st.lists(hostile.HEADERS, max_size=3))) if wrong == "headers" else {}
    return Attempt(operation, path, tuple(query), headers, body, kind, bearer)


def send(target: Target, attempt: Attempt) -> tuple[str, Answer]:
    """Send it, and show how it was sent."""
    path = attempt.operation.path
    for name, value in attempt.path.items():
        path = path.replace(f"{{{name}}}", _quoted(target.filled(value)) or "%20")
    query = "&".join(f"{_quoted(name)}={_quoted(target.filled(value))}" for name, value in attempt.query)
    url = f"{path}?{query}"[:20_000] if query else path[:20_000]
    headers = dict(attempt.headers)
    if attempt.content_type is not None:
        headers["Content-Type"] = attempt.content_type
    if attempt.bearer is not None:
        headers["Authorization"] = f"Bearer {target.bearers.get(attempt.bearer, 'msh_000000000000_wrong')}"
    body = None if attempt.body is None else _body(target, attempt, headers)
    shown = f"{attempt.operation.method} {url[:SHOWN]} as {attempt.bearer} {attempt.headers}\n{(body or b'')[:SHOWN]!r}"
    return shown, target.ask(attempt.operation.method, url, body, headers)


def _body(target: Target, attempt: Attempt, headers: dict[str, str]) -> bytes:
    if isinstance(attempt.body, bytes):
        return attempt.body
    value, kind = target.filled(attempt.body), attempt.content_type or ""
    if kind.endswith("json"):
        return hostile.written(value).encode()
    fields = value if isinstance(value, dict) else {"file": value}
    if kind == FORM:
        return "&".join(f"{_quoted(name)}={_quoted(each)}" for name, each in fields.items()).encode()
    if kind == "multipart/form-data":
        headers["Content-Type"] = "multipart/form-data; boundary=x"
        head = 'Content-Disposition: form-data; name="{0}"; filename="{0}"'.format
        parts = (f"--x\r\n{head(_plain(name))}\r\n\r\n{_plain(each)}\r\n" for name, each in fields.items())
        return ("".join(parts) + "--x--\r\n").encode(errors="surrogatepass")
    return _plain(value).encode(errors="surrogatepass")


def _plain(value: Any) -> str:
    if isinstance(value, hostile.Raw):
        return value.text
    return {True: "true", False: "false"}.get(value, "") if value is None or isinstance(value, bool) else str(value)


def _quoted(value: Any) -> str:
    return quote(_plain(value).encode(errors="surrogatepass"), safe="")


def fault(document: Document, attempt: Attempt, answer: Answer) -> str | None:
    """What is wrong with an answer, or None."""
    operation, status = attempt.operation, answer.status
    if status >= 500:
        return "a 5xx"
    if status in (404, 405) and answer.kind == PROBLEM and "no such address" in str(answer.told["detail"]):
        return None  # the path was spoiled so much that it is another's, or nobody's
    if answer.body == NO_HTTP:
        return None  # so wrong that the server did not take it for a request
    declared = operation.answer(status)
    if declared is None:
        return "a status that the document does not name"
    if operation.scope is not None and status < 400 and not may(_scope(attempt.bearer), operation.scope):
        return f"done without the scope {operation.scope}"
    if answer.headers.get("x-content-type-options") != "nosniff":
        return "an answer whose kind may be guessed"
    kinds = declared.get("content", {})
    if answer.body and kinds and answer.kind not in kinds and not any(kind.startswith(answer.kind) for kind in kinds):
        return f"a {answer.kind}, where {sorted(kinds)} is declared"
    if answer.kind == PROBLEM:
        told = answer.told
        if told["status"] != status or not told["detail"] or not told["title"]:
            return "a problem that does not say what it is"
        if status == 422 and not told.get("field") and not told.get("errors"):
            return "a fault without its field"
    schema = kinds.get(answer.kind, {}).get("schema")
    return document.misfit(answer.told, schema) if schema and answer.body and answer.kind.endswith("json") else None


def _scope(bearer: str | None) -> str | None:
    return None if bearer == "wrong" else bearer


def test_no_request_ends_in_an_error_of_ours_or_in_an_answer_that_is_not_declared(target: Target) -> None:
    document = target.document()
    chosen = [each for each in document.operations if ONLY in str(each)]
    assert chosen
    findings = [found for each in chosen if (found := attack(target, document, each)) is not None]
    assert not findings, "\n\n".join(findings)
    assert target.ask("GET", "/ready").status == 200


def attack(target: Target, document: Document, operation: Operation) -> str | None:
    """The first finding at one operation, as small as it gets."""
    found: list[str] = []

    @examples(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES <= FEW,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(attempts(document, operation))
    def one(attempt: Attempt) -> None:
        target.errors.clear()
        shown, answer = send(target, attempt)
        if answer.status < 300 and answer.body and answer.kind == JSON:
            target.learn(answer.told)
        if wrong := fault(document, attempt, answer):
            found.append(
                f"{operation}: {wrong}\n{shown}\n{answer.status} {answer.body[:SHOWN]!r}\n" + "\n".join(target.errors)
            )
            raise AssertionError(wrong)

    try:
        one()
    except Exception as error:  # what hypothesis makes of several findings, or of one that does not come again
        return found[-1] if found else f"{operation}: {error!r}"
    return None
