"""Every sentence that can reach a caller suits a woman and a man alike, and is short."""

import pytest
from pydantic import BaseModel

from contracts.values import LeadFacts
from services.conversation.domain.playbook import Playbook, parse_playbook
from services.conversation.hebrew.lint import lint
from services.conversation.library import PACKAGED

LEAD = LeadFacts(name="דנה כהן", company="אורנט", number_source="אתר החברה")


def sentences(part: object) -> list[str]:
    """Every sentence of a playbook, wherever it stands."""
    if isinstance(part, str):
        return [part]
    if isinstance(part, tuple):
        return [each for item in part for each in sentences(item)]
    if isinstance(part, dict):
        return [each for item in part.values() for each in sentences(item)]
    if isinstance(part, BaseModel):
        return [each for name in type(part).model_fields for each in sentences(getattr(part, name))]
    return []


def playbooks() -> list[Playbook]:
    return [parse_playbook(path.read_text(encoding="utf-8"), path.name) for path in sorted(PACKAGED.glob("*-he.yaml"))]


@pytest.mark.parametrize("playbook", playbooks(), ids=lambda playbook: playbook.name)
def test_a_playbook_that_is_shipped_has_nothing_to_complain_of(playbook):
    found = {}
    for sentence in sentences(playbook):
        spoken = playbook.line(sentence, LEAD, first="שלישי בעשר", second="רביעי בשתיים", when="מחר", email="a@b.co")
        if problems := lint(spoken):
            found[spoken] = problems
    assert found == {}


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
