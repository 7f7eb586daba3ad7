"""A date or a moment as somebody wrote it, or as a spreadsheet did."""

import re
from datetime import UTC, datetime, timedelta

from services.dialer.domain.israeli_calendar import ISRAEL

_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[ ,T]+(\d{1,2}):(\d{2})(?::\d{2})?)?")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_SERIAL_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_CENTURY = 2000


def read_moment(written: str) -> datetime:
    """ISO 8601, a date as Israelis write it (the day first), or a spreadsheet's count of days. Without a zone it is
    Israeli time. Raises ValueError."""
    text = written.strip()
    try:
        if found := _DAY_FIRST.fullmatch(text):
            day, month, year, hour, minute = (int(each or 0) for each in found.groups())
            year += _CENTURY if year < 100 else 0
            return datetime(year, month, day, hour, minute, tzinfo=ISRAEL)
        if found := _SERIAL.fullmatch(text):
            return (_SERIAL_ZERO + timedelta(days=int(found[1]))).replace(tzinfo=ISRAEL)
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ISRAEL)
        moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{written!r} is out of every calendar") from error
    return moment
