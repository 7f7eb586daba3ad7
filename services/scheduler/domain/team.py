"""A team: everybody who takes meetings, and the calendar they work by."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from services.scheduler.domain.representative import Representative
from services.scheduler.domain.working_days import WorkingDays


class Team(BaseModel):
    """Everybody who takes meetings, and the calendar they work by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    working_days: WorkingDays = WorkingDays()
    representatives: tuple[Representative, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if not self.representatives:
            raise ValueError("nobody takes meetings; name at least one representative")
        ids = [representative.id for representative in self.representatives]
        if twice := {each for each in ids if ids.count(each) > 1}:
            raise ValueError(f"two representatives share the id {', '.join(sorted(twice))}; give each its own")
        return self

    def staffed(self, stored: Mapping[str, Representative | None]) -> "Team":
        """The team with people changed, added, or (None) removed. May leave nobody."""
        kept = [stored.get(each.id, each) for each in self.representatives]
        named = {each.id for each in self.representatives}
        added = [stored[each] for each in sorted(stored.keys() - named)]
        return self.model_copy(update={"representatives": tuple(each for each in (*kept, *added) if each)})
