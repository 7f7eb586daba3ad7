"""Structured logs: one line an event, phone numbers masked whatever the field they hide in."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

from services.runtime import spans

_PHONE = re.compile(r"(?<![\w-])(\+?\d{2,3})[\d-]{5,9}(\d{2})(?![\w-])")
_WRITTEN = re.compile(r"(?<![\w.-])(\+\d{1,3}|\(?0\d)[ \d()-]{5,14}(\d{2})(?![\w-])")
"""As people write numbers, with spaces and brackets."""


def mask(text: str) -> str:
    """The text with all but the first and last digits of every phone number hidden.

    >>> mask("call to +972542345678 failed")
    'call to +972*****78 failed'
    >>> mask("054 234 5678")
    '05*****78'
    """
    return _WRITTEN.sub(r"\1*****\2", _PHONE.sub(r"\1*****\2", text))


def _mask_event(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for field, value in event.items():
        if field not in _IDS:
            event[field] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    """A value with every number in it masked, however deep."""
    match value:
        case str():
            return mask(value)
        case Mapping():
            return {name: _masked(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(each) for each in value]
        case _:
            return value


_IDS = {"timestamp", "event_id", "call_id", "meeting_id", "carrier_call_id", "worker_id", "trace_id", "span_id"}
_IDS |= {"delivery_id", "mail_id", "lead_id", "campaign_id"}


OURS = ("services", "messiah", "simulator")
"""Libraries are heard from a warning on only: below it some tell what is said, and to whom."""


_call: ContextVar[str] = ContextVar("call", default="")


class about:  # noqa: N801  it reads as a word at the call
    """Name the call of a message in every line that is logged while the block runs. Costs about a microsecond."""

    __slots__ = ("_before", "_call_id")

    def __init__(self, subject: str) -> None:
        """`calls.{call_id}…`; any other subject names no call."""
        first, _, rest = subject.partition(".")
        self._call_id = rest.partition(".")[0] if first == "calls" else ""

    def __enter__(self) -> None:
        self._before = _call.set(self._call_id or _call.get())

    def __exit__(self, *_: object) -> None:
        _call.reset(self._before)


def _name_call(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The call a line belongs to, unless the line itself says."""
    if call_id := _call.get():
        event.setdefault("call_id", call_id)
    return event


def _name_trace(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The trace a line belongs to: that of the span that runs, or else the call's own."""
    place = spans.here()
    if place is not None:
        event["trace_id"], event["span_id"] = f"{place.trace_id:032x}", f"{place.span_id:016x}"
    elif "call_id" in event:
        event["trace_id"] = str(event["call_id"]).replace("-", "")
    return event


def configure(level: str = "info", fmt: str = "auto") -> None:
    """Send every log line to standard error: JSON for machines, columns for a terminal."""
    as_json = fmt == "json" or (fmt == "auto" and not sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _name_call,
        _name_trace,
        _mask_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else structlog.dev.ConsoleRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of one part of the system."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return bound
