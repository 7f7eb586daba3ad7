"""Who takes meetings, over HTTP. What is stored here wins over the file, until it is taken back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import SecretStr, ValidationError

from contracts.values import Day
from services.runtime.security import guarded
from services.scheduler.api.views import DaysOffBody, MeetingView, Removed, RepresentativeView
from services.scheduler.domain.representative import Profile, RepresentativeId
from services.scheduler.domain.working_hours import DaysOff
from services.scheduler.staffing import Employed, Staffing

Id = Annotated[RepresentativeId, Path()]


def router(staffing: Staffing, token: SecretStr | None) -> APIRouter:
    """Every route, guarded."""
    routes = APIRouter(tags=["scheduler"], dependencies=guarded(token))

    @routes.get("/representatives")
    async def representatives() -> list[RepresentativeView]:
        """Everybody who takes meetings."""
        return [_shown(each) for each in await staffing.everybody()]

    @routes.put("/representatives/{representative_id}")
    async def put(representative_id: Id, profile: Profile) -> RepresentativeView:
        """Take somebody on, or change them. What is left out has its default. Meetings that stand stay as they are."""
        return _shown(await staffing.put(representative_id, profile))

    @routes.delete("/representatives/{representative_id}")
    async def remove(
        representative_id: Id,
        revert: Annotated[bool, Query(description="Let the version of the file count again")] = False,
    ) -> Removed | RepresentativeView:
        """Offer nobody of that name any more. Meetings that stand stay, and are listed."""
        if revert:
            return _shown(await staffing.revert(representative_id))
        standing = await staffing.remove(representative_id)
        meetings = [MeetingView.model_validate(each) for each in standing]
        return Removed(representative_id=representative_id, meetings=meetings)

    @routes.post("/representatives/{representative_id}/days-off")
    async def add_days_off(representative_id: Id, days: DaysOffBody) -> RepresentativeView:
        """Take no meetings on these days. Days off that begin on the same day are replaced."""
        try:
            off = DaysOff.model_validate(days.model_dump())
        except ValidationError as error:
            wrong = [{**each, "loc": ("body", "last")} for each in error.errors()]
            raise RequestValidationError(wrong) from error
        return _shown(await staffing.add_days_off(representative_id, off))

    @routes.delete("/representatives/{representative_id}/days-off/{first}")
    async def remove_days_off(representative_id: Id, first: Day) -> RepresentativeView:
        """Work on the days off that begin on that day."""
        return _shown(await staffing.remove_days_off(representative_id, first))

    return routes


def _shown(employed: Employed) -> RepresentativeView:
    return RepresentativeView.model_validate({**employed.representative.model_dump(), "source": employed.source})
