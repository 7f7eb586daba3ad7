"""Who is let in, who is sent away, and what a request may weigh: one application, asked by all sorts of clients."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.testclient import TestClient

from messiah.web import build_app
from services.runtime import limits, problems, tokens
from services.runtime.bodies import Bodies
from services.runtime.broker import Broker
from services.runtime.limits import Limit, neighbourhood
from services.runtime.security import Scope, guarded
from services.runtime.service import Service
from services.runtime.settings import RuntimeSettings

SECRET = "s" * 43


def made(name: str, *scopes: Scope) -> tuple[tokens.Token, str]:
    """A token and its text."""
    id_ = name.encode().hex()[:12].ljust(12, "0")
    token = tokens.Token(
        id=id_,
        name=name,
        scopes=frozenset(scopes),
        secret_hash=tokens.hash_of(SECRET),
        created_at="2026-01-01T00:00Z",  # type: ignore[arg-type]
    )
    return token, f"msh_{id_}_{SECRET}"


READER, READER_TEXT = made("reader", Scope.READ)
FORM, FORM_TEXT = made("form", Scope.LEADS)
OPERATOR, OPERATOR_TEXT = made("boss", Scope.OPERATE)
ADMIN, ADMIN_TEXT = made("admin", Scope.ADMIN)


def service() -> Service:
    made = Service("dialer", Broker("nats://127.0.0.1:1", "dialer"))
    routes = APIRouter(dependencies=guarded())

    @routes.get("/things")
    async def look() -> str:
        return "seen"

    @routes.post("/things")
    async def change(request: Request) -> int:
        return len(await request.body())

    @routes.post("/leads", dependencies=guarded(scope=Scope.LEADS))
    async def hand_in() -> str:
        return "taken"

    @routes.delete("/people", dependencies=guarded(scope=Scope.ADMIN))
    async def erase() -> str:
        return "gone"

    @routes.post("/large")
    async def large(request: Request) -> int:
        return len(await request.body())

    @routes.get("/live-calls")
    async def live_calls() -> str:
        return "seen"

    signed = APIRouter()

    @signed.post("/carrier/tells")
    async def told() -> str:
        return "heard"

    made.routers += [routes, signed]
    made.signed_paths.append("/carrier/")
    made.body_limits["/large"] = 100_000
    return made


class Clients:
    """The application and who asks it."""

    def __init__(self, known: dict[str, tokens.Token] | None, **given: Any) -> None:
        running = service()
        running.tokens.known = known
        self.app = build_app([running], RuntimeSettings(_env_file=None, **given))

    def at(self, address: str = "127.0.0.1", token: str | None = None, **headers: Any) -> TestClient:
        headers |= {"Authorization": f"Bearer {token}".encode()} if token is not None else {}
        return TestClient(
            self.app,
            "http://localhost",
            client=(address, 1),
            headers=headers,
            raise_server_exceptions=False,
        )


def known(*found: tokens.Token) -> dict[str, tokens.Token]:
    return {each.id: each for each in found}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time limits go by, in seconds; a test moves it."""
    now = [1000.0]
    monkeypatch.setattr(limits.Limit.__init__, "__defaults__", (lambda: now[0],))
    return now


ASKS = [
    ("GET", "/things", Scope.READ),
    ("POST", "/things", Scope.OPERATE),
    ("POST", "/leads", Scope.LEADS),
    ("DELETE", "/people", Scope.ADMIN),
    ("GET", "/metrics", Scope.READ),
    ("GET", "/live-calls", Scope.READ),
]
MAY = {
    READER_TEXT: {Scope.READ},
    FORM_TEXT: {Scope.LEADS},
    OPERATOR_TEXT: {Scope.READ, Scope.LEADS, Scope.OPERATE},
    ADMIN_TEXT: set(Scope),
    "the bootstrap": set(Scope),
}


