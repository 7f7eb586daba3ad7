"""Every sentence that can reach a caller suits a woman and a man alike, and is short."""

import pytest

from services.conversation.hebrew.lint import lint


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
