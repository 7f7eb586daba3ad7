"""How much of spoken Hebrew is understood and how much is read aloud rightly: our own phrases, a bar for each kind.

A single phrase that fails breaks nothing; a kind that falls below its bar does, and names what was missed.
"""

import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.conversation.hebrew.moment import Moment
from services.conversation.hebrew.numerals import first_number
from services.conversation.hebrew.opt_out import opt_out
from services.conversation.hebrew.speaking import spoken
from services.conversation.hebrew.spelling import digits, email
from services.conversation.hebrew.understanding import Intent, understand

ISRAEL = ZoneInfo("Asia/Jerusalem")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ISRAEL)
PHRASES = Path(__file__).parent / "phrases"

Judged = Iterator[tuple[bool, str]]


def rows(kind: str) -> Iterator[tuple[str, list[str]]]:
    """The rows of a file, each with the last @line before it."""
    around = ""
    for line in (PHRASES / f"{kind}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            around = line[1:]
        elif not line.startswith("#"):
            yield around, line.split("|", 2)


def intents() -> Judged:
    for _, (label, text) in rows("intents"):
        found = understand(text, NOW)
        either = [each.split("+") for each in label.split("/")]
        right = any(found.primary == each[0] for each in either)
        alarm = found.opt_out and not any(Intent.OPT_OUT in each for each in either)
        yield right and not alarm, f"{text} is {label}: {[each.intent for each in found.intents]}"


def opt_outs() -> Judged:
    for _, (text,) in rows("opt_outs"):
        yield opt_out(text) is not None and understand(text, NOW).primary is Intent.OPT_OUT, text


def near_misses() -> Judged:
    for _, (text,) in rows("near_misses"):
        yield opt_out(text) is None, f"{text}: {opt_out(text)}"


def times(hardness: str) -> Judged:
    for now, (kind, text, expected) in rows("times"):
        if kind == hardness:
            found = understand(text, _at(now)).time
            yield any(_is(found, each) for each in expected.split("/")), f"{now} {text} is {expected}: {found}"


def slots() -> Judged:
    for around, (text, expected) in rows("slots"):
        found = understand(text, NOW, asked="slot", offered=[_at(each) for each in around.split()])
        yield str(found.slot).lower() in expected.split("/"), f"{around} {text} is {expected}: {found.slot}"


def answers() -> Judged:
    for _, (asked, text, expected) in rows("answers"):
        yield str(understand(text, NOW, asked=asked or None).yes) == expected, f"{asked}: {text} is {expected}"


def spelled() -> Judged:
    for _, (text, expected) in rows("spelled"):
        if "@" in expected:
            found = email(text) or ""
            yield re.fullmatch(re.escape(expected).replace(r"\?", "[a-z0-9.]+"), found) is not None, f"{text}: {found}"
        elif expected.startswith("0") and len(expected) > 1:
            yield digits(text) == expected, f"{text}: {digits(text)}"
        else:
            yield str(first_number(text)).lower() == expected, f"{text}: {first_number(text)}"


def forms() -> Judged:
    for _, (text, *rest) in rows("spoken"):
        read = spoken(text).replace(",", "")
        yield any(_reads(read, each.replace(",", "")) for each in "|".join(rest).split("/")), f"{text}: {read}"


@pytest.mark.parametrize(
    ("judged", "bar"),
    [
        pytest.param(intents, 0.97, id="intents"),
        pytest.param(opt_outs, 1, id="opt-outs"),
        pytest.param(near_misses, 1, id="near misses of opt-outs"),
        pytest.param(lambda: times("o"), 0.98, id="ordinary times"),
        pytest.param(lambda: times("h"), 0.93, id="hard times"),
        pytest.param(slots, 0.97, id="slots"),
        pytest.param(answers, 0.95, id="yes and no"),
        pytest.param(spelled, 0.96, id="addresses and numbers"),
        pytest.param(forms, 0.98, id="spoken forms"),
    ],
)
def test_enough_of_a_kind_is_right(judged: Callable[[], Judged], bar: float):
    found = list(judged())
    missed = [said for right, said in found if not right]
    assert len(found) > 50
    assert 1 - len(missed) / len(found) >= bar, "\n".join(missed)


def test_any_words_in_any_order_make_a_time_that_does_not_end_before_it_begins():
    said = [word for _, (_, text, _) in rows("times") for word in text.split()]
    chance = random.Random(5)
    for _ in range(600):
        found = understand(" ".join(chance.choices(said, k=6)), NOW, asked="slot", offered=[NOW]).time
        assert found is None or found.start <= found.end


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ISRAEL)


def _is(found: Moment | None, expected: str) -> bool:
    """Whether a time is the moment, lies in the day, or has its middle in the window that was expected."""
    if found is None or expected == "none":
        return found is None and expected == "none"
    middle = found.start + (found.end - found.start) / 2
    if ".." in expected:
        begins, ends = map(_at, expected.split(".."))
        return begins <= middle < ends and found.end - found.start <= (ends - begins) * 1.5 + timedelta(hours=1)
    if "T" in expected:
        return found.start == found.end == _at(expected)
    return found.start.date() == middle.date() == _at(expected).date() and found.start < found.end


def _reads(read: str, expected: str) -> bool:
    if expected.startswith("?"):
        return read.endswith(expected[1:]) and not re.search("[A-Za-z0-9@]", read)
    return read == expected
