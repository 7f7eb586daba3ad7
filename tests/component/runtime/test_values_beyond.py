"""Values that no database keeps: refused as the asker's fault, not tried again as if the database were away."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, literal_column, select

from contracts.leads import LeadSubmitted
from contracts.values import Day, Instant
from services.runtime.database import Database
from services.runtime.errors import InvalidMessage, Unavailable
from services.runtime.unit_of_work import Moment


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", "test")
    yield found
    await found.close()


@pytest.mark.parametrize(
    "value",
    [2**63, -(2**63) - 1, "half of a character \ud800", datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))],
)
async def test_a_value_beyond_the_database_is_the_askers_fault(database: Database, value: object) -> None:
    kind = Moment() if isinstance(value, datetime) else None
    with pytest.raises(InvalidMessage, match="2\\^63"):
        async with database.reading() as session:
            await session.execute(select(bindparam("value", value, type_=kind)))


async def test_what_is_not_there_yet_may_be_later_and_a_bug_stays_one(database: Database) -> None:
    with pytest.raises(Unavailable):
        async with database.reading() as session:
            await session.execute(select(literal_column("x")))
    with pytest.raises(ValueError, match="ours"):
        async with database.writing():
            raise ValueError("ours")


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-12-31T23:59:59Z"])
def test_moments_that_nobody_means_are_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="between the years"):
        TypeAdapter(Instant).validate_python(written)
    with pytest.raises(ValidationError, match="between the years"):
        TypeAdapter(Day).validate_python("9999-12-31")


def test_a_fact_loses_its_nul_and_is_heard() -> None:
    body = b'{"name":"a\\u0000b","phone":"1","consent":{"basis":"\\u0000x"}}'
    lead = LeadSubmitted.from_message(body, stream="LEADS", sequence=1, stored_at=datetime.now(UTC))
    assert lead.name == "ab"
    assert lead.consent is not None
    assert lead.consent.basis == "x"
