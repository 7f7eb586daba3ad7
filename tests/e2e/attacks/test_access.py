"""Who may do what over HTTP: every route of every service asks for a token with a scope, or is listed here."""

import json
from typing import Any

from messiah.openapi import scopes
from messiah.web import build_app
from services.runtime import tokens
from services.runtime.security import Scope
from tests.e2e.attacks.target import Target, connected, may

PUBLIC = {
    ("GET", "/"): "the console's page; it holds no data",
    ("GET", "/docs"): "holds no data",
    ("GET", "/openapi.json"): "holds no data",
    ("GET", "/asyncapi"): "holds no data",
    ("GET", "/asyncapi/{service}"): "holds no data",
    ("GET", "/live"): "for whoever keeps the process running",
    ("GET", "/ready"): "for whoever keeps the process running",
    ("GET", "/ready/{service}"): "for whoever keeps the process running",
    ("GET", "/m/{token}"): "the signed link of an invitation is the key",
    ("POST", "/m/{token}/reschedule"): "the signed link of an invitation is the key",
    ("POST", "/m/{token}/cancel"): "the signed link of an invitation is the key",
    ("GET", "/calendar/{token}.ics"): "the signed address is the key",
    ("POST", "/twilio/answer/{call_id}"): "signed by the carrier",
    ("POST", "/twilio/status/{call_id}"): "signed by the carrier",
    ("POST", "/twilio/amd/{call_id}"): "signed by the carrier",
    ("POST", "/twilio/recording/{call_id}"): "signed by the carrier",
    ("POST", "/twilio/relay-ended/{call_id}"): "signed by the carrier",
    ("*", "/twilio/relay/{call_id}/{secret}"): "a WebSocket, signed by the carrier",
}
"""Routes without a token, and why. Whoever adds one here says so in docs/security.md."""
UNUSUAL = {
    ("POST", "/leads"): Scope.LEADS,
    ("POST", "/leads/upload"): Scope.LEADS,
}
"""Routes whose scope is not `read` for looking and `operate` for changing."""
ADMINISTRATIVE = ("/persons",)
"""Beginnings of paths that need `admin`, whatever is done there."""


def test_every_route_needs_a_scope_or_is_known_to_be_public(target: Target) -> None:
    app = build_app(list(target.system.services.values()))
    seen = set()
    for method, path, scope in scopes(app):
        seen.add((looking := "GET" if method == "HEAD" else method, path))
        if scope is None:
            assert (looking, path) in PUBLIC, f"{method} {path} asks for no token: guard it, or list it in PUBLIC"
        else:
            usual = Scope.READ if method in ("GET", "HEAD") else Scope.OPERATE
            expected = Scope.ADMIN if path.startswith(ADMINISTRATIVE) else UNUSUAL.get((method, path), usual)
            assert scope == expected, f"{method} {path} needs {scope}"
    assert not [each for each in PUBLIC if each not in seen], "no such route any more"


def test_no_operation_answers_without_its_scope(target: Target) -> None:
    for operation in target.document().operations:
        if operation.scope is None:
            continue
        path = operation.path.replace("{action}", "start")
        for name in [part.strip("{}") for part in path.split("/") if part.startswith("{")]:
            path = path.replace(f"{{{name}}}", target.known(name, 0))
        kind = next(iter(operation.bodies), "application/json")
        for bearer, token in {"wrong": f"msh_{'0' * 12}_x", **target.bearers}.items():
            if bearer != "wrong" and may(bearer, operation.scope):
                continue
            headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
            answer = target.ask(operation.method, path, b"{}" if operation.bodies else None, headers)
            assert answer.status == (401 if bearer == "wrong" else 403), f"{operation} as {bearer}: {answer}"
        answer = target.ask(operation.method, path, b"{}" if operation.bodies else None, {"Content-Type": kind})
        assert answer.status == 401, f"{operation} without a token: {answer}"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_that_is_revoked_is_void_in_the_whole_system(target: Target) -> None:
    async def made() -> tuple[str, str]:
        async with connected(target.system.nats_url) as broker:
            token, text = await tokens.create(broker, "short-lived", frozenset({Scope.READ}))
            return token.id, text

    async def revoked(id_: str) -> None:
        async with connected(target.system.nats_url) as broker:
            await tokens.revoke(broker, id_)

    id_, text = target.run(made())
    headers = {"Authorization": f"Bearer {text}"}
    target.until(lambda: target.ask("GET", "/leads", None, headers).status == 200)
    target.run(revoked(id_))
    target.until(lambda: target.ask("GET", "/leads", None, headers).status == 401)


def test_answers_tell_no_secret(target: Target) -> None:
    """Neither documents nor errors show what is kept of tokens, or the settings' secrets."""
    secrets = [tokens.split(each)[1] for each in target.bearers.values()]
    secrets += [tokens.hash_of(each) for each in secrets] + ["a secret of the fuzz test", "postgres@"]
    headers = {"Authorization": f"Bearer {target.bearers['admin']}"}
    for path in ("/openapi.json", "/asyncapi", "/docs", "/metrics", "/ready", "/webhooks", "/calendars", "/nowhere"):
        body = target.ask("GET", path, None, headers).body.decode()
        assert not [each for each in secrets if each in body], path


def test_no_other_site_may_read_and_no_page_may_be_framed(target: Target) -> None:
    for path in ("/", "/docs", "/leads", "/nowhere", "/m/forged", "/live", "/openapi.json"):
        answer = target.ask("GET", path, None, {"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers, path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff", path
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = target.ask("OPTIONS", "/leads", None, asked)
    assert answer.status >= 400
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_of_the_documents_needs_nothing_from_elsewhere(target: Target) -> None:
    page = target.ask("GET", "/docs").body.decode()
    document: dict[str, Any] = json.loads(target.ask("GET", "/openapi.json").body)
    assert "<script" not in page
    assert not [part for part in page.split('"') if part.startswith(("http:", "https:", "//"))]
    assert all(path in page for path in document["paths"])
