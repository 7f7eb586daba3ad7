"""When a business in Israel may be called, worked out anew from first principles: the arithmetic of the Hebrew
calendar, the days a law names, and the two nights a year in which the clocks change. Nothing
of it is the product's.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone

MONDAY, TUESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 1, 3, 4, 5, 6
DAY = timedelta(days=1)
ISRAEL_IN_SUMMER = timezone(timedelta(hours=3))

EPOCH = -1_373_428
"""The day before 1 Tishri of year 1, as `date.toordinal` counts days."""
HOUR, DAY_PARTS, MONTH_PARTS = 1080, 24 * 1080, 13_753
"""Parts of an hour; parts of a day; parts of a month beyond 29 days."""


def _molad_day(year: int) -> int:
    """The day of a year's first new moon after the epoch, put off so that Yom Kippur touches no Shabbat."""
    months = (235 * year - 234) // 19
    parts = 12_084 + MONTH_PARTS * months
    day = 29 * months + parts // DAY_PARTS
    return day + 1 if (3 * (day + 1)) % 7 < 3 else day


def new_year(year: int) -> date:
    """1 Tishri. Years of 356 or 382 days are forbidden, which puts some new years off once more."""
    before, this, after = (_molad_day(each) for each in (year - 1, year, year + 1))
    late = 2 if after - this == 356 else 1 if this - before == 382 else 0
    return date.fromordinal(EPOCH + this + late + 1)


def _moved_off_shabbat(day: date) -> date:
    """Independence Day: 5 Iyar, so that neither it nor the memorial day before it touches Shabbat."""
    return day + {FRIDAY: -DAY, SATURDAY: -2 * DAY, MONDAY: DAY}.get(day.weekday(), timedelta())


class Year:
    """The days of a civil year on which not everybody works."""

    def __init__(self, year: int) -> None:
        tishri = new_year(year + 3761)
        nisan = tishri - timedelta(days=177)  # from Nisan to Elul every month has its fixed length
        first = {"adar": nisan - timedelta(days=29), "iyar": nisan + timedelta(days=30)}
        first |= {"sivan": nisan + timedelta(days=59), "av": nisan + timedelta(days=118)}
        pesach, sukkot = nisan + 14 * DAY, tishri + 14 * DAY
        independence = _moved_off_shabbat(first["iyar"] + 4 * DAY)
        holocaust = nisan + 26 * DAY
        fast = first["av"] + 8 * DAY

        self.closed = {pesach, pesach + 6 * DAY, independence, first["sivan"] + 5 * DAY}
        self.closed |= {tishri, tishri + DAY, tishri + 9 * DAY, sukkot, sukkot + 7 * DAY}
        self.memorial_day = independence - DAY
        self.eves = {each - DAY for each in self.closed} - self.closed - {self.memorial_day}
        self.fast = fast + DAY if fast.weekday() == SATURDAY else fast
        self.closed.add(self.fast)
        self.holocaust_day = holocaust + {FRIDAY: -DAY, SUNDAY: DAY}.get(holocaust.weekday(), timedelta())
        between = {pesach + each * DAY for each in range(1, 6)} | {sukkot + each * DAY for each in range(1, 7)}
        self.chol_hamoed = between - self.eves
        self.purim = {first["adar"] + 13 * DAY, first["adar"] + 14 * DAY}


_years: dict[int, Year] = {}


def year_of(day: date) -> Year:
    return _years.setdefault(day.year, Year(day.year))


def open_minutes(day: date) -> Iterator[tuple[int, int]]:
    """When calls may be placed, in minutes since local midnight, each half open."""
    year = year_of(day)
    if day.weekday() == SATURDAY or day in year.closed:
        return
    ends = [18 * 60 + 30]
    if day.weekday() == FRIDAY:
        ends.append(12 * 60 + 30)
    if day in year.eves | year.chol_hamoed | year.purim | {year.memorial_day}:
        ends.append(12 * 60)
    quiet = {year.holocaust_day: (9 * 60 + 50, 10 * 60 + 10), year.memorial_day: (10 * 60 + 50, 11 * 60 + 10)}
    if day in quiet:
        yield 9 * 60, quiet[day][0]
        yield quiet[day][1], min(ends)
    else:
        yield 9 * 60, min(ends)


def local(moment: datetime) -> datetime:
    """Israeli wall time without a zone: two hours before UTC, three from the Friday before the last Sunday of March,
    two in the morning, to the last Sunday of October, two in the morning of summer time."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    begins = datetime.combine(_last_sunday(utc.year, 3) - 2 * DAY, time(0))  # 02:00 winter time
    ends = datetime.combine(_last_sunday(utc.year, 10), time(2)) - timedelta(hours=3)
    return utc + timedelta(hours=3 if begins <= utc < ends else 2)


def lawful(moment: datetime) -> bool:
    """Whether anybody may be called at this moment."""
    wall = local(moment)
    since_midnight = (wall - datetime.combine(wall.date(), time.min)) / timedelta(minutes=1)
    return any(start <= since_midnight < end for start, end in open_minutes(wall.date()))


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)