@pytest.mark.parametrize(("method", "path", "scope"), ASKS)
@pytest.mark.parametrize("token", MAY, ids=["reader", "form", "operator", "admin", "bootstrap"])
def test_a_token_is_good_for_its_scopes_and_no_more(method, path, scope, token):
    clients = Clients(known(READER, FORM, OPERATOR, ADMIN), messiah_api_token="the bootstrap")
    answer = clients.at("198.41.0.4", token).request(method, path)
    if scope in MAY[token]:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert f"--scope {scope}" in answer.json()["detail"]


@pytest.mark.parametrize("token", [None, "", "wrong", "the bootstrap ", READER_TEXT[:-1], "ü", "\x7f"])
def test_without_a_good_token_nothing_is_answered_and_the_cure_is_told(token):
    clients = Clients(known(READER), messiah_api_token="the bootstraq")
    answer = clients.at(token=token).get("/things")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "messiah token create" in answer.json()["detail"]


def test_a_bootstrap_token_may_be_any_text():
    assert Clients({}, messiah_api_token="סוד").at(token="סוד").get("/things").status_code == 200


def test_another_scheme_is_no_token():
    clients = Clients(known(READER))
    assert clients.at(Authorization="Basic bXNoOng=").get("/things").status_code == 401
    assert clients.at(Authorization=f"bearer {READER_TEXT}").get("/things").status_code == 200


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("198.41.0.4", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"Host": "calls.example.com"}),
    ],
)
def test_without_any_token_only_who_is_near_and_straight_is_answered(address, headers):
    clients = Clients({})
    assert clients.at().get("/things").status_code == 200
    assert clients.at("192.168.1.7", Host="messiah:8000").post("/things").status_code == 200
    answer = clients.at(address, **headers).get("/things")
    assert answer.status_code == 401
    assert "private network" in answer.json()["detail"]


def test_once_a_token_was_made_being_near_is_not_enough_even_if_it_is_void():
    void = READER.model_copy(update={"revoked_at": READER.created_at})
    assert Clients(known(READER)).at().get("/things").status_code == 401
    assert Clients(known(void)).at().get("/things").status_code == 401


def test_while_the_tokens_are_not_known_only_the_bootstrap_token_is_believed():
    with_bootstrap = Clients(None, messiah_api_token="the bootstrap")
    assert with_bootstrap.at(token="the bootstrap").get("/things").status_code == 200
    assert with_bootstrap.at(token=READER_TEXT).get("/things").status_code == 503
    assert with_bootstrap.at().get("/things").status_code == 401
    assert Clients(None).at().get("/things").status_code == 503


def test_an_application_without_a_doorkeeper_lets_nobody_in():
    from fastapi import FastAPI

    from services.runtime import problems

    bare = FastAPI()
    problems.install(bare)
    bare.include_router(service().routers[0])
    assert TestClient(bare).get("/things").status_code == 401


