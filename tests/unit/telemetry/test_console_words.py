"""The console's sentences: the same in every language, none missing, none about a secret."""

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from string import Formatter

import pytest
from pydantic import SecretStr

from contracts.control import CampaignState
from contracts.list_faults import LIST_FAULTS
from contracts.reasons import REASONS, said
from contracts.telemetry import Stage
from contracts.values import AnsweredBy, Disposition, Outcome
from services.dialer.domain.rules import RULES
from services.dialer.uploads.headings import LEAD_COLUMNS, NUMBER_COLUMNS, REGISTRY_COLUMNS
from services.dialer.uploads.problem import Problem
from services.dialer.uploads.report import report
from services.telemetry.console.access.roles import Action, Role
from services.telemetry.console.language import CATALOGUE, languages, words_in
from services.telemetry.console.list_report import translated
from services.telemetry.console.wiring import shown
from services.telemetry.domain.call_record import CallState
from services.telemetry.queries import VerdictKind
from services.telemetry.settings import TelemetrySettings

PAGES = CATALOGUE.parent
FAMILIES = {
    "outcome": Outcome,
    "disposition": Disposition,
    "answered_by": AnsweredBy,
    "stage": Stage,
    "state": CallState,
    "verdict": VerdictKind,
    "campaign_state": CampaignState,
    "action": Action,
    "role": Role,
    "row": ("accepted", "refused"),
    "column": (*LEAD_COLUMNS, *NUMBER_COLUMNS, *REGISTRY_COLUMNS),
}


def gaps(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_every_language_says_the_same_with_the_same_gaps():
    hebrew, english = languages()["he"].catalogue, languages()["en"].catalogue
    assert hebrew.keys() == english.keys()
    assert {key for key in hebrew if gaps(hebrew[key]) != gaps(english[key])} == set()
    assert {key for key in hebrew if not hebrew[key] or not english[key]} == set()


def test_hebrew_is_hebrew():
    latin = {key for key, said in languages()["he"].catalogue.items() if not re.search("[א-ת]", said)}
    assert latin == {"unit.milliseconds", "unit.seconds"}


def test_every_sentence_that_a_page_asks_for_is_there():
    known = set(languages()["en"].catalogue)
    written = "".join(path.read_text(encoding="utf-8") for path in [*PAGES.rglob("*.py"), *PAGES.rglob("*.html")])
    asked = set(re.findall(r"""words\(\s*["']([a-z_.]+)["']""", written))
    assert len(asked) > 100
    assert asked - known == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_name_that_others_choose_has_a_word(family):
    known = set(languages()["he"].catalogue)
    assert {f"{family}.{each}" for each in FAMILIES[family]} - known == set()


def test_every_rule_and_every_reason_has_words_in_every_language():
    for words in languages().values():
        assert {f"rule.{rule.__name__}" for rule in RULES} - words.catalogue.keys() == set()
    hebrew = languages()["he"].reasons
    assert hebrew.keys() == REASONS.keys()
    assert {code for code, said in hebrew.items() if gaps(said) != gaps(REASONS[code].replace("!r}", "}"))} == set()
    assert {code for code, said in hebrew.items() if not re.search("[א-ת]", said)} == {"fault_at"}  # only gaps


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_told_in_english_is_shown_in_hebrew(code):
    about = {"when": "Sun 2026-11-22 09:00", "day": "2026-11-22", "state": "paused", "outcome": "hung_up"}
    filled = {gap: about.get(gap, "7") for gap in gaps(REASONS[code]) if gap}
    shown = words_in("he").why(said(code, **filled))
    assert not re.search("2026-11-22 |paused|hung_up", shown)
    assert words_in("he").why(f"{said(code, **filled)}; {said('opted_out')}").endswith("ביקשו שלא יתקשרו שוב לעולם")
    assert not re.search("hung_up", words_in("en").why(said(code, **filled)))


def test_a_reason_within_a_reason_is_shown_too_and_what_others_say_as_it_is():
    words = words_in("he")
    assert "נקבעה פגישה" in words.why(said("settled", why=said("meeting_booked")))
    assert words.why(said("carrier_refuses", why="20003 Permission denied")).endswith("20003 Permission denied")
    assert words.why("the shop is closed") == "the shop is closed"
    assert words_in("en").why(said("call_again", outcome="not_reached")) == "call again after: not reached"
    assert words_in("en").why(said("exhausted", attempts=3, most=3)) == said("exhausted", attempts=3, most=3)


@pytest.mark.parametrize("code", LIST_FAULTS)
def test_what_is_wrong_with_a_list_is_told_in_hebrew_with_its_cure(code):
    told = Problem.told(1, "", "", said(code, **{gap: "7" for gap in gaps(REASONS[code]) if gap}))
    problem, cure = words_in("he").fault(told.problem, told.cure)
    assert re.search("[א-ת]", problem)
    assert re.search("[א-ת]", cure)
    assert all(words_in("en").fault(told.problem, told.cure))


async def test_the_report_of_a_list_is_in_hebrew_however_it_comes_in_pieces():
    spoiled = Problem.told(3, "contact_number", 'a "b"\r\nc', said("number_hidden", written="###"))
    remark = Problem.told(4, "", "", said("row_repeated", first=3), only_remark=True)

    async def problems() -> AsyncIterator[Problem]:
        yield spoiled
        yield remark

    whole = "".join([each async for each in report(problems())]).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for place in range(0, len(whole), 5):
            yield whole[place : place + 5]

    read = b"".join([each async for each in translated(words_in("he"), pieces())]).decode("utf-8-sig")
    heading, first, second = csv.reader(io.StringIO(read, newline=""))
    assert heading == ["שורה", "עמודה", "ערך", "מה לא תקין", "מה לעשות", "השורה"]
    assert first[:3] == ["3", "טלפון", 'a "b"\r\nc']
    assert first[4:] == ["יש להרחיב את העמודה ולייצא שוב", "נדחתה"]
    assert second[4:] == ["יש להשאיר אחת מהשתיים", "נקלטה"]


def test_a_problem_that_an_earlier_version_kept_is_shown_as_it_is():
    assert words_in("he").fault("too odd", "mend it") == ("too odd", "mend it")
    assert words_in("he").fault("too odd", "") == ("too odd", "")


def test_a_language_nobody_knows_is_the_default_one():
    assert words_in("xx").language == "he"
    assert words_in(None).is_rtl
    assert words_in("en").of("outcome", "something_new") == "something new"


def test_settings_are_shown_without_their_secrets(tmp_path: Path):
    settings = TelemetrySettings(
        _env_file=None,
        messiah_var=tmp_path,
        messiah_api_token=SecretStr("very-secret-token"),
        database_url="postgresql://messiah:hunter2@db:5432/messiah",
        nats_url="nats://telemetry:hunter3@nats:4222",
    )
    text = str(shown(settings))
    assert "MESSIAH_API_TOKEN" in text
    assert "db:5432/messiah" in text
    assert not re.search("very-secret|hunter", text)
