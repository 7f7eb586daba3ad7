"""Checks of `messiah doctor` on representatives' own calendars."""

import asyncio
from datetime import UTC, datetime, timedelta

from messiah.findings import Finding, absent, broken, good
from services.runtime.errors import InvalidMessage, Unavailable
from services.scheduler import representatives
from services.scheduler.calendars.directory import Directory, environment
from services.scheduler.domain.representative import Representative
from services.scheduler.settings import SchedulerSettings

WHAT = "calendars"


async def calendars(settings: SchedulerSettings) -> list[Finding]:
    """Every calendar that the file names tells when its owner is busy. Nothing is written to it."""
    variables = environment()
    try:
        team = representatives.load(settings.representatives_file, variables)
    except InvalidMessage as error:
        return [broken("representatives", error.detail, "correct the file, or set the variables it names")]
    connected = [each for each in team.representatives if each.own_calendar is not None]
    if not connected:
        remedy = "give a representative a `calendar`; docs/calendars.md says how"
        return [absent(WHAT, "nobody's own calendar is connected; only our own meetings count as taken", remedy)]
    directory = Directory(variables)
    try:
        return list(await asyncio.gather(*[_one(each, directory) for each in connected]))
    finally:
        await directory.close()


async def _one(representative: Representative, directory: Directory) -> Finding:
    what, now = f"calendar of {representative.id}", datetime.now(UTC)
    try:
        spans = await directory.of(representative).busy(now, now + timedelta(days=representative.horizon_days))
    except Unavailable as error:
        return broken(what, error.detail, "nobody is offered a slot with this person until it answers")
    return good(what, f"answers; {len(spans)} busy times in {representative.horizon_days} days")
