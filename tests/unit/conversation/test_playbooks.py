"""Playbooks: what is wrong in one is told with its line and the remedy, and every one that is shipped can be spoken."""

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest
import yaml
from pydantic import BaseModel

from contracts.reasons import read
from contracts.values import LeadFacts
from services.conversation.domain.playbook import Playbook, changed
from services.conversation.domain.playbook_reading import BadPlaybook, parse_playbook, read_playbook
from services.conversation.domain.triggers import mentions
from services.conversation.folders import PACKAGED
from services.conversation.hebrew.intents import Intent

SHIPPED = {path.stem: path.read_text(encoding="utf-8") for path in sorted(PACKAGED.glob("*.yaml"))}
ALTA = SHIPPED["alta-he"]
DOCUMENT = Path(__file__).parents[3] / "docs" / "playbooks.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
LEADS = [
    LeadFacts(),
    LeadFacts(name="דנה כהן"),
    LeadFacts(company="אורנט", business_type="הייטק"),
    LeadFacts(name="דנה", company="אורנט", number_source="אתר החברה", current_challenges="תיאום"),
]
MORE = {"recorded": "yes", "first": "שלישי בעשר", "second": "רביעי בשתיים", "when": "מחר בעשר", "email": "a@b.co"}


def lines_of(part: object) -> Iterator[str]:
    """Everything in a playbook that may be a template."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from lines_of(getattr(part, name))
    elif isinstance(part, tuple):
        for each in part:
            yield from lines_of(each)


def faults(text: str) -> list[tuple[int | None, str]]:
    return [(fault.line, fault.message) for fault in read_playbook(text)[1]]


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_playbook_has_no_fault_and_the_name_of_its_file(name):
    assert faults(SHIPPED[name]) == []
    assert parse_playbook(SHIPPED[name], name).name == name


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("lead", LEADS, ids=["nothing", "name", "company", "all"])
def test_a_shipped_playbook_can_be_spoken_to_leads_with_missing_facts(name, lead):
    playbook = parse_playbook(SHIPPED[name], name)
    for template in lines_of(playbook):
        said = playbook.line(template, lead, **MORE)
        assert "{" not in said
        assert not said.startswith((",", ".", "!", "?"))
        assert " ," not in said


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_playbook_pitches_differently_by_kind_of_business(name):
    playbook = parse_playbook(SHIPPED[name], name)
    pitches = {playbook.pitch_for(LeadFacts(business_type=each.business[0])) for each in playbook.pitches}
    assert len(pitches) >= 2
    assert playbook.pitch not in pitches
    assert playbook.pitch_for(LeadFacts()) == playbook.pitch


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("permission:", "permision:", "permision:", "did you mean `permission`?"),
        ("  unclear: ", "  unklear: ", "unklear", "did you mean `unclear`?"),
        ("  gender: f", "  gender: x", "gender", "it may be f or m"),
        ("  minutes: 20", "  minutes: 500", "minutes: 500", "less than or equal to 120"),
        ('permission: "זה רגע נוח?"', 'permission: "נוח לך?"', "permission", "speaks to a man or a woman: לך"),
        ('permission: "זה רגע נוח?"', 'permission: "אחת. שתיים. שלוש."', "permission", "3 sentences, at most 2"),
        ('permission: "זה רגע נוח?"', 'permission: "מעוניין/ת?"', "permission", "form with a slash"),
        ('permission: "זה רגע נוח?"', 'permission: "שָׁלוֹם"', "permission", "vowel points"),
        ('permission: "זה רגע נוח?"', 'permission: "שלום {{ first_name }}"', "permission", "{% if first_name %}"),
        ('permission: "זה רגע נוח?"', 'permission: "שלום {{ nmae }}"', "permission", "did you mean `name`?"),
        ('permission: "זה רגע נוח?"', 'permission: "{{ when }}"', "permission", "there is no `when` here"),
        ('permission: "זה רגע נוח?"', 'permission: "{% if name %}א"', "permission", "close every"),
        ('permission: "זה רגע נוח?"', "permission: \"{{ 'א' * 999999999 }}\"", "permission", "too much for a sentence"),
        ('permission: "זה רגע נוח?"', "permission: \"{{ name.upper() or '' }}\"", "permission", "too much"),
        ('permission: "זה רגע נוח?"', 'permission: "אני מדבר מאלטה"', "permission", "the persona is a woman"),
        ('permission: "זה רגע נוח?"', 'permission: "זה Kubernetes"', "permission", "add it to `lexicon`"),
        ('permission: "זה רגע נוח?"', "permission: 10:30", "permission", "put it in quotes"),
        ("{{ first }}, או {{ second }}", "{{ first }}", "two_slots:", "it must name {{ second }}"),
        ("אני מערכת בינה מלאכותית{%", "אני כאן{%", "disclosure", "artificial intelligence"),
        ("{% if recorded %}, והשיחה מוקלטת{% endif %}", "", "disclosure", "the call is recorded"),
        ('permission: "זה רגע נוח?"', 'permission: "{{ recorded }}"', "permission", "there is no `recorded` here"),
        ("  - key: team_size", "  - key: current_process", "questions:", "is there twice"),
        ("    answer: number", "    answer: choice", "key: team_size", "go together"),
        ("  leave: false", "  leave: true\n  line: x", "  line: x", "there is no such key"),
        ("max_minutes: 8", "max_minutes: 8\nmax_minutes: 9", "max_minutes: 9", "already there in line"),
        ("max_minutes: 8", "max_minutes: [8", "model:", "check indentation and quotes"),
        ("lexicon: {}", "lexicon: &a {}\nclaim: *a", "claim: *a", "write it out here"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_remedy(old, new, line, says):
    text = ALTA.replace(old, new, 1)
    assert text != ALTA
    found = faults(text)
    assert any(number == line_of(text, line) and says in message for number, message in found), found
    assert [message for _, message in found if read(message) is None] == []


def test_a_missing_key_says_what_it_is_for():
    text = ALTA.replace('  rude: "סליחה על ההפרעה. יום טוב."\n', "")
    assert faults(text) == [(line_of(text, "closings:"), "`closings.rude`: it is missing; add it (Answers an insult)")]


def test_all_mistakes_are_told_at_once():
    text = ALTA.replace("gender: f", "gender: x").replace("minutes: 20", "minutes: 1").replace("rude:", "rood:")
    assert len(faults(text)) == 4
    with pytest.raises(BadPlaybook) as refused:
        parse_playbook(text, "alta-he.yaml")
    assert refused.value.detail.count("alta-he.yaml, line ") == 4


@pytest.mark.parametrize("text", ["", "a", "- 1", "name: x", "\t", "{" * 100000, "a: &a [*a]", "? [1]\n: 2", "1: 2"])
def test_what_is_no_playbook_at_all_is_refused_in_words(text):
    assert faults(text)


def test_a_version_that_was_in_force_is_read_without_judging_its_words():
    text = ALTA.replace('permission: "זה רגע נוח?"', 'permission: "נוח לך?"')
    assert read_playbook(text)[0] is None
    assert parse_playbook(text, "stored", lint=False).permission == "נוח לך?"


def change(text: str) -> Playbook:
    return parse_playbook(ALTA + text, "changed")


def test_answers_are_recorded_as_the_question_asks():
    playbook = parse_playbook(
        ALTA.replace(
            "    answer: number",
            "    answer: number\n  - key: tool\n    ask: במה עובדים?\n    again: עם מה?\n    answer: choice\n"
            "    choices: {excel: [אקסל, טבלאות], crm: [מאנדיי, סיילספורס]}\n"
            "  - key: has_crm\n    ask: יש לכם מערכת?\n    again: שאלתי אם יש מערכת.\n    answer: yes_no",
        ),
        "changed",
    )
    recorded = {question.key: partial(playbook.recorded, question.key) for question in playbook.questions}
    assert recorded["team_size"]("בערך עשרים וחמישה אנשים") == "25"
    assert recorded["team_size"]("אנחנו מאה ועשרים") == "120"
    assert recorded["team_size"]("שלוש מאות") == "300"
    assert recorded["team_size"]("1,200 עובדים") == "1200"
    assert recorded["team_size"]("לא יודע") == "לא יודע"
    assert recorded["tool"]("הכול באקסל אצלנו") == "excel"
    assert recorded["tool"]("גם אקסל וגם מאנדיי") == "גם אקסל וגם מאנדיי"
    assert recorded["has_crm"]("בטח", True) == "yes"
    assert recorded["current_process"]("ביד") == "ביד"


@pytest.mark.parametrize(
    ("said", "phrase", "found"),
    [
        ("רואה החשבון עושה את זה", "רואה חשבון", True),
        ("הכול באקסל ובטבלאות", "טבלאות", True),
        ("אנחנו מוסכים קטנים", "מוסך", False),
        ("already have a supplier, thanks", "have a supplier", True),
        ("We can't afford it", "can't afford", True),
        ("discovered", "cover", False),
    ],
)
def test_a_phrase_is_found_whatever_is_glued_to_it(said, phrase, found):
    assert mentions(said, phrase) is found


def test_a_question_waits_for_its_moment():
    playbook = parse_playbook(
        ALTA.replace("    answer: number", "    answer: number\n    when: {answers: {current_process: x}}"), "changed"
    )
    keys = [question.key for question in playbook.open_questions(LeadFacts(), {})]
    assert keys == ["current_process"]
    assert [each.key for each in playbook.open_questions(LeadFacts(), {"current_process": "x"})] == ["team_size"]
    text = ALTA.replace("    answer: number", "    answer: number\n    when: {answers: {nothing: x}}")
    assert any("not asked before it" in message for _, message in faults(text))


def test_an_objection_is_answered_once_and_an_opt_out_never():
    playbook = parse_playbook(ALTA, "alta")
    said = "לא תודה יש לנו ספק"
    found = playbook.objection(said, Intent.NOT_INTERESTED)
    assert found is not None
    assert found.key == "has_supplier"
    assert playbook.objection(said, Intent.NOT_INTERESTED, {"has_supplier"}) is None
    assert playbook.objection(said, Intent.OPT_OUT) is None
    assert playbook.objection("לא מעוניינים", Intent.NOT_INTERESTED) is None


def test_only_claims_and_prices_of_the_day_may_be_stated():
    playbook = change(
        "\nprices:\n  - {item: בסיס, amount: 490, currency: ILS, since: 2026-01-01, until: 2026-12-31,"
        ' say: "490 שקל לחודש."}\n'
    )
    assert "490 שקל לחודש." in playbook.statements(date(2026, 12, 31))
    assert "490 שקל לחודש." not in playbook.statements(date(2027, 1, 1))
    wrong = ALTA + '\nprices:\n  - {item: א, amount: 490, currency: ILS, since: 2026-01-01, say: "500 שקל."}\n'
    assert any("must state the amount" in message for _, message in faults(wrong))


VARIANTS = """
variants:
  - {name: as-it-is, weight: 3}
  - name: straight
    weight: 1
    change:
      permission: "יש דקה?"
      closings: {goodbye: "להתראות."}