def test_every_token_has_its_own_allowance_for_looking_and_for_changing(clock):
    clients = Clients(known(READER, OPERATOR), http_reads_per_minute=3, http_writes_per_minute=2)
    reader, operator = clients.at(token=READER_TEXT), clients.at(token=OPERATOR_TEXT)
    assert [reader.get("/things").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [operator.post("/things").status_code for _ in range(3)] == [200, 200, 429]
    assert operator.get("/things").status_code == 200

    refused = reader.get("/things")
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.headers["retry-after"], refused.json()["status"]) == ("20", 429)
    clock[0] += 20
    assert [reader.get("/things").status_code for _ in range(2)] == [200, 429]
    clock[0] += 600
    assert [reader.get("/things").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_what_tells_of_health_and_what_the_carrier_signs_has_no_limit():
    clients = Clients({}, http_reads_per_minute=1, http_writes_per_minute=1)
    client = clients.at()
    for path in ("/live", "/ready", "/ready/dialer", "/metrics"):
        assert 429 not in {client.get(path).status_code for _ in range(3)}
    assert {client.post("/carrier/tells").status_code for _ in range(3)} == {200}
    assert [client.get("/live-calls").status_code for _ in range(2)] == [200, 429]
    assert client.get("/docs").status_code == 429


def test_the_carriers_webhooks_and_health_are_answered_whatever_token_is_sent():
    clients = Clients(known(READER))
    assert clients.at("198.41.0.4", "wrong").post("/carrier/tells").status_code == 200
    assert clients.at("198.41.0.4", "wrong").get("/live").status_code == 200
    assert clients.at("198.41.0.4", "wrong").get("/metrics").status_code == 401


def test_somebody_who_guesses_is_not_answered_for_a_while_even_if_the_guess_is_right(clock):
    clients = Clients(known(READER), messiah_api_token="weak", http_failures_per_minute=3)
    guesser = clients.at("198.41.0.4", "guess")
    assert [guesser.get("/things").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert int(guesser.get("/things").headers["retry-after"]) == 20
    assert clients.at("198.41.0.4", "weak").get("/things").status_code == 429
    assert clients.at("198.41.0.4", READER_TEXT).get("/things").status_code == 200  # nobody guesses that
    assert clients.at("198.41.0.4", READER_TEXT[:-1]).get("/things").status_code == 429
    assert clients.at("198.41.0.5", "weak").get("/things").status_code == 200
    clock[0] += 20
    assert clients.at("198.41.0.4", "weak").get("/things").status_code == 200


def test_a_machine_with_many_addresses_is_one_client():
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff:2")
    assert neighbourhood("2001:db8::1") != neighbourhood("2001:db8:0:1::1")
    assert neighbourhood("::ffff:198.41.0.4") == neighbourhood("198.41.0.4")
    assert neighbourhood("testclient") == "testclient"


def test_clients_without_number_share_what_is_left_and_take_no_more_memory(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEYS", 10)
    limit = Limit(1, lambda: 0.0)
    assert [limit.take(n) for n in range(10)] == [0] * 10
    assert limit.take("another") == 0
    assert limit.take("yet another") > 0
    assert limit.take(3) > 0
    assert len(limit._full_at) == 11


def test_a_body_weighs_at_most_what_its_route_allows_told_or_not():
    client = Clients({}, http_body_kb=16).at()

    def parts(size: int) -> Iterator[bytes]:
        yield from [b"x" * 1000] * (size // 1000)

    assert client.post("/things", content=b"x" * 16_000).json() == 16_000
    assert client.post("/large", content=b"x" * 90_000).json() == 90_000
    for answer in (
        client.post("/things", content=b"x" * 17_000),
        client.post("/things", content=parts(17_000)),
        client.post("/large", content=parts(101_000)),
    ):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert "at most" in answer.json()["detail"]


async def test_a_body_that_trickles_is_ended_and_a_client_that_waits_is_not():
    app = build_app([service()], RuntimeSettings(_env_file=None, messiah_api_token="t", http_body_seconds=0.01))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/things",
        "raw_path": b"/things",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"authorization", b"Bearer t")],
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
        "scheme": "http",
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def trickle() -> Any:
        if not sent:
            await asyncio.Event().wait()

    await app(scope, trickle, send)
    assert sent[0]["status"] == 408

    heard = asyncio.Event()

    async def waits(_: Any, receive: Any, __: Any) -> None:
        assert (await receive())["body"] == b"all"
        assert (await receive())["type"] == "http.disconnect"
        heard.set()

    messages = iter([{"type": "http.request", "body": b"all"}, {"type": "http.disconnect"}])

    async def later() -> Any:
        message = next(messages)
        if message["type"] == "http.disconnect":
            await asyncio.sleep(0.05)  # longer than a body may take
        return message

    await Bodies(waits, most=10, grace_s=0.01)(scope, later, send)
    assert heard.is_set()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("\\u0000", 422),
        ("\\ud800", 422),
        ("\\udc00", 422),
        ("\\ud83d\\ude00", 200),
        ("א", 200),
    ],
)
def test_what_is_no_text_comes_in_nowhere(text: str, status: int) -> None:
    app = FastAPI()
    problems.install(app)

    @app.post("/things")
    async def take(thing: dict[str, str]) -> dict[str, str]:
        return thing

    app.add_middleware(Bodies, most=1000, grace_s=10)
    body = f'{{"name":"{text}"}}'.encode()
    answer = TestClient(app).post("/things", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert status == 200 or answer.json()["field"] == "body"
