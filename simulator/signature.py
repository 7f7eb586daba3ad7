"""The signature a carrier puts on every request, written from its documentation and from nothing of ours."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

HEADER = "X-Twilio-Signature"


def sign(token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """Base64 HMAC-SHA1 over the URL without its fragment, then each name with its distinct values, sorted."""
    values: dict[str, set[str]] = {}
    for name, value in fields:
        values.setdefault(name, set()).add(value)
    signed = url.partition("#")[0] + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
