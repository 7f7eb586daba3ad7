"""How long telemetry's pages take with many calls in its store.

It fills a database of its own (SQLite in a temporary folder, or an empty PostgreSQL that --database names) with calls
as the recorder would have written them, and asks every question that the API and the console ask.

    python -m benchmarks.archive --calls 100000
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from contracts.calls import Playbook
from contracts.telemetry import Cost, Stage, Talk, TranscriptLine
from contracts.values import Disposition, LeadFacts, Outcome, Speaker
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.telemetry.app import MIGRATIONS
from services.telemetry.archive import StoredCalls
from services.telemetry.domain.call_record import CallRecord, CallState, MeasuredTurn
from services.telemetry.prices import read_prices
from services.telemetry.queries import CallFilters, CallQuery, Sort
from services.telemetry.results import csv_of
from services.telemetry.rows import call_columns, objection_rows, searched_words, wait_rows
from services.telemetry.settings import TelemetrySettings
from services.telemetry.tables import CallRow, LeadRow, ObjectionRow, RecordRow, TranscriptRow, WaitRow

BATCH = 1000
DAYS = 180
CAMPAIGNS = [uuid4() for _ in range(12)]
TRADES = ("תוכנה", "מסעדה", "נדל״ן", "ביטוח", "קמעונאות", None)
SAID = (
    "שלום, מדברת מאיה, העוזרת הקולית של אלטה. אני מערכת בינה מלאכותית, והשיחה מוקלטת. זה רגע נוח?",
    "אלטה חוסכת לצוותי מכירות את החיפוש והתיאום, וקובעת להם פגישות.",
    "איך מתאמים אצלכם פגישות מכירה היום?",
    "אפשר להראות איך זה עובד בשיחת וידאו של עשרים דקות, בלי התחייבות.",
    "יש יום שלישי בעשר, או רביעי באחת עשרה וחצי. מה עדיף?",
    "תודה על הזמן, ויום טוב.",
)
HEARD = ("כן, בבקשה", "אנחנו מתאמים בטלפון ובאקסל", "כמה זה עולה לחודש?", "שלישי בעשר מתאים לי", "לא עכשיו, אני בנהיגה")
RARE = "היפופוטם"
ENDINGS = (
    (Outcome.NOT_REACHED, Disposition.NO_ANSWER, Stage.DIALED, 45),
    (Outcome.VOICEMAIL, Disposition.MACHINE, Stage.DIALED, 15),
    (Outcome.NOT_INTERESTED, Disposition.ANSWERED, Stage.PITCHED, 20),
    (Outcome.HUNG_UP, Disposition.ANSWERED, Stage.ANSWERED, 8),
    (Outcome.CALLBACK_SCHEDULED, Disposition.ANSWERED, Stage.QUALIFIED, 5),
    (Outcome.MEETING_BOOKED, Disposition.ANSWERED, Stage.BOOKED, 7),
)


def call(dice: random.Random, number: int, now: datetime) -> CallRecord:
    """A call as they are: most of them reach nobody."""
    ((outcome, disposition, stage, _),) = dice.choices(ENDINGS, [weight for *_, weight in ENDINGS])
    began = now - timedelta(days=dice.random() * DAYS)
    talked = disposition is Disposition.ANSWERED
    turns = dice.randint(2, 9) if talked else 0
    said = (TranscriptLine(turn=n, speaker=Speaker.AGENT, text=dice.choice(SAID), at=began) for n in range(turns))
    heard = (TranscriptLine(turn=n, speaker=Speaker.CALLER, text=dice.choice(HEARD), at=began) for n in range(turns))
    lines = tuple(line for both in zip(said, heard, strict=True) for line in both)
    if number % 5000 == 0 and lines:
        lines = (*lines[:-1], lines[-1].model_copy(update={"text": f"ראיתי {RARE}"}))
    return CallRecord(
        call_id=uuid4(),
        state=CallState.CONCLUDED,
        complete=True,
        lead_id=f"lead-{dice.randrange(60_000)}",
        lead=LeadFacts(name=f"ליד {number}", company="חברה", business_type=dice.choice(TRADES), company_size="11-50"),
        phone=f"+97254{dice.randrange(10**7):07}",
        campaign_id=dice.choice(CAMPAIGNS),
        attempt=dice.choice((1, 1, 1, 2, 3)),
        playbook=Playbook(name="alta-he", content_hash="0", variant=dice.choice(("a", "b"))),
        line="relay",
        stage=stage,
        requested_at=began,
        dialed_at=began,
        started_at=began if talked else None,
        ended_at=began + timedelta(minutes=2),
        duration_s=round(dice.uniform(5, 240), 1) if talked else 0.0,
        outcome=outcome,
        disposition=disposition,
        summary="נקבעה פגישה." if outcome is Outcome.MEETING_BOOKED else "",
        interest="high" if outcome is Outcome.MEETING_BOOKED else None,
        objections=(dice.choice(("price", "not_now", "have_one")),) if talked else (),
        transcript=lines,
        turns=tuple(MeasuredTurn(turn=n, first_word_ms=dice.lognormvariate(6, 0.6)) for n in range(turns)),
        talk=Talk(agent_words=turns * 9, caller_words=turns * 4, agent_share=0.69 if turns else None),
        cost=Cost(total=round(dice.uniform(0, 0.6), 4), currency="USD"),
    )


async def seed(database: Database, calls: int) -> UUID:
    """Fill the tables; the answer is one of the calls."""
    dice, now, one = random.Random(7), datetime.now(UTC), UUID(int=0)
    for start in range(0, calls, BATCH):
        records = [call(dice, start + number, now) for number in range(min(BATCH, calls - start))]
        rows: dict[type[Any], list[dict[str, Any]]] = {
            CallRow: [
                call_columns(each)
                | {"call_id": each.call_id, "began_at": each.requested_at, "heard_at": now}
                | {"logged_at": now}
                for each in records
            ],
            RecordRow: [
                {"call_id": each.call_id, "record": each.model_dump(mode="json", exclude_none=True)} for each in records
            ],
            TranscriptRow: [{"call_id": each.call_id, "words": searched_words(each)} for each in records],
            WaitRow: [row for each in records for row in wait_rows(each)],
            ObjectionRow: [row for each in records for row in objection_rows(each)],
        }
        async with database.writing() as session:
            for table, values in rows.items():
                await session.execute(insert(table), values)
        one = records[0].call_id
    leads = [
        {"lead_id": f"lead-{n}", "campaign_id": CAMPAIGNS[n % 12], "told_at": now, "verdict": "accepted", "sequence": n}
        for n in range(80_000)
    ]
    async with database.writing() as session:
        await session.execute(insert(LeadRow), leads)
    return one


def questions(archive: StoredCalls, one: UUID) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What is asked, by what to call it."""
    month = Clock().now() - timedelta(days=30)

    def page(**filters: Any) -> Callable[[], Awaitable[Any]]:
        return lambda: archive.page(CallFilters(**filters))

    def statistics(**filters: Any) -> Callable[[], Awaitable[Any]]:
        return lambda: archive.statistics(CallQuery(**filters))

    async def deep() -> None:
        cursor = None
        for _ in range(20):
            cursor = (await archive.page(CallFilters(limit=200, cursor=cursor))).next_cursor

    return {
        "newest calls": page(),
        "20 pages of 200": deep,
        "longest calls": page(sort=Sort.LONGEST),
        "booked, of one variant": page(outcome=Outcome.MEETING_BOOKED, variant="b"),
        "of a campaign, high interest": page(campaign_id=CAMPAIGNS[0], interest="high"),
        "search: a rare word": page(q=RARE),
        "search: a common word": page(q="פגישות"),
        "search: two words, oldest first": page(q="שלישי וידאו", sort=Sort.OLDEST),
        "search: a phone number": page(q="054-123"),
        "one call": lambda: archive.record(one),
        "statistics of all": statistics(),
        "statistics of 30 days": statistics(since=month),
        "statistics of a campaign": statistics(campaign_id=CAMPAIGNS[0]),
        "statistics of a common word": statistics(q="פגישות"),
    }


