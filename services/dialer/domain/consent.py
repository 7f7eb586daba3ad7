"""Whether the permission to call somebody is on record and still holds: consent lasts a year."""

import re
from datetime import datetime, timedelta

from contracts.leads import SubmittedConsent
from contracts.values import Consent
from services.dialer.domain.written_moment import read_moment

BASES = (
    "web_form",
    "written",
    "email",
    "sms",
    "whatsapp",
    "phone_inbound",
    "existing_customer",
    "event",
    "contract",
)
"""On what a consent may rest: each leaves something that can be shown."""

_IN_HEBREW = {
    "טופס": "web_form",
    "טופס_באתר": "web_form",
    "אתר": "web_form",
    "כתב": "written",
    "בכתב": "written",
    "מייל": "email",
    "אימייל": "email",
    "סמס": "sms",
    "מסרון": "sms",
    "וואטסאפ": "whatsapp",
    "ווטסאפ": "whatsapp",
    "שיחה_נכנסת": "phone_inbound",
    "התקשרו_אלינו": "phone_inbound",
    "לקוח": "existing_customer",
    "לקוח_קיים": "existing_customer",
    "כנס": "event",
    "אירוע": "event",
    "תערוכה": "event",
    "חוזה": "contract",
    "הסכם": "contract",
}

LASTS = timedelta(days=365)
CLOCK_SKEW = timedelta(minutes=5)


class NoConsent(ValueError):
    """There is no consent that holds; the message says why, and the cure."""


def read_consent(given: SubmittedConsent | None, now: datetime) -> Consent:
    """The consent on record, checked. Raises NoConsent."""
    if given is None or not (given.basis or "").strip():
        raise NoConsent(
            f"no consent is on record; send consent.basis (one of {', '.join(BASES)}) and consent.obtained_at"
        )
    written = re.sub(r"[\s-]+", "_", (given.basis or "").strip().lower())
    basis = _IN_HEBREW.get(written, written)
    if basis not in BASES:
        raise NoConsent(f"{given.basis!r} is no known basis of consent; use one of {', '.join(BASES)}")
    obtained_at = _moment(given.obtained_at)
    if obtained_at > now + CLOCK_SKEW:
        raise NoConsent(f"the consent is dated {obtained_at:%Y-%m-%d}, which is in the future; correct obtained_at")
    if obtained_at < now - LASTS:
        raise NoConsent(f"the consent of {obtained_at:%Y-%m-%d} is older than a year and has lapsed; ask for a new one")
    return Consent(basis=basis, obtained_at=obtained_at, evidence=given.evidence)


def _moment(written: str | None) -> datetime:
    """An ISO 8601 date or moment, or a date as Israelis write it. Without a zone it is Israeli time."""
    text = (written or "").strip()
    if not text:
        raise NoConsent("when the consent was given is missing; send consent.obtained_at, such as 2026-11-01T09:00:00Z")
    try:
        return read_moment(text)
    except ValueError as error:
        raise NoConsent(f"{written!r} is no moment; send consent.obtained_at as 2026-11-01T09:00:00Z") from error
