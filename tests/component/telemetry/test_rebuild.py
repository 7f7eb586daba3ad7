"""A rebuild gives the same records as the live fold, loses nothing, logs nothing twice, and may run at any time."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete, select

from contracts.calls import CallRequested
from contracts.leads import LeadAccepted
from contracts.meetings import MeetingCancelled
from contracts.streams import CONSUMERS
from contracts.telemetry import CallLogged
from messiah.nats_server import NatsServer
from services.telemetry.app import build, rebuilding
from services.telemetry.archive import StoredCalls
from services.telemetry.prices import read_prices
from services.telemetry.queries import CallFilters, CallQuery
from services.telemetry.rebuild import Rebuild
from services.telemetry.settings import TelemetrySettings
from services.telemetry.tables import Base, CallRow, FactRow, RebuildRow, RecordRow
from tests.unit.telemetry.sample_call import BEGAN, LEAD, SampleCall

CONNECT_S = 5.0


@pytest.fixture
def settings(nats_server: NatsServer, tmp_path: Path, database_url: str | None) -> TelemetrySettings:
    """Those that `start` uses."""
    return TelemetrySettings(
        _env_file=None,
        nats_url=nats_server.url,
        database_url=database_url,
        messiah_var=tmp_path,
        telemetry_grace_s=0.1,
    )


async def _rebuild(settings: TelemetrySettings, **how) -> int:
    async with rebuilding(settings, CONNECT_S) as rebuild:
        return await rebuild.run(**how)


async def _until(condition) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def _everything(service) -> dict:
    """All that the archive shows."""
    archive = StoredCalls(service.units.reading, read_prices())
    page = await archive.page(CallFilters(limit=200))
    return {
        "calls": page,
        "records": [await archive.record(item.call_id) for item in page.items],
        "events": [await archive.events(item.call_id) for item in page.items],
        "statistics": await archive.statistics(CallQuery()),
        "found": await archive.page(CallFilters(q="עסקים פגישה")),
    }


async def _empty(service) -> None:
    async with service.units.begin() as unit:
        for table in reversed(Base.metadata.sorted_tables):
            await unit.session.execute(delete(table))


async def _read_by(broker) -> bool:
    infos = [
        await broker.js.consumer_info(each.stream, each.name)
        for each in CONSUMERS
        if each.name.startswith("telemetry-")
    ]
    return not any(info.num_pending or info.num_ack_pending for info in infos)


async def _told(teller, service, count: int) -> None:
    """Some calls, a running one and a verdict; returns when all of it is kept and every finished call is logged."""
    await teller.tell(LeadAccepted(lead_id=LEAD, occurred_at=BEGAN))
    for _ in range(count):
        await teller.tell_a_whole_call(SampleCall(uuid4()))
    await teller.tell(*SampleCall(uuid4()).before_the_claim())

    async def kept() -> bool:
        async with service.units.reading() as session:
            rows = (await session.scalars(select(CallRow))).all()
        return (
            await _read_by(teller.broker)
            and len(rows) == count + 1
            and all(row.due_at is None for row in rows)
            and sum(row.logged_at is not None for row in rows) == count
        )

    await _until(kept)


async def test_an_emptied_store_gets_the_same_records_and_nothing_is_logged_again(start, teller, settings):
    service = await start()
    await _told(teller, service, 3)
    before, logged = await _everything(service), await teller.logged()
    assert len(before["found"].items) == 0
    assert len(before["records"]) == 4
    await service.stop()

    quiet = await build(settings)  # reads its tables, and does not run
    await _empty(quiet)
    assert await _rebuild(settings) == 4
    assert await _everything(quiet) == before
    assert await _rebuild(settings) == 4
    assert await _everything(quiet) == before
    assert await teller.logged() == logged
    await quiet.stop()


async def test_a_rebuild_beside_the_running_service_changes_nothing(start, teller, settings):
    service = await start()
    await _told(teller, service, 2)
    before = await _everything(service)
    more = [SampleCall(uuid4()) for _ in range(4)]
    async with rebuilding(settings, CONNECT_S) as one, rebuilding(settings, CONNECT_S) as other:
        await asyncio.gather(one.run(), other.run(), *(teller.tell_a_whole_call(call) for call in more))

    async def settled() -> bool:
        return len({CallLogged.model_validate_json(body).call_id for body in await teller.logged()}) == 6

    await _until(settled)
    assert len(await teller.logged()) == 6
    after = await _everything(service)
    ids = {record.call_id for record in before["records"]}
    assert [record for record in after["records"] if record.call_id in ids] == before["records"]
    assert all(record.complete for record in after["records"] if record.call_id not in ids)


async def test_a_call_that_telemetry_never_saw_end_is_logged_by_the_rebuild(start, teller, broker, settings):
    await teller.tell_a_whole_call(SampleCall(uuid4()))
    await _rebuild(settings)
    assert len(await teller.logged()) == 1
    await start()
    await _until(lambda: _read_by(broker))
    assert len(await teller.logged()) == 1


async def test_records_whose_facts_are_gone_stay(start, teller, broker, settings):
    service = await start()
    await _told(teller, service, 2)
    before = await _everything(service)
    gone, other = (record for record in before["records"] if record.complete)
    async with service.units.begin() as unit:
        await unit.session.execute(delete(FactRow).where(FactRow.call_id.in_([gone.call_id, other.call_id])))
    await broker.js.purge_stream("CALLS", subject=f"calls.{gone.call_id}.>")
    await broker.js.purge_stream("CALLS", subject=f"calls.{other.call_id}.requested")  # the oldest go first
    await _rebuild(settings)
    assert (await _everything(service))["records"] == before["records"]

    meeting = SampleCall(gone.call_id).booked().model_dump(exclude={"event_id", "lead", "phone", "occurred_at"})
    await teller.tell(MeetingCancelled(**meeting, occurred_at=BEGAN))  # late, about a call of which little is left
    await _until(lambda: _read_by(broker))
    assert (await StoredCalls(service.units.reading, read_prices()).record(gone.call_id)).transcript


async def test_a_call_nobody_knows_any_more_comes_back_from_what_was_logged_of_it(start, teller, broker, settings):
    service = await start()
    await _told(teller, service, 1)
    before = next(record for record in (await _everything(service))["records"] if record.complete)
    await service.stop()
    await broker.js.purge_stream("CALLS")
    quiet = await build(settings)
    await _empty(quiet)
    await _rebuild(settings)
    after = await StoredCalls(quiet.units.reading, read_prices()).record(before.call_id)
    assert (after.transcript, after.meeting, after.cost) == (before.transcript, before.meeting, before.cost)
    assert len(await teller.logged()) == 1
    await quiet.stop()


async def test_an_interrupted_rebuild_goes_on_where_it_stopped(start, teller, settings, monkeypatch):
    service = await start()
    await _told(teller, service, 3)
    before = await _everything(service)
    await service.stop()
    quiet = await build(settings)
    await _empty(quiet)
    monkeypatch.setattr("services.telemetry.rebuild.READ_BATCH", 20)
    kept: list[int] = []
    keep = Rebuild._keep

    async def counted(self, source, messages) -> None:
        if len(kept) == 5:
            raise ConnectionError("pulled out")
        await keep(self, source, messages)
        kept.append(len(messages))

    with monkeypatch.context() as patched:
        patched.setattr(Rebuild, "_keep", counted)
        with pytest.raises(Exception, match="run `messiah rebuild` again"):
            await _rebuild(settings)
    async with quiet.units.reading() as session:
        assert (await session.scalars(select(RebuildRow))).all()
        had = set((await session.execute(select(FactRow.stream, FactRow.sequence))).all())
    seen: list[tuple[str, int]] = []

    def report(part: str, done: int, of: int) -> None:
        seen.append((part, done))

    await _rebuild(settings, report=report)
    assert had
    assert seen[0][1] > max(sequence for stream, sequence in had if stream == "TELEMETRY")
    assert await _everything(quiet) == before
    async with quiet.units.reading() as session:
        assert not (await session.scalars(select(RebuildRow))).all()
    await quiet.stop()


async def test_a_record_of_an_old_version_is_folded_with_what_is_new(start, teller, settings):
    service = await start()
    await _told(teller, service, 1)
    before = await _everything(service)
    async with service.units.begin() as unit:
        for row in await unit.session.scalars(select(RecordRow)):
            row.record = {name: row.record[name] for name in ("call_id", "state", "complete", "attempt")}
    await _rebuild(settings)
    assert await _everything(service) == before
    assert any(event.kind == CallRequested.__name__ for event in before["events"][0])
