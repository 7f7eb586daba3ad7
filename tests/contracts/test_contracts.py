"""What is promised to whoever reads our messages: shapes, subjects, streams and the table that explains them."""

import json
import re
from pathlib import Path

import pytest

import contracts
from contracts.event import Event, kind_of
from contracts.requests import REQUESTS
from contracts.streams import CONSUMERS, STREAMS
from messiah.schemas import differences

SAMPLES = sorted(Path(__file__).with_name("samples").glob("*.json"))
README = Path(contracts.__file__).with_name("README.md").read_text(encoding="utf-8")
KINDS = {kind.__name__: kind for kind in Event.kinds.values()}


def matches(subject: str, pattern: str) -> bool:
    """Whether a subject (or a narrower filter) lies within a pattern of NATS."""
    ours, theirs = subject.split("."), pattern.split(".")
    for index, token in enumerate(theirs):
        if token == ">":
            return len(ours) > index
        if index >= len(ours) or (token != "*" and token != ours[index]):
            return False
    return len(ours) == len(theirs)


def test_schemas_are_what_the_classes_say():
    assert differences() == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_released_shape_goes_on_being_readable(path):
    kind = KINDS[path.name.split(".")[0]]
    stored = json.loads(path.read_text(encoding="utf-8"))
    event = kind.model_validate(stored)
    again = json.loads(event.body())
    assert {name: again[name] for name in stored} == stored
    assert kind.model_validate(stored | {"a_field_of_the_future": 1}) == event


def test_every_fact_has_a_sample():
    assert {path.name.split(".")[0] for path in SAMPLES} == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_a_fact_lies_in_its_stream_and_is_found_by_its_subject(kind):
    (stream,) = [stream for stream in STREAMS if any(matches(kind.subject_filter(), each) for each in stream.subjects)]
    assert stream.name == kind.stream
    assert kind_of(re.sub(r"\{\w+\}", "01a1fcbb-f6bf-7383-9f4e-9108bb1b8819", kind.subject_template)) is kind


@pytest.mark.parametrize("subject", ["calls.1.unheard_of", "leads.submitted.twice", "meetings", "calls.1.2.said"])
def test_an_unknown_subject_is_no_fact(subject):
    assert kind_of(subject) is None


@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.name)
def test_a_consumer_hears_only_its_stream(consumer):
    (stream,) = [stream for stream in STREAMS if stream.name == consumer.stream]
    assert all(any(matches(each, pattern) for pattern in stream.subjects) for each in consumer.subjects)


def test_requests_lie_outside_the_streams():
    assert not [r for r in REQUESTS for stream in STREAMS if any(matches(r.subject, each) for each in stream.subjects)]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_the_table_in_the_readme_is_true(kind):
    told, heard = ", ".join(kind.told_by), ", ".join(kind.heard_by)
    row = f"| `{kind.subject_template}` | {kind.__name__} | {told} | {heard} | {kind.__doc__.splitlines()[0]} |"
    assert row in README


def test_the_readme_speaks_of_no_fact_that_is_not_there():
    assert set(
        re.findall(r"^\| `([a-z]+\.[^`]*)` \| (?:Call|Lead|Campaign|Meeting|Contact|Turn)", README, re.MULTILINE)
    ) == set(Event.kinds)


def test_a_fact_published_by_hand_gets_its_id_from_its_place():
    place = {
        "stream": "LEADS",
        "sequence": 7,
        "stored_at": KINDS["LeadSubmitted"]
        .model_validate(json.loads(SAMPLES[0].with_name("LeadSubmitted.1.json").read_text(encoding="utf-8")))
        .occurred_at,
    }
    body = '{"name":"דנה","phone":"0542345678"}'.encode()
    first = KINDS["LeadSubmitted"].from_message(body, **place)
    assert first == KINDS["LeadSubmitted"].from_message(body, **place)
    assert first.event_id != KINDS["LeadSubmitted"].from_message(body, **{**place, "sequence": 8}).event_id
