"""The file that says who takes meetings: what is wrong in it is named with its line and the remedy."""

import json
from datetime import date, time

import pytest

from services.runtime.errors import InvalidMessage
from services.scheduler import representatives
from services.scheduler.domain.representative import Representative
from services.scheduler.domain.team import Team
from services.scheduler.domain.working_hours import Weekday
from services.scheduler.settings import SchedulerSettings

GOOD = """\
working_days:
  fridays: true
  short_day_ends: 13:00
representatives:
  - id: noa
    name: נועה
    email: noa@example.com
    hours:
      sunday: 9:00-12:30, 13:30-17:00
      friday: 09:00-12:00
    weight: 2
"""


def _load(tmp_path, text: str):
    file = tmp_path / "team.yaml"
    file.write_text(text, encoding="utf-8")
    return representatives.load(file)


def test_the_packaged_file_is_right():
    team = representatives.load(SchedulerSettings(_env_file=None).representatives_file)
    assert len(team.representatives) == 2
    assert all(each.meeting_minutes == 20 for each in team.representatives)


def test_a_file_is_read_as_it_is_written(tmp_path):
    team = _load(tmp_path, GOOD)
    (noa,) = team.representatives
    assert team.working_days.fridays
    assert team.working_days.short_day_ends == time(13, 0), "YAML alone would read 13:00 as 780"
    assert [(span.opens, span.closes) for span in noa.hours[Weekday.SUNDAY]] == [
        (time(9), time(12, 30)),
        (time(13, 30), time(17)),
    ]
    assert noa.weight == 2


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("9:00-12:30, 13:30-17:00", "nine to five", "team.yaml:9: representatives.0.hours.sunday"),
        ("9:00-12:30, 13:30-17:00", "nine to five", "written like 09:00-17:00"),
        ("09:00-12:00", "12:00-09:00", "end before they start"),
        ("9:00-12:30, 13:30-17:00", "9:00-12:30, 12:00-17:00", "09:00-12:30 and 12:00-17:00 overlap"),
        ("weight: 2", "days_off: [2026-12-24/2026-12-20]", "lies before the first; swap them"),
        ("weight: 2", "days_off: [christmas]", "team.yaml:11: representatives.0.days_off.0"),
        ("weight: 2", "hours: {}", "line 11: hours is given twice"),
        ("weight: 2", "weight: .inf", "team.yaml:11: representatives.0.weight"),
        ("sunday", "sonntag", "team.yaml:8: representatives.0.hours: sonntag is no weekday; use monday"),
        (
            "noa@example.com",
            "noa",
            "team.yaml:7: representatives.0.email: 'noa' is no e-mail address; write it like noa@",
        ),
        ("weight: 2", "wait: 2", "team.yaml:11: representatives.0.wait: there is no such field; docs/meetings.md"),
        (
            "id: noa",
            "id: Noa L",
            "team.yaml:5: representatives.0.id: is no id; take at most 32 of a-z",
        ),
        ("    email: noa@example.com\n", "", "team.yaml:5: representatives.0.email: is missing; add it"),
        ("weight: 2", "time_zone: Israel/Nowhere", "use an IANA name such as Asia/Jerusalem"),
        ("weight: 2", "meeting_minutes: long", "team.yaml:11: representatives.0.meeting_minutes"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_remedy(tmp_path, good, bad, says):
    assert good in GOOD
    with pytest.raises(InvalidMessage) as wrong:
        _load(tmp_path, GOOD.replace(good, bad))
    assert says in wrong.value.detail


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "representatives"),
        ("representatives: []", "nobody takes meetings"),
        ("representatives: [", "is no proper YAML"),
        (GOOD + "working_days: {}", "line 12: working_days is given twice"),
        (GOOD + GOOD.partition("representatives:\n")[2], "two representatives share the id noa"),
    ],
)
def test_a_file_without_distinct_representatives_is_refused(tmp_path, text, says):
    with pytest.raises(InvalidMessage) as wrong:
        _load(tmp_path, text)
    assert says in wrong.value.detail


def test_days_off_and_closed_days_are_written_as_people_write_them(tmp_path):
    off = "    days_off: [2026-12-24, 2027-01-03/2027-01-07, {first: 2027-02-01, reason: חופשה}]\n"
    team = _load(tmp_path, GOOD.replace("  fridays: true", "  closed_days: [2026-10-27]\n  chol_hamoed: false") + off)
    assert team.working_days.closed_days == {date(2026, 10, 27)}
    assert not team.working_days.chol_hamoed
    (noa,) = team.representatives
    assert [(each.first, each.last, each.reason) for each in noa.days_off] == [
        (date(2026, 12, 24), date(2026, 12, 24), None),
        (date(2027, 1, 3), date(2027, 1, 7), None),
        (date(2027, 2, 1), date(2027, 2, 1), "חופשה"),
    ]
    assert noa.away(date(2027, 1, 7))
    assert not noa.away(date(2027, 1, 8))


def test_what_is_stored_reads_back_as_it_was(tmp_path):
    (noa,) = _load(tmp_path, GOOD + "    days_off: [2026-12-24]\n").representatives
    stored = json.loads(noa.model_dump_json())
    assert stored["hours"] == {"sunday": "09:00-12:30, 13:30-17:00", "friday": "09:00-12:00"}
    assert Representative.model_validate(stored) == noa


def test_a_team_is_staffed_by_what_is_stored_over_the_file(representative):
    team = Team(representatives=(representative(id="noa"), representative(id="yoav")))
    changed, ruth = representative(id="noa", weight=3), representative(id="ruth")
    staffed = team.staffed({"ruth": ruth, "noa": changed, "yoav": None, "gone": None})
    assert staffed.representatives == (changed, ruth)
    assert team.staffed({}) == team


def test_a_missing_file_names_the_setting(tmp_path):
    with pytest.raises(InvalidMessage) as wrong:
        representatives.load(tmp_path / "none.yaml")
    assert "REPRESENTATIVES_FILE" in wrong.value.detail
