"""Whether the permission to call somebody is on record and still holds: consent lasts a year."""

import re
from datetime import datetime, timedelta
from functools import lru_cache

from contracts.leads import SubmittedConsent
from contracts.reasons import said
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
    """There is no consent that holds; the message says why, and the cure. `code` and `about` make the reason."""

    def __init__(self, code: str, **about: str) -> None:
        super().__init__(said(code, **about))
        self.code = code
        self.about = about


def read_consent(given: SubmittedConsent | None, now: datetime) -> Consent:
    """The consent on record, checked. Raises NoConsent."""
    given = given or SubmittedConsent()
    consent = _as_written(given)
    if consent.obtained_at > now + CLOCK_SKEW:
        raise NoConsent("consent_in_future", day=f"{consent.obtained_at:%Y-%m-%d}")
    if consent.obtained_at < now - LASTS:
        raise NoConsent("consent_lapsed", day=f"{consent.obtained_at:%Y-%m-%d}")
    return consent


@lru_cache(maxsize=1024)
def _as_written(given: SubmittedConsent) -> Consent:
    """Kept, since many of one list agreed to the same on the same day."""
    if given.basis is None or not given.basis.strip():
        raise NoConsent("consent_missing", bases=", ".join(BASES))
    written = re.sub(r"[\s-]+", "_", given.basis.strip().lower())
    basis = _IN_HEBREW.get(written, written)
    if basis not in BASES:
        raise NoConsent("consent_basis_unknown", basis=given.basis, bases=", ".join(BASES))
    return Consent(basis=basis, obtained_at=_moment(given.obtained_at), evidence=given.evidence)


def _moment(written: str | None) -> datetime:
    """An ISO 8601 date or moment, or a date as Israelis write it. Without a zone it is Israeli time."""
    text = (written or "").strip()
    if not text:
        raise NoConsent("consent_undated")
    try:
        return read_moment(text)
    except ValueError as error:
        raise NoConsent("consent_date_unreadable", written=written or "") from error
