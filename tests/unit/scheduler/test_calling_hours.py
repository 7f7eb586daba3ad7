"""Dialer and scheduler are of one mind about when people may be called: a callback is never promised for a time at
which nobody would be dialed, or put off though the carrier is a simulator."""

from types import SimpleNamespace

import pytest

from services.dialer import rulebook
from services.dialer.carriers.twilio import TwilioCarrier
from services.dialer.domain import calling_hours as of_the_dialer
from services.dialer.settings import DialerSettings
from services.runtime.errors import Refused
from services.scheduler.app import calling_hours
from services.scheduler.domain import calling_hours as of_the_scheduler
from services.scheduler.settings import SchedulerSettings

ACCOUNT = {"twilio_account_sid": "AC1"}
NO_ACCOUNT: dict[str, str] = {}
HERE = {"twilio_api_url": "http://127.0.0.1:9"}
OUT_THERE = {"twilio_api_url": "http://93.184.215.14"}


@pytest.mark.parametrize(
    ("carrier", "simulated"),
    [
        (NO_ACCOUNT, True),
        (ACCOUNT | HERE, True),
        (NO_ACCOUNT | OUT_THERE, False),
        (ACCOUNT | OUT_THERE, False),
        ({"simulator_url": "http://93.184.215.14"}, False),
        ({"simulator_url": "http://nobody.invalid"}, False),
    ],
)
@pytest.mark.parametrize("wanted", ["auto", "israel", "always"])
@pytest.mark.parametrize("pinned", [False, True])
async def test_dialer_and_scheduler_call_at_the_same_hours(carrier, simulated, wanted, pinned):
    clock = SimpleNamespace(is_pinned=pinned)
    given = {"_env_file": None, "calling_hours": wanted} | carrier

    def dialing() -> bool:
        settings = DialerSettings(public_url="https://calls.example.com", **given)
        hours = rulebook.calling_hours(settings, clock, simulated=TwilioCarrier(settings).simulated)
        return isinstance(hours, of_the_dialer.AlwaysOpen)

    async def calling_back() -> bool:
        return isinstance(await calling_hours(SchedulerSettings(**given), clock), of_the_scheduler.AlwaysOpen)

    if not simulated and (pinned or wanted == "always"):
        with pytest.raises(Refused):
            dialing()
        with pytest.raises(Refused):
            await calling_back()
        return
    at_any_hour = simulated and (wanted == "always" or (wanted == "auto" and not pinned))
    assert (dialing(), await calling_back()) == (at_any_hour, at_any_hour)
