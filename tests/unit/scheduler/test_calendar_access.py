"""How people's own calendars are named in the file: what is wrong is told with its line, and no secret is in it."""

import json
import subprocess
from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.errors import InvalidMessage, Unavailable
from services.scheduler import representatives
from services.scheduler.calendars.built_in import BuiltIn
from services.scheduler.calendars.caldav import CalDavCalendar
from services.scheduler.calendars.directory import Directory, environment
from services.scheduler.calendars.google import GoogleCalendar
from services.scheduler.calendars.google_account import SCOPE, GoogleAccount, read_credentials
from services.scheduler.calendars.rs256 import Rs256Key
from services.scheduler.domain.calendar_task import PATIENCE, CalendarTask, TaskStatus
from services.scheduler.domain.sighting import without
from tests.integration.google_calendar import google_calendar
from tests.unit.scheduler.conftest import representative
from tests.unit.scheduler.sample_meeting import BOOKED_AT, meeting

CALDAV = {"kind": "caldav", "url": "https://dav.example/noa/", "username": "noa", "password_env": "NOA_PASSWORD"}
GOOGLE = {"kind": "google", "calendar_id": "noa@example.com", "credentials_env": "NOA_GOOGLE"}
USER = json.dumps({"type": "authorized_user", "client_id": "i", "client_secret": "hush", "refresh_token": "hush"})
FILE = """\
representatives:
  - id: noa
    name: נועה
    email: noa@example.com
    hours: {sunday: 09:00-17:00}
    calendar:
%s
"""


def _load(folder: Path, access: dict[str, str], **variables: str):
    file = folder / "team.yaml"
    lines = "\n".join(f"      {key}: {value}" for key, value in access.items())
    file.write_text(FILE % lines, encoding="utf-8")
    return representatives.load(file, variables)


@pytest.fixture(scope="module")
def key(tmp_path_factory) -> Path:
    """A private key as Google hands it out."""
    file = tmp_path_factory.mktemp("keys") / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-out", str(file)], check=True, capture_output=True)
    return file


def test_calendars_are_read_as_they_are_written(tmp_path):
    team = _load(tmp_path, CALDAV | {"url": "https://dav.example/noa"}, NOA_PASSWORD="hush")
    access = team.representatives[0].own_calendar
    assert access is not None
    assert access.model_dump() == CALDAV | {"auth": "basic"}
    assert "hush" not in team.model_dump_json()
    assert _load(tmp_path, GOOGLE, NOA_GOOGLE=USER).representatives[0].own_calendar is not None
    assert _load(tmp_path, {"kind": "built_in"}).representatives[0].own_calendar is None


