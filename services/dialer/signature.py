"""Proof that the carrier itself is asking: X-Twilio-Signature over the URL it was given and every form field.

The URL is built from the configured base and the raw path and query, never from what a proxy made of them.
Whatever goes wrong, the answer is no.
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import HTTPConnection
from twilio.request_validator import RequestValidator

from services.dialer.addresses import Addresses
from services.dialer.settings import DialerSettings
from services.runtime.logs import logger

log = logger(__name__)

HEADER = "x-twilio-signature"
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 500

Form = ImmutableMultiDict[str, str]


class Signatures:
    """Checks the signature of webhooks and of WebSocket upgrades."""

    def __init__(self, settings: DialerSettings) -> None:
        self._validator = RequestValidator(settings.auth_token)
        bases = dict.fromkeys((settings.reachable_at, settings.fallback_at))
        self._bases = tuple(Addresses(base) for base in bases)

    def of_request(self, request: HTTPConnection, form: Form) -> Addresses | None:
        """The base under which the carrier asked, or None if its signature is missing or wrong."""
        return self._signed(request, [base.base for base in self._bases], form)

    def of_upgrade(self, socket: HTTPConnection) -> Addresses | None:
        """The same for a WebSocket, whose URL is signed with its own scheme, exactly as in the TwiML."""
        return self._signed(socket, [base.socket_base for base in self._bases], Form())

    def _signed(self, asked: HTTPConnection, bases: Sequence[str], form: Form) -> Addresses | None:
        given = asked.headers.getlist(HEADER)
        if len(given) != 1:
            return None
        try:
            path = _raw_path(asked)
            for base, addresses in zip(bases, self._bases, strict=True):
                if self._validator.validate(base + path, form, given[0]):
                    return addresses
        except Exception as error:  # the library raises all sorts of errors on odd input
            log.warning("signature could not be checked", error=repr(error))
        return None


def read_form(content_type: str, body: bytes) -> Form:
    """Every field of a form, repeated ones too. Raises ValueError if the body is no form in UTF-8."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        if body:
            raise ValueError(f"send the fields as {FORM}")
        return Form()
    fields = parse_qsl(
        body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
    )
    return Form(fields)


def _raw_path(asked: HTTPConnection) -> str:
    """Path and query as they came, before anything was decoded."""
    path: bytes = asked.scope["raw_path"]
    query: bytes = asked.scope["query_string"]
    return (path + (b"?" + query if query else b"")).decode("ascii")
