"""A rule for times looks only at words that may begin what it finds: were another to, it would be passed over."""

from datetime import date
from pathlib import Path

import pytest

from services.conversation.hebrew import time_scan, time_starts
from services.conversation.hebrew.phrasebook import Utterance

PHRASES = Path(__file__).parent / "phrases"
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("kind", ["times", "slots", "intents", "near_misses"])
def test_no_time_is_passed_over(kind, monkeypatch):
    lines = (PHRASES / f"{kind}.txt").read_text(encoding="utf-8").splitlines()
    said = [line.replace("|", " ") for line in lines if not line.startswith(("#", "@"))]
    found = [time_scan.scan(Utterance(each), TODAY) for each in said]
    monkeypatch.setattr(time_scan, "rules_for", lambda word: time_starts.ALL)
    assert found == [time_scan.scan(Utterance(each), TODAY) for each in said]
