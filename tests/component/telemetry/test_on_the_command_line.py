"""What `messiah calls`, `stats` and `export` show of a telemetry that runs."""

import io
from uuid import uuid4

import pytest
from rich.console import Console

from messiah import statistics
from messiah.calls import show_events, show_page, show_record, telemetry
from messiah.terminal import Screen
from services.runtime.errors import Failure
from services.telemetry.domain.latency import histogram, percentiles
from tests.unit.telemetry.sample_call import SampleCall


@pytest.fixture
def screen() -> Screen:
    return Screen(Console(file=io.StringIO(), width=120))


def _shown(screen: Screen) -> str:
    return screen.console.file.getvalue()


async def test_a_call_its_facts_and_the_statistics_are_shown(api, teller, screen, tmp_path):
    call = SampleCall(uuid4())
    await teller.tell_a_whole_call(call)
    await teller.logged()
    async with telemetry(str(api._base_url)) as client:
        show_page(await client.page({"q": "עוזרים", "sort": "-duration_s"}), screen)
        show_record(await client.record(str(call.call_id)), screen)
        show_events(await client.events(str(call.call_id)), screen)
        statistics.show(await client.statistics({"interest": "high"}), screen)
        await client.download({}, tmp_path / "results.csv")
        with pytest.raises(Failure, match="interest: "):
            await client.statistics({"interest": "burning"})
        with pytest.raises(Failure, match="q: "):
            await client.download({"q": "?"}, tmp_path / "none.csv")
    text = _shown(screen)
    assert text.startswith(f"{call.call_id}\t2026-11-22 10:00\tדנה כהן\tmeeting_booked\tanswered\t")
    assert "Objections" in text
    assert "carrier            2 minute: 0.1292 USD" in text
    assert 'CallRecorded {"recording_id": "RE1"' in text
    assert "booked\t1\t100.0%" in text
    assert "default a\t1\t1\t100.0% (" in text
    assert f"p50 {percentiles(histogram([210.5, 180.0])).p50:g}, " in text
    assert (tmp_path / "results.csv").read_text(encoding="utf-8-sig").count("\n") == 2
    assert sorted(path.name for path in tmp_path.glob("*.csv*")) == ["results.csv"]
