"""What is wrong with the mail settings is named with its cure."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.runtime.clock import Clock
from services.scheduler.app import correspondence
from services.scheduler.representatives import load
from services.scheduler.roster import Roster
from services.scheduler.settings import SchedulerSettings

MAIL = {"smtp_host": "mail.example", "mail_from": "אלטה <meetings@alta.example>"}


def _settings(**named) -> SchedulerSettings:
    return SchedulerSettings(_env_file=None, **named)


def test_mail_is_off_by_default():
    assert _settings().smtp_host is None


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("implicit", 465)])
def test_the_usual_port_goes_with_the_kind_of_tls(tls, port):
    assert _settings(**MAIL, smtp_tls=tls).smtp_server_port == port
    assert _settings(**MAIL, smtp_tls=tls, smtp_port=2525).smtp_server_port == 2525


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        ({"smtp_host": "mail.example"}, "MAIL_FROM"),
        (MAIL | {"mail_from": "אלטה"}, "MAIL_FROM"),
        (MAIL | {"smtp_tls": "off"}, "SMTP_TLS=off"),
        (
            MAIL | {"smtp_host": "127.0.0.1", "smtp_tls": "off", "smtp_username": "u", "smtp_password": "p"},
            "SMTP_TLS=off",
        ),
        (MAIL | {"smtp_username": "u"}, "SMTP_PASSWORD"),
        ({"links_url": "http://meet.example"}, "https://"),
        ({"links_url": "meet.example"}, "https://"),
        ({"links_secret": "short"}, "16"),
        ({"reminder_hours": [-1]}, "greater than 0"),
    ],
)
def test_a_mistake_is_refused_with_its_cure(wrong, cure):
    with pytest.raises(ValidationError, match=cure):
        _settings(**wrong)


def test_a_system_with_a_pinned_clock_writes_to_nobody_outside():
    pinned, real = Clock(timedelta(days=-1)), Clock()
    roster = Roster(load(_settings().representatives_file))
    assert correspondence(_settings(**MAIL), roster, real) is not None
    assert correspondence(_settings(**MAIL), roster, pinned) is None
    assert correspondence(_settings(**MAIL | {"smtp_host": "127.0.0.1"}), roster, pinned) is not None
    assert correspondence(_settings(), roster, real) is None


def test_links_may_be_plain_http_at_home():
    assert _settings(links_url="http://localhost:8000/").links_url == "http://localhost:8000"
    assert _settings(links_url="https://meet.example/").links_url == "https://meet.example"


def test_the_secret_is_not_shown():
    assert "hunter2" not in repr(_settings(**MAIL, smtp_username="u", smtp_password="hunter2hunter2"))
