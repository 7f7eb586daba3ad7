"""Who gets the next meeting: round robin by weight, and whoever already has a meeting with the lead first."""

from collections.abc import Iterable, Mapping

from services.scheduler.domain.representative import Representative


def rank(
    representatives: Iterable[Representative], loads: Mapping[str, int], preferred: str | None = None
) -> dict[str, int]:
    """The place of each representative in the queue, 0 first.

    `loads` are the meetings each was given lately; with weights 2 and 1 the first gets two for each one of the
    second. `preferred` is the representative the lead already has a meeting with.
    """

    def turn(one: Representative) -> tuple[bool, float, str]:
        return one.id != preferred, (loads.get(one.id, 0) + 1) / one.weight, one.id

    return {one.id: place for place, one in enumerate(sorted(representatives, key=turn))}
