"""The kinds of failure, and what each means to a message and to an HTTP request.

    Failure
    ├── Refused       a rule said no; asking again changes nothing
    ├── InvalidMessage  the input is not what it should be
    ├── NotFound      there is no such thing
    ├── Unauthorized  the caller did not prove who they are
    ├── Forbidden     the caller is known, and may not do this
    ├── TooMany       the caller asks too often; later is fine
    └── Unavailable   try again later

Anything else is a bug. The table below is the only place that maps them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Failure(Exception):
    """A failure with a message that names its cure. `field` is the input at fault, if one is."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "bug"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class Refused(Failure):
    """A rule said no; never retried."""

    status = 409
    slug = "refused"


class InvalidMessage(Failure):
    """The message or the input is not what it should be; no retry can help."""

    status = 422
    slug = "invalid"


class NotFound(Failure):
    """There is no such thing here."""

    status = 404
    slug = "not-found"


class Unauthorized(Failure):
    """The caller did not prove who they are."""

    status = 401
    slug = "unauthorized"


class Forbidden(Failure):
    """The caller is known, and may not do this."""

    status = 403
    slug = "forbidden"


class TooMany(Failure):
    """The caller asks too often, and may ask again in `retry_after_s` seconds."""

    status = 429
    slug = "too-many-requests"

    def __init__(self, detail: str, *, retry_after_s: float) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Unavailable(Failure):
    """Something we depend on does not answer; try again later."""

    status = 503
    slug = "unavailable"


class Action(StrEnum):
    """What becomes of a message whose handler failed."""

    RETRY = "retry"
    BURY = "bury"


@dataclass(frozen=True)
class Decision:
    """What to do with a message, and after how many seconds."""

    action: Action
    delay_s: float = 0.0


RETRY_DELAYS_S = (0.2, 1.0, 5.0, 15.0, 60.0)
"""How long a failed message waits before each new delivery; then it goes to the dead letters."""


def decide(error: BaseException, delivered: int) -> Decision:
    """What becomes of a message after its `delivered`-th delivery failed with `error`.

    What we depend on may be away for long, so `Unavailable` never buries a message.
    """
    if isinstance(error, (Refused, InvalidMessage)):
        return Decision(Action.BURY)
    if isinstance(error, Unavailable):
        return Decision(Action.RETRY, RETRY_DELAYS_S[min(delivered, len(RETRY_DELAYS_S)) - 1])
    if delivered > len(RETRY_DELAYS_S):
        return Decision(Action.BURY)
    return Decision(Action.RETRY, RETRY_DELAYS_S[delivered - 1])
