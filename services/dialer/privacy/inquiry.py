"""Everything that is held on a person, gathered from every service and every stream."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from contracts.contacts import Traces
from contracts.holdings import AskHoldings, Holding, HoldingsShown
from contracts.requests import Refused
from services.dialer.privacy.ledger import held
from services.dialer.privacy.sweeping import Sweep, shown
from services.dialer.privacy.tracing import traces_of
from services.dialer.store import SqlLedger
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable

OTHERS = ("scheduler", "telemetry")
MOST_MESSAGES = 20_000
_TIMEOUT_S = 30.0
_reply: TypeAdapter[HoldingsShown | Refused] = TypeAdapter(HoldingsShown | Refused)


class Inquiry:
    """Asks as often as it takes; the person is not told of it, and nothing is changed."""

    def __init__(self, ledger: SqlLedger, broker: Broker, clock: Clock) -> None:
        self._ledger = ledger
        self._broker = broker
        self._clock = clock

    async def all_on(self, lead_id: str, phone: str | None) -> dict[str, Any]:
        """What is held, by service and kind. Raises Unavailable if a service does not answer: half an answer would be
        a wrong one."""
        async with self._ledger.reading() as reader:
            traces = await traces_of(reader.session, lead_id, phone)
            rows = await held(reader.session, traces, reader.pseudonyms)
        found = {"dialer": _by_kind(rows)}
        for service in OTHERS:
            found[service] = _by_kind(await self._of(service, traces))
        messages: dict[str, list[Any]] = {}
        for stream, message in await shown(Sweep(self._broker, traces), MOST_MESSAGES):
            messages.setdefault(stream, []).append(message)
        return {
            "at": self._clock.now().isoformat(),
            "recognised_by": traces.model_dump(mode="json"),
            "databases": found,
            "streams": messages,
        }

    async def _of(self, service: str, traces: Traces) -> list[Holding]:
        rows: list[Holding] = []
        while True:
            asked = AskHoldings(traces=traces, after=len(rows))
            answer = await self._broker.ask(
                AskHoldings.subject_of(service), asked.model_dump_json().encode(), _TIMEOUT_S
            )
            try:
                page = _reply.validate_json(answer)
            except ValidationError as error:
                raise Unavailable(f"{service} speaks another version: {error}") from error
            if isinstance(page, Refused):
                raise Unavailable(f"{service} cannot say what it holds: {page.detail}")
            rows += page.holdings
            if not page.more:
                return rows


def _by_kind(rows: list[Holding]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for each in rows:
        found.setdefault(each.kind, []).append(each.row)
    return found
