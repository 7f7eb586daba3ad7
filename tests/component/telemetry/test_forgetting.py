"""Telemetry forgets somebody, what comes late of them is not kept, and what is old goes; others stay as they are."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select, update

from contracts.contacts import ContactErased, ContactErasureBegan, Traces
from contracts.streams import STREAMS
from contracts.turns import CallHeard
from services.runtime.service import Service
from services.telemetry.console.access.tables import AuditRow
from services.telemetry.retention import retention
from services.telemetry.settings import TelemetrySettings
from services.telemetry.tables import CallRow, FactRow, RecordRow, TranscriptRow
from tests.component.telemetry.conftest import Start, Teller
from tests.unit.telemetry.sample_call import BEGAN, LEAD, SampleCall

PHONE = "+972542345678"


async def counted(service: Service, *tables: type) -> list[int]:
    assert service.units is not None
    async with service.units.reading() as session:
        return [await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


async def forget(teller: Teller, call: SampleCall, lead_id: str) -> ContactErased:
    traces = Traces(lead_ids=(lead_id,), phones=(PHONE,), call_ids=(call.call_id,))
    subscription = await teller.broker.js.subscribe("contacts.*.erased", stream="CONTACTS", ordered_consumer=True)
    began = ContactErasureBegan(occurred_at=BEGAN, lead_id=lead_id, erasure_id=uuid4(), traces=traces)
    await teller.broker.tell(began)
    return ContactErased.model_validate_json((await subscription.next_msg(timeout=30)).data)


async def test_nothing_is_left_and_nothing_late_is_kept(
    telemetry: Service, teller: Teller, tmp_path: Path, database_url: str | None
) -> None:
    call = SampleCall()
    await teller.tell_a_whole_call(call)
    (logged,) = await teller.logged()
    assert telemetry.units is not None
    async with telemetry.units.begin() as unit:
        about = {"at": BEGAN, "user": "noa", "action": "say", "failure": None}
        unit.session.add(AuditRow(**about, about=f"call {call.call_id}", detail="שלום דנה"))
        unit.session.add(AuditRow(**about, about="the cap", detail="7"))
    said = max(await words(telemetry), key=len)

    done = await forget(teller, call, LEAD)
    assert done.removed.keys() >= {"facts", "calls", "records", "transcripts", "audit"}
    late = CallHeard(occurred_at=BEGAN, call_id=call.call_id, line_id=uuid4(), turn=9, text="קשקשן", kind="speech")
    others = late.model_copy(update={"event_id": uuid4(), "call_id": uuid4()})
    await teller.tell(late, others)

    async def kept() -> bool:
        return (await counted(telemetry, CallRow))[0] == 1

    async with asyncio.timeout(20):
        while not await kept():
            await asyncio.sleep(0.05)
    async with telemetry.units.reading() as session:
        assert set(await session.scalars(select(FactRow.call_id))) == {others.call_id}
        assert list(await session.scalars(select(AuditRow.about))) == ["the cap"]
    if database_url is None:
        content = b"".join(path.read_bytes() for path in tmp_path.glob("telemetry.db*"))
        assert said.encode() not in content
        assert logged[:200] not in content
        assert str(call.call_id).encode() not in content


async def words(service: Service) -> list[str]:
    assert service.units is not None
    async with service.units.reading() as session:
        return [word for row in await session.scalars(select(TranscriptRow.words)) for word in row.split()]


async def test_a_stream_that_was_made_anew_loses_nothing(start: Start, teller: Teller) -> None:
    service = await start()
    first, second = SampleCall(), SampleCall(uuid4(), BEGAN + timedelta(hours=1))
    await teller.tell_a_whole_call(first)
    await teller.logged()
    for stream in STREAMS:
        await teller.broker.js.purge_stream(stream.name)
    assert service.units is not None
    async with service.units.begin() as unit:  # as if the sequences of the second call had been used before
        await unit.session.execute(update(FactRow).values(sequence=FactRow.sequence + 10_000))
        last = (await teller.broker.js.stream_info("CALLS")).state.last_seq
        await unit.session.execute(
            update(FactRow).where(FactRow.stream == "CALLS").values(sequence=FactRow.sequence - 10_000 + last)
        )
    before = (await counted(service, FactRow))[0]
    await teller.tell_a_whole_call(second)
    await teller.logged()
    assert (await counted(service, FactRow))[0] == 2 * before


async def test_what_is_old_goes_part_by_part(start: Start, teller: Teller) -> None:
    service = await start()
    await teller.tell_a_whole_call(SampleCall(began=datetime.now(UTC) - timedelta(days=100)))
    await teller.logged()
    units = service.units
    assert units is not None
    async with units.reading() as session:
        assert "recordings" in str(await session.scalar(select(RecordRow.record)))

    async def after(**days: int) -> list[int]:
        kept = TelemetrySettings(_env_file=None, **{f"keep_{name}_days": each for name, each in days.items()})
        await retention(kept, units, service.clock).apply()
        return await counted(service, FactRow, TranscriptRow, RecordRow, CallRow)

    forever = {"facts": 0, "recordings": 0, "transcripts": 0, "calls": 0}
    facts, *rest = await after(**forever)
    assert (facts > 10, rest) == (True, [1, 1, 1])
    few, *rest = await after(**forever | {"facts": 99})
    assert (few < facts, rest) == (True, [1, 1, 1])
    await after(**forever | {"recordings": 99, "transcripts": 101})
    async with units.reading() as session:
        record = await session.scalar(select(RecordRow.record))
        assert record is not None
        assert (record.get("recordings"), len(record["transcript"]) > 3) == ([], True)
        assert await session.scalar(select(CallRow.has_recording)) is False
    assert (await after(**forever | {"transcripts": 99}))[1:] == [0, 1, 1]
    async with units.reading() as session:
        record = await session.scalar(select(RecordRow.record))
        assert record is not None
        assert (record["transcript"], record["outcome"]) == ([], "meeting_booked")
    assert (await after(**forever | {"calls": 99}))[1:] == [0, 0, 0]