@pytest.mark.parametrize(
    ("access", "variables", "line", "words"),
    [
        (CALDAV, {}, 10, "the environment has no NOA_PASSWORD; set it to the password"),
        (CALDAV | {"url": "http://dav.example/noa/"}, {"NOA_PASSWORD": "x"}, 8, "in the open; use https://"),
        (CALDAV | {"url": "dav.example/noa"}, {}, 8, "begins with https://"),
        (CALDAV | {"url": "https://noa:pw@dav.example/"}, {}, 8, "keep user and password out of the url"),
        (CALDAV | {"password_env": "correct horse"}, {}, 10, "is no name of a variable; write it like CALENDAR_NOA"),
        (CALDAV | {"password": "hush"}, {}, 11, "there is no such field"),
        ({key: value for key, value in CALDAV.items() if key != "username"}, {}, 6, "is missing; add it"),
        ({"kind": "outlook"}, {}, 6, "'built_in', 'caldav', 'google'"),
        (GOOGLE, {}, 9, "the environment has no NOA_GOOGLE"),
        (GOOGLE, {"NOA_GOOGLE": '{"type": "authorized_user"}'}, 9, "authorized_user.refresh_token: Field required"),
        (GOOGLE, {"NOA_GOOGLE": "/nowhere/key.json"}, 9, "No such file"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_remedy(tmp_path, access, variables, line, words):
    with pytest.raises(InvalidMessage) as error:
        _load(tmp_path, access, **variables)
    assert words in error.value.detail
    assert f"team.yaml:{line}: representatives.0.calendar" in error.value.detail
    assert "hush" not in error.value.detail


def test_a_wrong_key_is_told_without_a_word_of_it(tmp_path, key):
    broken = {"type": "service_account", "client_email": "a@b", "private_key": key.read_text()[:300]}
    with pytest.raises(InvalidMessage) as error:
        _load(tmp_path, GOOGLE, NOA_GOOGLE=json.dumps(broken))
    assert "copy the JSON file as Google gave it" in error.value.detail
    assert key.read_text()[50:80] not in error.value.detail


async def test_each_calendar_is_opened_once_and_with_its_secret(tmp_path):
    (tmp_path / "google.json").write_text(USER)
    directory = Directory({"NOA_PASSWORD": "hush", "NOA_GOOGLE": str(tmp_path / "google.json")})
    noa = representative(calendar=CALDAV)
    assert isinstance(directory.of(noa), CalDavCalendar)
    assert directory.of(noa) is directory.of(noa)
    assert isinstance(directory.of(representative(calendar=GOOGLE)), GoogleCalendar)
    assert isinstance(directory.of(representative()), BuiltIn)
    with pytest.raises(Unavailable, match="the environment has no OTHER"):
        directory.of(representative(calendar=CALDAV | {"password_env": "OTHER"}))
    await directory.close()


async def test_with_a_pinned_clock_no_calendar_outside_is_touched():
    directory = Directory({"NOA_PASSWORD": "hush", "NOA_GOOGLE": USER}, rehearsing=True)
    assert isinstance(directory.of(representative(calendar=CALDAV)), BuiltIn)
    assert isinstance(directory.of(representative(calendar=GOOGLE)), BuiltIn)
    here = CALDAV | {"url": "http://127.0.0.1:5232/noa/"}
    assert isinstance(directory.of(representative(calendar=here)), CalDavCalendar)
    await directory.close()


def test_secrets_come_from_the_environment_and_then_from_the_env_file(tmp_path, monkeypatch):
    file = tmp_path / ".env"
    file.write_text("CALENDAR_A=file\nCALENDAR_B=file\nCALENDAR_C=\n")
    monkeypatch.setenv("CALENDAR_A", "environment")
    found = environment(file)
    assert (found["CALENDAR_A"], found["CALENDAR_B"]) == ("environment", "file")
    assert "CALENDAR_C" not in found


@pytest.mark.parametrize("form", ["pkcs8", "traditional"])
def test_openssl_verifies_what_we_sign(tmp_path, key, form):
    message, signature, public = tmp_path / "message", tmp_path / "signature", tmp_path / "public.pem"
    pem = key.read_text()
    if form == "traditional":
        pem = subprocess.run(
            ["openssl", "rsa", "-traditional", "-in", str(key)], check=True, capture_output=True, text=True
        ).stdout
    message.write_bytes(b"a message")
    signature.write_bytes(Rs256Key(pem).sign(b"a message"))
    subprocess.run(["openssl", "pkey", "-in", str(key), "-pubout", "-out", str(public)], check=True)
    verify = ["openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(signature), str(message)]
    assert subprocess.run(verify, check=True, capture_output=True).stdout.strip() == b"Verified OK"


@pytest.mark.parametrize("pem", ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_is_refused(pem):
    with pytest.raises(ValueError, match="no RSA key"):
        Rs256Key(pem)


async def test_a_service_account_asks_for_its_token_as_google_documents_it(key):
    async with google_calendar() as google:
        uri = f"http://127.0.0.1:{google.port}/token"
        known = {"type": "service_account", "client_email": "s@p.iam.gserviceaccount.com", "token_uri": uri}
        credentials = read_credentials(json.dumps(known | {"private_key": key.read_text(), "private_key_id": "k1"}))

        async with aiohttp.ClientSession() as session:
            account = GoogleAccount(credentials, "noa@example.com", "NOA_GOOGLE")
            assert await account.token(session) in google.tokens
        (grant,) = google.grants
    assert grant["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    head, claims, _ = [urlsafe_b64decode(part + "==") for part in grant["assertion"].split(".")]
    assert json.loads(head) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    said = json.loads(claims)
    assert said.pop("exp") - said.pop("iat") == 3600
    assert said == {"iss": known["client_email"], "scope": SCOPE, "aud": uri, "sub": "noa@example.com"}


MINUTES = st.integers(0, 100)
SPANS = st.lists(st.tuples(MINUTES, MINUTES).map(sorted).filter(lambda span: span[0] < span[1]).map(tuple))


@given(spans=SPANS, own=st.tuples(MINUTES, MINUTES).map(sorted).map(tuple))
def test_one_meeting_is_cut_out_of_busy_time_and_nothing_else(spans, own):
    def minutes(each):
        return {minute for start, end in each for minute in range(start, end)}

    assert minutes(without(spans, own)) == minutes(spans) - minutes([own])
    assert all(start < end for start, end in without(spans, own))


def test_a_task_made_anew_counts_its_versions_and_has_another_day():
    task = CalendarTask.of(meeting().meeting_id, "noa", "account", BOOKED_AT).claimed(BOOKED_AT)
    late = task.refused("away", BOOKED_AT + PATIENCE)
    assert late.status is TaskStatus.FAILED
    again = late.again(BOOKED_AT + timedelta(days=2))
    assert (again.version, again.status, again.attempts) == (2, TaskStatus.PENDING, 0)
    assert again.give_up_at == BOOKED_AT + timedelta(days=3)
    assert task.again(BOOKED_AT).claimed_until == task.claimed_until, "whoever is at it finishes first"
