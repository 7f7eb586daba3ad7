"""The account at the carrier that keeps recordings."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

CARRIER = "https://api.twilio.com"


@dataclass(frozen=True)
class CarrierAccount:
    """Where the carrier keeps recordings, and what opens them."""

    sid: str | None
    token: SecretStr | None
    url: str = CARRIER

    def keeps(self, url: str) -> bool:
        """Whether a recording is with this carrier. Nobody else is shown the credentials, or asked at all."""
        given, ours = urlsplit(url), urlsplit(self.url)
        return bool(self.sid and self.token) and (given.scheme, given.netloc) == (ours.scheme, ours.netloc)
