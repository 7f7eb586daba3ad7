"""OpenTelemetry spans, exported over OTLP/HTTP where an endpoint is set; where none is, they cost a comparison.

Two kinds of trace follow a call. The call's own has the call's id as its trace id: requests of the carrier, handled
messages, requests to it, deliveries. Each turn has one of its own, linked to the call: the caller's wait, the answer,
the models and the scheduler asked for it. Both ids are made of what they are about, so that every process names the
same trace without being told; and whoever handles a message goes on from the `traceparent` it carries.
"""

import hashlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Span, Tracer

Kind = Literal["internal", "server", "client", "consumer"]
Attributes = Mapping[str, str | int | float | bool] | None
NOTHING: AbstractContextManager[None] = nullcontext()
EXPORT_TIMEOUT_S = 5.0
_MASK = (1 << 64) - 1
_exporting: "SpanProcessor | None" = None


class Place(NamedTuple):
    """A trace and a span in it."""

    trace_id: int
    span_id: int

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-01"


def of_call(call_id: UUID) -> Place:
    """The root of a call's trace."""
    return Place(call_id.int, call_id.int & _MASK)


def of_turn(call_id: UUID, turn: int) -> Place:
    """The root of the trace of one turn."""
    digest = hashlib.blake2b(turn.to_bytes(4, "big"), key=call_id.bytes, digest_size=16).digest()
    trace_id = int.from_bytes(digest, "big")
    return Place(trace_id, trace_id & _MASK)


def read(headers: Mapping[str, str] | None) -> Place | None:
    """Where a message or a request comes from, as far as it says so."""
    parts = (headers or {}).get("traceparent", "").split("-")
    if len(parts) < 4 or len(parts[1]) != 32 or len(parts[2]) != 16:
        return None
    try:
        place = Place(int(parts[1], 16), int(parts[2], 16))
    except ValueError:
        return None
    return place if place.trace_id and place.span_id else None


def here() -> Place | None:
    """The span that runs now; None where nothing is traced."""
    if _exporting is None:
        return None
    from opentelemetry.trace import get_current_span

    context = get_current_span().get_span_context()
    return Place(context.trace_id, context.span_id) if context.is_valid else None


class Spans:
    """The spans of one service."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._made_for: SpanProcessor | None = None
        self._provider: TracerProvider | None = None
        self._ids: Any = None

    @property
    def on(self) -> bool:
        """Whether spans go anywhere; ask before making what only they need."""
        return _exporting is not None

    def handling(self, name: str, headers: Mapping[str, str] | None) -> "AbstractContextManager[Span | None]":
        """A span around the handling of a message, below the one it was told in."""
        return self.span(name, "consumer", read(headers)) if self.on else NOTHING

    def in_turn(self, name: str, call_id: UUID, turn: int) -> "AbstractContextManager[Span | None]":
        """A span below the root of a turn."""
        if not self.on:
            return NOTHING
        return self.span(name, parent=of_turn(call_id, turn), attributes={"turn": turn})

    def span(
        self, name: str, kind: Kind = "internal", parent: Place | None = None, attributes: Attributes = None
    ) -> "AbstractContextManager[Span | None]":
        """A span around a block; within it, it is the parent of others. Without `parent` it goes on from `here`."""
        if _exporting is None:
            return NOTHING
        return self._tracer(_exporting).start_as_current_span(
            name, context=_context(parent), kind=_kind(kind), attributes=attributes
        )

    def record(
        self,
        name: str,
        seconds: float,
        *,
        place: Place | None = None,
        parent: Place | None = None,
        links: Sequence[Place] = (),
        error: str | None = None,
        attributes: Attributes = None,
    ) -> None:
        """A span that ended just now and took so long. `place` makes it the root of its trace."""
        if _exporting is None:
            return
        from opentelemetry.context import Context
        from opentelemetry.trace import Link, Status, StatusCode

        tracer, end = self._tracer(_exporting), time.time_ns()
        self._ids.forced = place
        try:
            span = tracer.start_span(
                name,
                context=Context() if place else _context(parent),
                attributes=attributes,
                links=[Link(_span_context(each)) for each in links],
                start_time=end - int(seconds * 1e9),
            )
        finally:
            self._ids.forced = None
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, error))
        span.end(end)

    def _tracer(self, processor: "SpanProcessor") -> "Tracer":
        if self._provider is None or self._made_for is not processor:
            from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
            from opentelemetry.sdk.trace import TracerProvider

            self._ids = _ids()
            resource = Resource({SERVICE_NAME: self._service, SERVICE_NAMESPACE: "messiah"})
            self._provider = TracerProvider(id_generator=self._ids, resource=resource, shutdown_on_exit=False)
            self._provider.add_span_processor(processor)
            self._made_for = processor
        return self._provider.get_tracer("messiah")


@asynccontextmanager
async def exporting(endpoint: str | None, headers: str | None = None) -> AsyncIterator[None]:
    """Export the spans of this process while the block runs; without an endpoint there are none."""
    global _exporting
    if endpoint is None or _exporting is not None:
        yield
        return
    import asyncio

    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    pairs = (pair.partition("=") for pair in (headers or "").split(",") if "=" in pair)
    exporter = OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/v1/traces",
        headers={name.strip(): value.strip() for name, _, value in pairs},
        timeout=EXPORT_TIMEOUT_S,
    )
    _exporting = processor = BatchSpanProcessor(exporter)
    try:
        yield
    finally:
        _exporting = None
        await asyncio.to_thread(processor.shutdown)  # it sends what is left, and may wait for it


def _context(parent: Place | None) -> "Context | None":
    if parent is None:
        return None
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, set_span_in_context

    return set_span_in_context(NonRecordingSpan(_span_context(parent)), Context())


def _span_context(place: Place) -> Any:
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(place.trace_id, place.span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _kind(kind: Kind) -> Any:
    from opentelemetry.trace import SpanKind

    return SpanKind[kind.upper()]


def _ids() -> Any:
    """Random ids, except for the root of a trace whose ids are made of what it is about."""
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        forced: Place | None = None

        def generate_trace_id(self) -> int:
            return self.forced.trace_id if self.forced else super().generate_trace_id()

        def generate_span_id(self) -> int:
            return self.forced.span_id if self.forced else super().generate_span_id()

    return Ids()
