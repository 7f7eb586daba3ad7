"""The file that says who takes meetings: what is wrong in it is named with its line and the remedy."""

from datetime import time

import pytest

from services.runtime.errors import InvalidMessage
from services.scheduler import representatives
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
        ("sunday", "sonntag", "team.yaml:8: representatives.0.hours: sonntag is no weekday; use monday"),
        ("noa@example.com", "noa", "team.yaml:7: representatives.0.email"),
        ("weight: 2", "wait: 2", "team.yaml:11: representatives.0.wait"),
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


def test_a_missing_file_names_the_setting(tmp_path):
    with pytest.raises(InvalidMessage) as wrong:
        representatives.load(tmp_path / "none.yaml")
    assert "REPRESENTATIVES_FILE" in wrong.value.detail
