"""The weights of words: they belong to the phrases they were learned from, and tell what no phrase does."""

import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest

from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.phrasebook import utterance
from services.conversation.hebrew.understanding import understand
from services.conversation.hebrew.weighing import WEIGHTS, weigh
from services.runtime.clock import ISRAEL

NOW = datetime(2026, 11, 22, 9, tzinfo=ISRAEL)
LEARNED_FROM = [Path(__file__).parent / "phrases" / name for name in ("intents.txt", "lessons.txt")]


def test_the_weights_are_those_of_the_phrases():
    learning = pytest.importorskip("services.conversation.hebrew.learning", reason="learning needs numpy")
    head = json.loads((files("services.conversation.hebrew") / WEIGHTS).read_text(encoding="utf-8").splitlines()[0])
    assert head["learned_from"] == learning.digest(LEARNED_FROM), (
        f"python -m {learning.__name__} {' '.join(f'tests/unit/hebrew/phrases/{path.name}' for path in LEARNED_FROM)}"
    )


def test_the_same_phrases_give_the_same_weights():
    learning = pytest.importorskip("services.conversation.hebrew.learning", reason="learning needs numpy")
    taught = [({Intent.AFFIRM: 1.0}, "כן בטח"), ({Intent.DENY: 1.0}, "לא ממש"), ({Intent.AFFIRM: 1.0}, "כן ממש")] * 2
    texts = {learning.written(*learning.learn(taught), "") for _ in range(2)}
    assert len(texts) == 1


def test_what_was_never_said_before_is_weighed():
    likely = weigh(utterance("הסבתא של השכן מטפלת לנו בכל העניינים האלה"))
    assert max(likely, key=lambda intent: likely[intent]) in (Intent.NOT_INTERESTED, Intent.WRONG_PERSON)
    assert Intent.OPT_OUT not in likely


@pytest.mark.parametrize("text", ["", "!!!", "קקקקק", "xyz", "🙂"])
def test_words_nobody_knows_do_no_harm(text):
    assert understand(text, NOW).intents
    assert sum(2.718281828**each for each in weigh(utterance(text)).values()) == pytest.approx(1)
