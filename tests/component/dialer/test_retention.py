"""The dialer lets go of people of whom nothing was heard for long, and never of what it needs to leave them alone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, insert, select

from services.dialer.domain.attempt import Attempt, AttemptState
from services.dialer.domain.lead import LeadState
from services.dialer.domain.rules import consent
from services.dialer.histories import read_histories
from services.dialer.privacy import recalling
from services.dialer.privacy.recalling import Recalling
from services.dialer.privacy.retention import retention
from services.dialer.privacy.tables import CopyRow, ErasureRow, PrivacyLogRow
from services.dialer.settings import DialerSettings
from services.dialer.sources.tables import SourcedRow
from services.dialer.store import SqlLedger
from services.dialer.tables import (
    AttemptRow,
    BadNumberRow,
    DecisionRow,
    Inbox,
    LeadRow,
    OptOutRow,
    Outbox,
    RecordingRow,
    SecretRow,
    attempt_values,
    lead_values,
)
from services.runtime import retention as pace
from services.runtime.backoff import Backoff
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.pseudonyms import Pseudonyms
from services.runtime.unit_of_work import Units
from tests.component.dialer.conftest import MIGRATIONS
from tests.component.dialer.fake_carrier import FakeCarrier
from tests.unit.dialer.samples import NOW, campaign, context, lead

PHONE, OTHER = "+972542345678", "+972542345679"
DAYS = 30
SINCE = NOW - timedelta(days=DAYS)
LATE, EXACTLY = SINCE - timedelta(microseconds=1), SINCE


class StoppedClock(Clock):
    def now(self) -> datetime:
        return NOW


@dataclass
class Store:
    """A dialer's database, without a dialer."""

    units: Units
    pseudonyms: Pseudonyms
    clock: Clock

    async def add(self, *rows: Any) -> None:
        async with self.units.begin() as unit:
            unit.session.add_all(rows)

    async def let_go(self, **changes: int) -> int:
        kept = {f"keep_{name}_days": days for name, days in ({"leads": DAYS, "decisions": DAYS} | changes).items()}
        settings = DialerSettings(_env_file=None, **kept)
        return await retention(settings, self.units, self.clock, self.pseudonyms).apply()

    async def left(self, *columns: Any) -> list[set[Any]]:
        async with self.units.reading() as session:
            return [set(await session.scalars(select(column))) for column in columns]


@pytest.fixture
async def store(database_url: str | None, tmp_path: Path) -> AsyncIterator[Store]:
    settings = DialerSettings(_env_file=None, database_url=database_url, messiah_var=tmp_path)
    database = Database(settings.store_url("dialer"), "dialer")
    await database.migrate(MIGRATIONS)
    units = Units(database, Broker("nats://nobody", "dialer"), Inbox, Outbox)
    pseudonyms = Pseudonyms(SecretRow, SecretStr("a secret of sixteen or more"))
    async with units.begin() as unit:
        await pseudonyms.prepare(unit.session)
    yield Store(units, pseudonyms, StoppedClock())
    await database.close()


def person(lead_id: str, submitted_at: datetime, phone: str = PHONE, state: LeadState = LeadState.DONE) -> LeadRow:
    return LeadRow(**lead_values(replace(lead(phone), lead_id=lead_id, submitted_at=submitted_at, state=state)))


def attempt(lead_id: str, at: datetime, phone: str = PHONE, **changes: Any) -> AttemptRow:
    given = {"state": AttemptState.ENDED, "carrier_call_id": f"CA{uuid4().hex}", "ended_at": at} | changes
    return AttemptRow(**attempt_values(Attempt(uuid4(), lead_id, phone, 1, at, **given)))


def decision(lead_id: str, at: datetime) -> DecisionRow:
    return DecisionRow(lead_id=lead_id, call_id=None, decided_at=at, until=None, verdicts=[])


async def test_whoever_is_older_than_that_goes_with_all_that_was_kept_of_them(store: Store) -> None:
    await store.add(
        person("gone", LATE),
        attempt("gone", LATE),
        decision("gone", NOW),
        SourcedRow(source="airtable", reference="rec1", lead_id="gone", told=True),
        person("exact", EXACTLY, OTHER),
        attempt("exact", LATE, OTHER),
        decision("exact", LATE),
        decision("exact", EXACTLY),
        BadNumberRow(phone="1", reason="", told_at=LATE),
        BadNumberRow(phone="2", reason="", told_at=EXACTLY),
    )
    assert await store.let_go(leads=0, decisions=0) == 0, "for ever"
    assert await store.let_go() == 3
    assert await store.left(LeadRow.lead_id, AttemptRow.lead_id, DecisionRow.lead_id, SourcedRow.reference) == [
        {"exact"},
        {"exact"},
        {"exact"},
        set(),
    ]
    assert await store.left(DecisionRow.decided_at, BadNumberRow.phone) == [{EXACTLY}, {"2"}]
    async with store.units.reading() as session:
        (entry,) = await session.scalars(select(PrivacyLogRow))
    assert (entry.who, entry.person) == ("retention", None)


