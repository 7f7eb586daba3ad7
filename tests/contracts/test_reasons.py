"""Reasons are told in sentences that can be read back."""

from string import Formatter

import pytest

from contracts.reasons import BETWEEN, REASONS, read, said

FILLED = "דנה-7"


def gaps(code: str) -> dict[str, str]:
    return {gap: FILLED for _, gap, _, _ in Formatter().parse(REASONS[code]) if gap}


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_is_read_as_it_was_told(code: str) -> None:
    told = said(code, **gaps(code))
    assert [found for found, _ in read(told) or []] == [code]


def test_reasons_are_told_apart_and_so_is_what_they_are_made_of() -> None:
    hours = said("outside_hours", when="Sun 2026-11-22 09:00")
    settled = said("settled", why=said("meeting_booked"))
    missing = said("consent_missing", bases="web_form, written")
    spent = said("attempts_spent", attempts=3, most=3)
    assert read(BETWEEN.join((hours, missing, settled, spent))) == [
        ("outside_hours", {"when": "Sun 2026-11-22 09:00"}),
        ("consent_missing", {"bases": "web_form, written"}),
        ("settled", {"why": "a meeting is booked"}),
        ("attempts_spent", {"attempts": "3", "most": "3"}),
    ]


@pytest.mark.parametrize("code", [code for code in REASONS if "why" not in gaps(code)])
def test_a_reason_within_another_is_read_as_it_was_told(code: str) -> None:
    for around in ({"number": FILLED}, {}):
        outer = "number_invalid" if around else "number_blocked"
        found = read(said(outer, **around, why=said(code, **gaps(code)))) or []
        assert [each for each, _ in found] == [outer]
        assert [each for each, _ in read(found[0][1]["why"]) or []] == [code]


def test_a_reason_with_its_cure_stays_within_the_one_around_it() -> None:
    told = said("fault_at", place="x", why=said("key_unknown", why=said("near_word", word="y")))
    [(code, about)] = read(told) or []
    assert code == "fault_at"
    assert [inner for inner, _ in read(about["why"]) or []] == ["key_unknown"]


def test_what_somebody_wrote_may_hold_what_stands_between_reasons() -> None:
    told = said("status_unknown", written='VIP; it\'s "new"')
    assert [code for code, _ in read(f"{told}{BETWEEN}{said('erased')}") or []] == ["status_unknown", "erased"]


def test_what_somebody_else_says_is_no_reason_of_ours() -> None:
    assert read("the shop moved to Haifa; call in spring") is None
    assert read("") is None
