"""Hebrew in terminals that do not turn it round themselves."""

import io

import pytest
from rich.console import Console

from messiah.terminal import Screen, lines, reorders, visual

# The second of each pair is written as it is seen: its first character stands leftmost on the screen.
RTL = [
    ("", ""),
    ("שלום", "םולש"),
    ("שלום, מדברת נועה.", ".העונ תרבדמ ,םולש"),
    ("סוכן: שלום", "םולש :ןכוס"),
    # numbers keep their order, with what belongs to them
    ("בשעה 10:30 בבוקר", "רקובב 10:30 העשב"),
    ("מחיר 1,500 ₪ לחודש", "שדוחל ₪ 1,500 ריחמ"),
    ("עולה ₪20 בלבד", "דבלב ₪20 הלוע"),
    ("הנחה של 5% היום", "םויה 5% לש החנה"),
    ("ב-26.11.2026 בבוקר", "רקובב 26.11.2026-ב"),
    # foreign words and numbers after them are one run
    ("פגישה ב-Zoom היום", "םויה Zoom-ב השיגפ"),
    ("עם Google Meet או Zoom 5 מחר", "רחמ Zoom 5 וא Google Meet םע"),
    ("מייל info@orant.co.il בבקשה", "השקבב info@orant.co.il ליימ"),
    # brackets face the other way
    ("שלום (נועה) כאן", "ןאכ (העונ) םולש"),
    ("חברה (CRM) טובה", "הבוט (CRM) הרבח"),
    # direction marks go, points stay behind their letter
    ("‏שלום‎", "םולש"),
    ("שָׁלוֹם", "םוֹלשָׁ"),
    ("CRM", "CRM"),
]

LTR = [
    ("booked", "booked"),
    ("meeting with דנה כהן at 10:30", "meeting with ןהכ הנד at 10:30"),
    ("lead דנה 5 calls", "lead 5 הנד calls"),
    ("דנה", "הנד"),
    ("call (דנה) now", "call (הנד) now"),
]


@pytest.mark.parametrize(("logical", "seen"), RTL)
def test_hebrew_line(logical: str, seen: str) -> None:
    assert visual(logical) == seen


@pytest.mark.parametrize(("logical", "seen"), LTR)
def test_foreign_line_with_hebrew_in_it(logical: str, seen: str) -> None:
    assert visual(logical, rtl=False) == seen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "reorder"),
    [
        ({}, True),
        ({"TERM": "xterm-256color"}, True),
        ({"MESSIAH_BIDI": "auto"}, True),
        ({"MESSIAH_BIDI": "logical"}, False),
        ({"MESSIAH_BIDI": "visual", "VTE_VERSION": "7200"}, True),
        ({"VTE_VERSION": "7200"}, False),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"KONSOLE_VERSION": "220401"}, False),
        ({"TERM": "mlterm"}, False),
    ],
)
def test_which_terminals_need_it(environ: dict[str, str], reorder: bool) -> None:
    assert reorders(Terminal(), environ) is reorder


def test_a_pipe_gets_the_logical_order() -> None:
    assert reorders(io.StringIO(), {}) is False
    assert reorders(io.StringIO(), {"MESSIAH_BIDI": "visual"}) is True


def test_a_long_line_is_wrapped_before_it_is_turned() -> None:
    text = "אחת שתיים שלוש ארבע"
    assert lines(text, 10, reorder=True) == [" םייתש תחא", " עברא שולש"]
    assert lines(text, 10, reorder=False) == ["אחת שתיים", "שלוש ארבע"]


def test_values_in_a_box_are_wrapped_before_they_are_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESSIAH_BIDI", "visual")
    page = io.StringIO()
    Screen(Console(file=page, width=30)).panel("Call", [("Meeting", "at ten with נועה לביא"), ("S", "7")])
    assert [line.strip("│ ") for line in page.getvalue().splitlines()[1:-1]] == [
        "Meeting  at ten with העונ",
        "איבל",
        "S        7",
    ]


def test_a_pipe_gets_speech_in_one_line_and_rows_with_tabs() -> None:
    page = io.StringIO()
    screen = Screen(Console(file=page, width=20))
    screen.hebrew("סוכן: " + "שלום " * 10)
    screen.row("a", "דנה")
    assert page.getvalue().splitlines() == ["סוכן: " + "שלום " * 10, "a\tדנה"]