async def test_nobody_goes_of_whom_something_is_to_come(store: Store) -> None:
    open_ = (LeadState.WAITING, LeadState.CALLING, LeadState.AWAITING_CALLBACK)
    for number, state in enumerate(open_):
        phone = f"+97254234567{number}"
        await store.add(person(state, LATE, phone, state), attempt(state, LATE, phone))
    assert await store.let_go(leads=1) == 0


async def test_a_person_goes_as_a_whole_or_not_at_all(store: Store) -> None:
    alike = "+972542345677"
    await store.add(
        person("old", LATE),  # the same number is called under another id
        attempt("old", LATE),
        person("new", LATE, state=LeadState.WAITING),
        person("talking", LATE, OTHER),  # a call that never ended, as far as is known
        attempt("talking", LATE, OTHER, state=AttemptState.SUBMITTED, ended_at=None),
        person("again", LATE, alike),  # called a moment ago under an id that is gone
        attempt("nobody", NOW, alike),
    )
    assert await store.let_go() == 0
    assert (await store.left(LeadRow.lead_id, AttemptRow.lead_id))[1] == {"old", "talking", "nobody"}


async def test_the_do_not_call_list_and_who_was_called_are_never_forgotten(store: Store) -> None:
    hashed = "0" * 64
    ages = {"opted_out_at": NOW - timedelta(days=9000), "call_id": None, "quote": None}
    await store.add(OptOutRow(key=OTHER, **ages), OptOutRow(key=hashed, **ages))
    await store.add(person("a", LATE), attempt("a", LATE), person("b", LATE, OTHER))
    assert await store.let_go() == 2
    assert await store.left(OptOutRow.key) == [{OTHER, hashed}]
    async with store.units.reading() as session:
        called, untouched = await read_histories(
            session, [lead(PHONE), lead("+972542345670")], NOW, None, store.pseudonyms
        )
    assert (called.attempts, called.called_long_ago, untouched.called_long_ago) == (0, True, False)
    approach = campaign(one_time_business_approach=True).started(NOW)
    facts = lead().facts.model_copy(update={"company": "אורנט"})
    business = replace(lead(PHONE), consent=None, campaign_id=approach.campaign_id, facts=facts)
    refused = consent(replace(context(business, campaign=approach), history=called))
    assert (refused.allowed, "long ago" in refused.reason) == (False, True)
    assert consent(replace(context(business, campaign=approach), history=untouched)).allowed
    await store.add(person("again", LATE), attempt("again", LATE))
    assert await store.let_go() == 1, "the hash is there already"


async def test_receipts_go_with_the_log(store: Store) -> None:
    about = {"person": "x", "state": "finished", "requested_by": "admin", "requested_at": LATE, "removed": {}}
    ids = [uuid4(), uuid4(), uuid4()]
    for erasure_id, finished_at in zip(ids, (LATE, EXACTLY, None), strict=True):
        await store.add(ErasureRow(erasure_id=erasure_id, remarks=[], finished_at=finished_at, **about))
        copy = {"holder": "carrier", "what": "recording", "state": "deleted", "count": 1, "attempts": 1}
        await store.add(CopyRow(erasure_id=erasure_id, **copy))
    await store.let_go(privacy_log=DAYS)
    assert await store.left(ErasureRow.erasure_id, CopyRow.erasure_id) == [set(ids[1:]), set(ids[1:])]


async def test_many_go_in_small_transactions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "PAUSE_S", 0)
    many = 2 * pace.BATCH + 7
    rows = [{"lead_id": "x", "decided_at": LATE, "verdicts": []} for _ in range(many)]
    async with store.units.begin() as unit:
        await unit.session.execute(insert(DecisionRow), rows)
    monkeypatch.setattr(pace, "MOST_BATCHES", 2)
    assert await store.let_go() == 2 * pace.BATCH, "the others in an hour"
    assert await store.let_go() == 7
    async with store.units.reading() as session:
        assert await session.scalar(select(func.count()).select_from(DecisionRow)) == 0


async def test_recordings_are_deleted_at_the_carrier_once_they_are_too_old_however_often_it_is_asked(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalling, "BACKOFF", Backoff(timedelta(), timedelta()))
    carrier = FakeCarrier(kept={"CA1": ["RE1", "RE2"]}, away=True)
    asking = Recalling(SqlLedger(store.units, store.pseudonyms), carrier, [], store.clock)
    for recording_id, ready_at in (("RE1", LATE), ("RE2", EXACTLY)):
        url = f"https://carrier.example/{recording_id}"
        await store.add(RecordingRow(recording_id=recording_id, call_id=uuid4(), url=url, ready_at=ready_at))
    assert await store.let_go(recordings=0) == 0
    assert await store.let_go(recordings=DAYS) == 1
    await asking.ask()
    assert carrier.kept == {"CA1": ["RE1", "RE2"]}
    carrier.away = False
    await asking.ask()
    assert carrier.kept == {"CA1": ["RE2"]}
    assert await store.left(RecordingRow.recording_id, CopyRow.id) == [{"RE2"}, set()]