"""


def test_a_variant_changes_what_it_says_and_nothing_else():
    playbook = change(VARIANTS)
    straight, same = playbook.as_variant("straight"), playbook.as_variant("as-it-is")
    assert (straight.permission, straight.closings.goodbye) == ("יש דקה?", "להתראות.")
    assert straight.closings.booked == playbook.closings.booked
    assert same.permission == playbook.permission
    assert (straight.variant, same.variant, playbook.variant) == ("straight", "as-it-is", None)


def test_a_call_follows_the_same_variant_always_and_calls_are_shared_by_weight():
    playbook, again = change(VARIANTS), change(VARIANTS)
    calls = [uuid4() for _ in range(2000)]
    drawn = [playbook.for_call(call).variant for call in calls]
    assert drawn == [again.for_call(call).variant for call in calls]
    assert 400 < drawn.count("straight") < 600
    assert parse_playbook(ALTA, "alta").for_call(calls[0]).variant is None


def test_a_mistake_in_a_variant_is_told_where_it_stands():
    text = ALTA + VARIANTS.replace("יש דקה?", "יש לך דקה?").replace("goodbye:", "goodby:")
    found = faults(text)
    assert (line_of(text, "יש לך דקה"), "`permission`: speaks to a man or a woman: לך") in found
    assert any(line == line_of(text, "goodby:") and "did you mean `goodbye`?" in message for line, message in found)
    text = ALTA + VARIANTS.replace('permission: "יש דקה?"', "name: other")
    assert any("the same in all variants" in message for _, message in faults(text))


def sections(part: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield part
    for field in part.model_fields.values():
        pending = [field.annotation]
        while pending:
            annotation = pending.pop()
            pending += get_args(annotation)
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                yield from sections(annotation)


def test_the_document_shows_every_key():
    shown = "\n".join(EXAMPLES)
    keys = {name for section in sections(Playbook) for name in section.model_fields}
    assert {key for key in keys if not re.search(rf"(?m)(?:^|[\s{{-]){key}:", shown)} == set()


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.split(":")[0] for example in EXAMPLES])
def test_every_example_of_the_document_is_one(example):
    fields = changed(yaml.safe_load(ALTA), yaml.safe_load(example))
    assert faults(yaml.safe_dump(fields, allow_unicode=True)) == []


def test_every_key_of_the_schema_says_what_it_means():
    for section in sections(Playbook):
        silent = {name for name, field in section.model_fields.items() if not field.description}
        assert silent <= {"persona", "meeting", "answers", "repairs", "closings", "voicemail", "model"}, section


@pytest.mark.parametrize("text", ["name: 2026-02-30", "name: !!bool x", "name: !!int ''", "name: " + "1" * 5000])
def test_a_value_that_only_looks_like_one_is_told(text):
    playbook, faults = read_playbook(text)
    assert playbook is None
    assert "quote it" in faults[0].message
