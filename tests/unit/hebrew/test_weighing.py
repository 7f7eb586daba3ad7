"""The weights of words: they belong to the phrases they were learned from, and tell what no phrase does."""

import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest

from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.opt_out import opt_out
from services.conversation.hebrew.phrasebook import utterance
from services.conversation.hebrew.understanding import understand
from services.conversation.hebrew.weighing import OPT_OUT_WEIGHTS, WEIGHTS, weigh
from services.runtime.clock import ISRAEL

NOW = datetime(2026, 11, 22, 9, tzinfo=ISRAEL)
PHRASES = Path(__file__).parent / "phrases"


@pytest.mark.parametrize(("file", "names"), [(WEIGHTS, "INTENTS_FROM"), (OPT_OUT_WEIGHTS, "OPT_OUTS_FROM")])
def test_the_weights_are_those_of_the_phrases(file: str, names: str):
    learning = pytest.importorskip("services.conversation.hebrew.learning", reason="learning needs numpy")
    head = json.loads((files("services.conversation.hebrew") / file).read_text(encoding="utf-8").splitlines()[0])
    learned_from = learning.digest([PHRASES / name for name in getattr(learning, names)])
    assert head["learned_from"] == learned_from, f"python -m {learning.__name__} tests/unit/hebrew/phrases"


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


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("אני רוצה החוצה מהרשימה שלכם", True),
        ("אני כן רוצה שתתקשרו אליי", False),
        ("נתתי לכם אישור להתקשר אליי", False),
        ("קשה מאוד להסביר את זה בקיצור", False),
    ],
)
def test_weights_find_an_opt_out_no_phrase_knows_and_no_wish_for_contact(text: str, is_one: bool):
    assert (opt_out(text) is not None) is is_one


@pytest.mark.parametrize(
    "text", ["הם מבקשים שנפסיק להתקשר", "אצלנו מי שמבקש להימחק נמחק", "אנחנו מתקשרים עד שאומרים לנו להפסיק"]
)
def test_of_what_is_told_about_ones_own_calls_weights_make_no_more_than_a_doubt(text: str):
    assert opt_out(text, answering=True) is None
    assert opt_out("תורידו אותי מהרשימה", answering=True)
