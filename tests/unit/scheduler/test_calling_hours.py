"""Dialer and scheduler are of one mind about when people may be called: a callback is never promised for a time at
which nobody would be dialed, or put off though the carrier is a simulator."""

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from services.dialer import rulebook
from services.dialer.carriers.twilio import TwilioCarrier
from services.dialer.domain import calling_hours as of_the_dialer
from services.dialer.settings import DialerSettings
from services.runtime.clock import ISRAEL
from services.runtime.errors import Refused
from services.scheduler.app import calling_hours
from services.scheduler.domain import calling_hours as of_the_scheduler
from services.scheduler.domain.working_days import WorkingDays
from services.scheduler.settings import SchedulerSettings

TIMES = (
    *(
        time(0, 0),
        time(8, 59),
        time(9, 0),
        time(9, 49),
        time(9, 50),
        time(10, 9),
        time(10, 10),
        time(10, 49),
        time(10, 50),
    ),
    *(time(11, 9), time(11, 10), time(11, 59), time(12, 0), time(12, 29), time(12, 30), time(18, 29), time(18, 30)),
)
ELECTION = date(2026, 10, 27)


@pytest.mark.parametrize("chol_hamoed", [True, False])
def test_a_callback_of_two_years_falls_due_when_the_dialer_would_dial(chol_hamoed):
    dialing = of_the_dialer.IsraeliHours(chol_hamoed, frozenset({ELECTION}))
    days = WorkingDays(fridays=True, chol_hamoed=chol_hamoed, closed_days=frozenset({ELECTION}))
    calling_back = of_the_scheduler.IsraeliHours(days)
    sirens = 0
    for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(730)):
        for wall in TIMES:
            moment = datetime.combine(day, wall, ISRAEL)
            opening = calling_back.opening(moment)
            assert opening.at == dialing.next_open(moment), moment
            assert (opening.reason is None) is dialing.is_open(moment), moment
            sirens += opening.reason == of_the_scheduler.SIREN
    assert sirens == 2 * 2 * 2, "twice a year, at two of the times"


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
