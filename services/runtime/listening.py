"""How a service hears business events and answers requests: FastStream subscribers with one way to fail.

A handler that returns is acknowledged. What becomes of a failed message is decided in `errors.decide`: retried
after a delay, or sent to the dead letters with its bytes. Nothing else stops.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from faststream import AckPolicy, BaseMiddleware
from faststream.nats import JStream, NatsMessage, PullSub
from nats.aio.msg import Msg
from pydantic import BaseModel, ValidationError

from contracts.event import Event, kind_of
from contracts.requests import RefusalReason, Refused
from contracts.streams import Consumer
from services.runtime.broker import Broker
from services.runtime.dead_letters import bury, is_for
from services.runtime.errors import Action, Failure, InvalidMessage, NotFound, decide
from services.runtime.logs import about, logger
from services.runtime.nats_client import Place, place_of
from services.runtime.pulls import PULL_S

log = logger(__name__)

TOGETHER_S = 1.0
"""Where several are handled at once, the client waits so long for all of them before it hands on the first."""
DONE = "done"
"""What is counted of a request that was not refused."""

E = TypeVar("E", bound=Event)
Q = TypeVar("Q", bound=BaseModel)


def listen(
    broker: Broker, consumer: Consumer, kind: type[E], handler: Callable[[E], Awaitable[None]], at_once: int = 1
) -> None:
    """Hand every fact of `kind` to `handler` through a provisioned durable consumer: one at a time and in order, unless
    several may be handled `at_once`."""

    async def handle(event: E) -> None:
        await handler(event)

    async def decode(message: NatsMessage) -> E:
        return read(message.raw_message, kind)

    _wear(handle, handler, "event", kind)
    broker.faststream.subscriber(
        consumer.subjects[0],
        stream=JStream(consumer.stream, declare=False),
        durable=consumer.name,
        pull_sub=PullSub(at_once, timeout=PULL_S if at_once == 1 else TOGETHER_S),
        max_workers=at_once,
        ack_policy=AckPolicy.MANUAL,
        decoder=decode,
        title=consumer.name,
        description=kind.__doc__,
    )(handle)


def answer(
    broker: Broker,
    subject: str,
    kind: type[Q],
    handler: Callable[[Q], Awaitable[BaseModel]],
) -> None:
    """Answer core requests on `subject`; replicas share them. Every failure becomes a typed refusal."""

    for reply in (DONE, *RefusalReason):
        broker.answered(subject, reply, 0)  # counted from 0, so that the first one is seen to be one more

    async def handle(request: Q) -> bytes:
        return _said(broker, subject, await handler(request))

    async def decode(message: NatsMessage) -> Q:
        try:
            return kind.model_validate_json(message.body)
        except ValidationError as error:
            raise InvalidMessage(str(error)) from error

    _wear(handle, handler, "request", kind)
    broker.faststream.subscriber(
        subject,
        queue=broker.name,
        decoder=decode,
        title=subject,
        description=kind.__doc__,
    )(handle)


def read(message: Msg, kind: type[E]) -> E:
    """The fact in a stream's message. Raises InvalidMessage if it is not one of `kind`."""
    return read_at(place_of(message), message, kind)


def read_at(place: Place, message: Msg, kind: type[E]) -> E:
    """The same for who knows the message's place."""
    try:
        return kind.from_message(message.data, stream=place.stream, sequence=place.sequence, stored_at=place.stored_at)
    except RecursionError as error:
        raise InvalidMessage("the message is nested too deeply") from error
    except ValueError as error:
        raise InvalidMessage(str(error)) from error


async def settle(broker: Broker, message: Msg, error: Exception) -> None:
    """Retry or bury a stream's message whose handler failed."""
    place = message.metadata
    decision = decide(error, place.num_delivered)
    if decision.action is Action.RETRY:
        log.warning("handler failed; retrying", consumer=place.consumer, error=repr(error), exc_info=error)
        await message.nak(delay=decision.delay_s)
        return
    await bury(
        broker,
        body=message.data,
        headers=message.headers,
        subject=message.subject,
        stream=place.stream,
        consumer=place.consumer,
        sequence=place.sequence.stream,
        error=error,
    )
    await message.ack()


class Settling(BaseMiddleware[Any, Any]):
    """Acknowledges what was handled, settles what was not, and turns a failed request into a refusal."""

    async def consume_scope(self, call_next: Callable[..., Awaitable[Any]], msg: Any) -> Any:
        message: Msg = msg.raw_message
        broker: Broker = self.context.get("messiah_broker")
        name = f"handle {_name(message)}" if broker.spans.on else ""
        with about(message.subject), broker.spans.handling(name, message.headers):
            return await self._consume(broker, message, call_next, msg)

    async def _consume(self, broker: Broker, message: Msg, call_next: Callable[..., Awaitable[Any]], msg: Any) -> Any:
        if not message.reply.startswith("$JS.ACK"):
            try:
                return await call_next(msg)
            except Exception as error:
                return _said(broker, message.subject, _refusal(error))
        try:
            if is_for(message.headers, message.metadata.consumer):
                await call_next(msg)
        except Exception as error:
            await settle(broker, message, error)
            return None
        await message.ack()
        return None


def _said(broker: Broker, subject: str, reply: BaseModel) -> bytes:
    """A reply as it goes over the wire, counted."""
    broker.answered(subject, reply.reason.value if isinstance(reply, Refused) else DONE, 1)
    return reply.model_dump_json().encode()


def _refusal(error: Exception) -> Refused:
    if isinstance(error, InvalidMessage):
        return Refused(reason=RefusalReason.INVALID, detail=str(error))
    if isinstance(error, NotFound):
        return Refused(reason=RefusalReason.NOT_FOUND, detail=error.detail)
    if isinstance(error, Failure):
        return Refused(reason=RefusalReason.UNAVAILABLE, detail=error.detail)
    log.error("request failed", error=repr(error), exc_info=error)
    return Refused(reason=RefusalReason.UNAVAILABLE, detail="the service failed to answer; its log says why")


def _wear(wrapper: Any, handler: Any, parameter: str, kind: type) -> None:
    """Give a wrapper the name and annotation that FastStream validates by and AsyncAPI shows."""
    wrapper.__name__ = getattr(handler, "__name__", "handle")
    wrapper.__doc__ = handler.__doc__
    wrapper.__annotations__ = {parameter: kind}


def _name(message: Msg) -> str:
    """What a message is, without the ids in its subject."""
    kind = kind_of(message.subject)
    return kind.__name__ if kind else message.subject
