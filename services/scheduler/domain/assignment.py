"""Who gets the next meeting: round robin by weight, and whoever already has a meeting with the lead first."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from services.scheduler.domain.availability import Busy
from services.scheduler.domain.representative import Representative

_AHEAD = 1.0
"""So many meetings more than a fair share somebody may have before others are preferred on later days too."""
_FAR_BEHIND = 60.0
"""What being further ahead costs, in places."""


def rank(
    representatives: Iterable[Representative], busy: Iterable[Busy], now: datetime, lead_id: str | None = None
) -> dict[str, float]:
    """The place of each representative in the queue, 0 first.

    The load is what each was given of what is `busy`, held slots included; with weights 2 and 1 the first gets two
    meetings for each one of the second. Leads choose between offers of several people, so whoever was chosen more
    often than that is put far behind for a while. Whoever has a meeting to come with `lead_id` goes first.
    """
    representatives, busy = list(representatives), list(busy)
    loads: dict[str, set[str]] = defaultdict(set)
    for each in busy:
        if each.owner is not None:
            loads[each.representative_id].add(each.owner)
    current = acquainted(busy, now, lead_id)

    def turn(one: Representative) -> tuple[bool, float, str]:
        return one.id != current, (len(loads[one.id]) + 1) / one.weight, one.id

    weights = sum(one.weight for one in representatives)
    a_share = sum(len(loads[one.id]) for one in representatives) / weights if weights else 0.0

    def lag(one: Representative) -> float:
        ahead = len(loads[one.id]) - one.weight * a_share
        return _FAR_BEHIND if ahead > _AHEAD and one.id != current else 0.0

    return {one.id: place + lag(one) for place, one in enumerate(sorted(representatives, key=turn))}


def acquainted(busy: Iterable[Busy], now: datetime, lead_id: str | None) -> str | None:
    """The representative with whom a lead has a meeting to come."""
    theirs = [each for each in busy if lead_id is not None and each.lead_id == lead_id and each.end > now]
    return min(theirs, key=lambda each: each.start).representative_id if theirs else None
