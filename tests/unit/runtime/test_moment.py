"""A moment is kept as SQLAlchemy keeps it, and comes back as it was."""

from datetime import UTC, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from services.runtime.unit_of_work import Moment

YEARS = datetime(1001, 1, 2), datetime(9998, 12, 30)  # noqa: DTZ001  hypothesis wants them bare
zones = st.sampled_from([UTC, timezone.max, timezone.min])


@given(st.datetimes(*YEARS, timezones=zones))
def test_sqlite_keeps_it_as_sqlalchemy_writes_it(moment: datetime) -> None:
    dialect = sqlite.dialect()
    kind = Moment().dialect_impl(dialect)
    kept = kind.bind_processor(dialect)(moment)
    assert kept == sqlite.DATETIME().bind_processor(dialect)(moment.astimezone(UTC))
    assert kind.result_processor(dialect, None)(kept) == moment


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_no_moment_stays_none(dialect) -> None:
    assert Moment().dialect_impl(dialect).bind_processor(dialect)(None) is None
