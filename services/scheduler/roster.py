"""Who takes meetings now: the people of the file, as the API has changed them. Every replica notices a change with
the next request it answers."""

from datetime import datetime

from services.scheduler.domain.team import Team
from services.scheduler.offering import Offering
from services.scheduler.ports import Reading


class Roster:
    """Keeps the offering of the team as it stands."""

    def __init__(self, file: Team) -> None:
        self.file = file
        self._revision = 0
        self._offering = Offering(file)

    def warm(self, now: datetime) -> None:
        """Work out the days to come before a caller waits for them."""
        self._offering.warm(now)

    @property
    def known(self) -> Offering:
        """The team as it was last seen, without asking the store."""
        return self._offering

    async def offering(self, calendar: Reading) -> Offering:
        """The team of this moment, as the transaction that asks sees it."""
        revision = await calendar.roster_revision()
        if revision != self._revision:
            self._offering = Offering(self.file.staffed(await calendar.stored_representatives()))
            self._revision = revision
        return self._offering
