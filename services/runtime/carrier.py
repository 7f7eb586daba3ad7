"""Who carries the calls, and whether they reach real people: the dialer that places them and the scheduler that
promises to call back must be of one mind about both."""

import socket
from datetime import date
from typing import Literal
from urllib.parse import urlsplit

from pydantic import field_validator

from services.runtime.clock import Clock
from services.runtime.errors import Refused
from services.runtime.hosts import is_private
from services.runtime.settings import RuntimeSettings


class CarrierSettings(RuntimeSettings):
    """Without a Twilio account the simulator at `simulator_url` is the carrier."""

    twilio_account_sid: str | None = None
    twilio_api_url: str | None = None
    """Another host for the carrier's REST API. Loopback and private ones count as simulated."""
    simulator_url: str = "http://127.0.0.1:8005"
    calling_hours: Literal["auto", "israel", "always"] = "auto"
    """`auto`: Israeli hours, except with a simulated carrier whose clock is not pinned."""
    call_on_chol_hamoed: bool = True
    """Mornings only. False: nobody is called between the holidays of Passover and Sukkot."""
    extra_closed_days: frozenset[date] = frozenset()
    """Days on which nobody is called and that no calendar knows in advance, such as elections. A JSON list."""

    @field_validator("simulator_url", "twilio_api_url")
    @classmethod
    def _bare(cls, url: str | None) -> str | None:
        return url and url.rstrip("/")

    @property
    def uses_simulator(self) -> bool:
        return self.twilio_account_sid is None

    @property
    def api_url(self) -> str:
        default = self.simulator_url if self.uses_simulator else "https://api.twilio.com"
        return self.twilio_api_url or default


def is_simulated(settings: CarrierSettings) -> bool:
    """Whether every address of the carrier's host is of this machine or a private network; unknown hosts are not. Asks
    the resolver, which may take time."""
    parts = urlsplit(settings.api_url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return False
    return bool(found) and all(is_private(str(address[4][0])) for address in found)


def at_any_hour(settings: CarrierSettings, clock: Clock, *, simulated: bool) -> bool:
    """Whether people may be called at night and on holidays, because they are not real. Raises Refused where real
    people could be called then."""
    if not simulated and clock.is_pinned:
        raise Refused("the clock is pinned, but the carrier is real: unset MESSIAH_CLOCK and run `messiah provision`")
    if not simulated and settings.calling_hours == "always":
        raise Refused("CALLING_HOURS=always is for simulated carriers: set CALLING_HOURS=israel, or unset it")
    return settings.calling_hours == "always" or (
        settings.calling_hours == "auto" and simulated and not clock.is_pinned
    )
