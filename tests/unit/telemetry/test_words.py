"""A search finds a word whatever Hebrew writes into it, and however it was typed."""

import pytest

from services.telemetry.domain.words import index_text, query_words


def finds(query: str, text: str, phone: str | None = None) -> bool:
    return set(query_words(query)) <= set(index_text([text], phone).split())


@pytest.mark.parametrize(
    "text", ["פגישה", "לפגישה", "הפגישה", "בפגישה", "והפגישה", "שהפגישה", "כשהפגישה", "מהפגישה", "ולפגישה", "כפגישה"]
)
def test_letters_written_before_a_word_do_not_hide_it(text):
    assert finds("פגישה", f"נדבר על {text} מחר")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("מנכ״ל", 'המנכ"ל לא כאן'),
        ("שלום", "שָׁלוֹם וברכה"),
        ("בית ספר", "בית־ספר"),
        ("צ'ק", "צ׳ק"),
        ("CRM", "יש לנו crm ישן"),
        ("לקוחות מחר", "מחר נדבר על לקוחות"),
        ("10", "ב-10:30"),
    ],
)
def test_how_a_word_was_typed_makes_no_difference(query, text):
    assert finds(query, text)


@pytest.mark.parametrize(("query", "text"), [("פגישה", "פגישות"), ("שיחה מחר", "שיחה היום"), ("ישה", "פגישה")])
def test_other_words_are_not_found(query, text):
    assert not finds(query, text)


@pytest.mark.parametrize("query", ["054-2345678", "+972 54 234 5678", "0542345678", "972542345678"])
def test_a_number_is_found_however_it_is_written(query):
    assert finds(query, "", "+972542345678")


@pytest.mark.parametrize("query", ["", "!?", '"'])
def test_what_holds_no_word_asks_for_nothing(query):
    assert query_words(query) == []
