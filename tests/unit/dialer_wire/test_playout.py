"""What had been heard when the caller cut in, and when the agent has finished."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.dialer.lines.playout import Cut, Playout

A, B = uuid4(), uuid4()
TEXTS = st.lists(st.text("אבג .,?ab1", max_size=12), max_size=6)


def sent(*phrases: str, utterance=A) -> Playout:
    playout = Playout()
    for phrase in phrases:
        playout.sent(utterance, phrase, phrase, 0)
    return playout


def test_the_segment_is_added_to_what_was_played_before():
    playout = sent("משפט ראשון.", "משפט שני, ארוך מאוד.")
    playout.speaking(True, 1)
    playout.played("משפט ראשון. ", 2)
    assert playout.interrupted("משפט שני", 3) == [Cut(A, "משפט ראשון. משפט שני")]


def test_the_segment_may_have_been_reported_as_played_before():
    playout = sent("משפט ראשון.", "משפט שני, ארוך מאוד.")
    playout.played("משפט ראשון. ", 1)
    playout.played("משפט שני", 2)
    assert playout.interrupted("משפט שני", 2) == [Cut(A, "משפט ראשון. משפט שני")]


def test_a_segment_may_begin_before_what_was_reported():
    playout = sent("אחת שתיים", "שלוש ארבע")
    playout.played("אחת", 1)
    assert playout.interrupted("אחת שתיים שלוש", 2) == [Cut(A, "אחת שתיים שלוש")]


def test_without_reports_the_segment_is_found_in_what_was_sent():
    assert sent("Sentence 1.", "Sentence 2 of it.").interrupted("sentence  2, OF", 1) == [
        Cut(A, "Sentence 1. Sentence 2 of")
    ]


def test_a_segment_that_is_nowhere_counts_by_its_length():
    assert sent("יש לי חמש דקות").interrupted("שלום", 1) == [Cut(A, "יש לי")]


def test_nothing_heard_is_nothing():
    assert sent("שלום, מדברת נועה.").interrupted("", 1) == [Cut(A, "")]


def test_what_was_read_otherwise_is_cut_by_its_words():
    playout = Playout()
    playout.sent(A, "ניפגש ב-10:30 ביום ראשון", "ניפגש בעשר וחצי ביום ראשון", 0)
    assert playout.interrupted("ניפגש בעשר וחצי ביום", 1) == [Cut(A, "ניפגש ב-10:30 ביום")]


def test_every_utterance_that_was_cut_off_is_named():
    playout = sent("אחת.")
    playout.sent(B, "שתיים.", "שתיים.", 0)
    playout.speaking(True, 1)
    assert playout.interrupted("אח", 1) == [Cut(A, "אח"), Cut(B, "")]


def test_an_utterance_heard_to_its_end_is_not_cut_off_by_what_follows():
    playout = sent("אחת.")
    playout.sent(B, "שתיים שלוש.", "שתיים שלוש.", 0)
    playout.speaking(True, 1)
    playout.played("אחת.", 2)
    assert playout.interrupted("שתיים", 3) == [Cut(B, "שתיים")]


def test_after_the_last_word_there_is_nothing_to_cut():
    playout = sent("אחת.")
    playout.speaking(True, 1)
    playout.played("אחת.", 2)
    playout.speaking(False, 2)
    assert playout.interrupted("אחת", 3) == []


def test_sentences_of_the_lines_own_are_no_utterances():
    assert sent("רק רגע, בבקשה.", utterance=None).interrupted("רק", 1) == []


def test_the_beginning_of_an_utterance_is_kept_through_a_pause():
    playout = sent("אחת.")
    playout.speaking(True, 1)
    playout.played("אחת.", 2)
    playout.speaking(False, 2)
    playout.sent(A, "שתיים שלוש.", "שתיים שלוש.", 5)
    playout.speaking(True, 5.3)
    assert playout.interrupted("שתיים", 6) == [Cut(A, "אחת. שתיים")]


def test_what_an_earlier_line_spoke_counts_as_heard():
    playout = Playout()
    playout.heard_before(A, "אחת.")
    playout.sent(A, "שתיים שלוש.", "שתיים שלוש.", 1)
    playout.speaking(True, 2)
    assert playout.interrupted("שתיים", 3) == [Cut(A, "אחת. שתיים")]


def test_it_is_quiet_when_all_was_played_and_the_carrier_says_so():
    playout = sent("שלום, מדברת נועה.")
    playout.speaking(True, 1)
    assert not playout.quiet(2)
    playout.played("שלום, מדברת נועה.", 2)
    assert not playout.quiet(2)
    playout.speaking(False, 2.1)
    assert playout.quiet(2.1)


def test_it_is_not_quiet_while_more_was_sent_than_played():
    playout = sent("אחת.", "שתיים.")
    playout.played("אחת.", 1)
    playout.speaking(False, 1)
    assert not playout.quiet(1.1)
    assert playout.quiet(10)


def test_a_lost_report_does_not_hold_a_line_for_ever():
    playout = sent("אחת.")
    playout.speaking(True, 1)
    assert not playout.quiet(2)
    assert playout.quiet(60)


def test_without_reports_the_length_of_the_text_says_when_it_is_quiet():
    playout = sent("א" * 140)
    assert not playout.quiet(10)
    assert playout.quiet(10.6)


@given(TEXTS, TEXTS, st.text())
def test_whatever_is_reported_what_was_heard_is_part_of_what_was_sent(phrases, played, segment):
    playout = sent(*phrases)
    for piece in played:
        playout.played(piece, 1)
    whole = " ".join(phrase for phrase in phrases if phrase)
    for cut in playout.interrupted(segment, 2):
        assert whole.startswith(cut.heard)
    assert playout.quiet(2)
