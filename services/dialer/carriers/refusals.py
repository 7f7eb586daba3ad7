"""What the carrier's refusals of a new call mean to us, by the carrier's error code."""

from twilio.base.exceptions import TwilioException

from services.dialer.ports.carrier import CarrierMisconfigured, CarrierThrottled, NumberRejected, SubmissionUnknown
from services.runtime.errors import Failure

BAD_NUMBER = frozenset({13224, 21211, 21214, 21216, 21217})
"""The number is invalid, cannot be reached or may not be called."""

NO_SUCH_NUMBER = frozenset({"404", "410", "484", "604"})
"""Answers of the telephone network (SIP) to a call to a number that nobody has."""

CALL_NOT_FOUND = 20404
NOT_IN_PROGRESS = 21220

TRY_LATER = frozenset({20429, 22005})
"""Too many requests at once, or a day's worth of calls in the queue: not processed."""

CURES = {
    20003: "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and that the account is not suspended",
    20404: "check TWILIO_ACCOUNT_SID and TWILIO_API_URL",
    21201: "the lead has no number",
    21205: "PUBLIC_URL must be a URL the carrier can reach",
    21210: "TWILIO_FROM_NUMBER must be a number of the account or a verified caller id",
    21212: "TWILIO_FROM_NUMBER must be a number of the account in E.164",
    21213: "set TWILIO_FROM_NUMBER",
    21215: "allow calls to this country in the account's geographic permissions",
    21219: "a trial account may only call numbers it has verified",
}


def meaning_of(error: TwilioException) -> Failure:
    """The failure of ours that stands for a refused call. Only what was surely not processed may be asked again."""
    status = int(getattr(error, "status", 0) or 0)
    code = int(getattr(error, "code", 0) or 0)
    if status == 429 or code in TRY_LATER:
        return CarrierThrottled(f"the carrier is too busy to take the call (code {code}); try again later")
    if status >= 500 or status in (0, 408):
        return SubmissionUnknown(f"the carrier failed (HTTP {status}); whether it took the call is unknown")
    if code in BAD_NUMBER:
        return NumberRejected(f"the carrier says that the number cannot be called (code {code})")
    cure = CURES.get(code, f"see https://www.twilio.com/docs/errors/{code}")
    return CarrierMisconfigured(f"the carrier refuses the call (HTTP {status}, code {code}): {cure}")
