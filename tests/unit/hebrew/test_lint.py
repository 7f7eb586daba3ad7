"""Every sentence that can reach a caller suits a woman and a man alike, and is short."""

from pathlib import Path

import pytest

from services.conversation.hebrew.lint import lint

PHRASES = Path(__file__).parent / "phrases"


def sentences(kind: str) -> list[str]:
    return (PHRASES / f"{kind}.txt").read_text(encoding="utf-8").splitlines()[1:]


@pytest.mark.parametrize(
    "sentence",
    [
        "תרצה לקבוע פגישה?",
        "מתי נוח לך?",
        "זה מעניין אותך?",
        "את מעוניינת/מעוניין?",
        "מעוניין/ת לשמוע?",
        "שלום. אני מאיה. אני מערכת. זה רגע נוח?",
        "שָׁלוֹם",
        "אתה פנוי עכשיו?",
    ],
)
def test_what_must_not_be_said_is_found(sentence):
    assert lint(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["זה רגע נוח?", "אפשר לקבוע פגישה השבוע?", "איך זה עובד אצלכם?", "אני מדברת מאלטה.", "לשלוח את הזימון במייל?"],
)
def test_what_suits_everybody_passes(sentence):
    assert lint(sentence) == []


def test_a_gender_that_was_learned_may_be_used():
    assert lint("מתי נוח לָךְ?", lead_gender="f") == []


def test_sentences_to_one_gender_are_told_from_those_to_everybody():
    assert [said for said in sentences("gendered") if not lint(said)] == []
    assert [said for said in sentences("neutral") if lint(said)] == []