async def run(url: str, calls: int) -> None:
    database = Database(url, "telemetry")
    await database.migrate(MIGRATIONS)
    began = time.monotonic()
    one = await seed(database, calls)
    async with database.writing() as session:
        await session.execute(text("ANALYZE"))
    print(f"{calls} calls in {time.monotonic() - began:.0f} s")
    archive = StoredCalls(database.reading, read_prices())
    for name, ask in questions(archive, one).items():
        took = []
        for _ in range(3):
            began = time.monotonic()
            await ask()
            took.append(time.monotonic() - began)
        print(f"{name:34} {min(took) * 1000:8.1f} ms best, {max(took) * 1000:8.1f} ms worst of 3")
    began, size = time.monotonic(), 0
    async for piece in csv_of(archive.results(CallQuery())):
        size += len(piece.encode())
    print(f"{'download of all as CSV':34} {time.monotonic() - began:8.1f} s, {size / 1e6:.1f} MB")
    await database.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=100_000)
    arguments.add_argument("--database", help="an empty PostgreSQL; without it, SQLite in a temporary folder")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="messiah-archive-") as folder:
        settings = TelemetrySettings(_env_file=None, database_url=given.database, messiah_var=Path(folder))
        asyncio.run(run(settings.store_url("telemetry"), given.calls))


if __name__ == "__main__":
    main()
