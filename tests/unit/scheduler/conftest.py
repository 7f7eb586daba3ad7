"""Representatives for tests of the pure parts."""

import pytest

from services.scheduler.domain.representative import Representative

WORKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday")


def representative(**changes) -> Representative:
    """Somebody who works Sunday to Thursday from nine to five, and says yes at once."""
    usual = {
        "id": "noa",
        "name": "נועה",
        "email": "noa@example.com",
        "hours": dict.fromkeys(WORKDAYS, "09:00-17:00"),
        "buffer_after_minutes": 10,
        "minimum_notice_hours": 0,
    }
    return Representative.model_validate(usual | changes)


@pytest.fixture(name="representative")
def _representative():
    return representative
