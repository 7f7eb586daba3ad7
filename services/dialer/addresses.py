"""The URLs the carrier is given, and nothing else makes them: what it calls back is what its signature covers.

The carrier retries a webhook that fails in any way, as the fragment asks; it neither sends nor signs the fragment.
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

RETRIES = "#rc=3&rp=all"
"""Up to three retries, after refused connections, timeouts and error responses alike."""


@dataclass(frozen=True)
class Addresses:
    """Our URLs under one base, for example `https://calls.example.com`."""

    base: str

    def answer(self, call_id: UUID) -> str:
        """Where the carrier asks what to do with a call that was answered."""
        return f"{self.base}/twilio/answer/{call_id}{RETRIES}"

    def status(self, call_id: UUID) -> str:
        """Where it tells how the call gets on."""
        return f"{self.base}/twilio/status/{call_id}{RETRIES}"

    def amd(self, call_id: UUID) -> str:
        """Where it tells who or what picked up."""
        return f"{self.base}/twilio/amd/{call_id}{RETRIES}"

    def recording(self, call_id: UUID) -> str:
        """Where it tells that a recording is ready."""
        return f"{self.base}/twilio/recording/{call_id}{RETRIES}"

    def relay_ended(self, call_id: UUID, drops: int = 0) -> str:
        """Where it asks what to do after a relay session, of which `drops` in a row have failed before."""
        query = f"?drops={drops}" if drops else ""
        return f"{self.base}/twilio/relay-ended/{call_id}{query}{RETRIES}"

    def relay(self, call_id: UUID, secret: str) -> str:
        """The WebSocket of a relay session. It has no query: the carrier's own code signs those in two ways."""
        return f"{self.socket_base}/twilio/relay/{call_id}/{secret}"

    @property
    def socket_base(self) -> str:
        """The base with the WebSocket scheme: `wss` for `https`, `ws` for `http`."""
        return "ws" + self.base.removeprefix("http")


def relay_secret(auth_token: str, call_id: UUID) -> str:
    """The part of the relay's path that nobody can guess; any replica can check it."""
    return hmac.new(auth_token.encode(), f"relay/{call_id}".encode(), hashlib.sha256).hexdigest()[:40]
