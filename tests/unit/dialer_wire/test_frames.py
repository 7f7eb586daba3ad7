"""Frames as the carrier is known to send them, and as it might one day."""

import json

import pytest

from services.dialer.lines.frames import (
    CarrierError,
    Interrupt,
    Key,
    Played,
    Prompt,
    Setup,
    Speaking,
    end,
    parse,
    text,
)


@pytest.mark.parametrize(
    ("raw", "frame"),
    [
        ('{"type":"setup","callSid":"CA1","customParameters":{}}', Setup("CA1")),
        ('{"type":"prompt","voicePrompt":" כן ","lang":"he-IL","last":true}', Prompt("כן", "he-IL", last=True)),
        ('{"type":"prompt","voicePrompt":"כן","last":false}', Prompt("כן", None, last=False)),
        ('{"type":"prompt","voicePrompt":"כן"}', Prompt("כן", None, last=True)),
        ('{"type":"dtmf","digit":"1"}', Key("1")),
        (
            '{"type":"interrupt","utteranceUntilInterrupt":"א ב","durationUntilInterruptMs":684}',
            Interrupt("א ב", 684),
        ),
        ('{"type":"interrupt","utteranceUntilInterrupt":"א","durationUntilInterruptMs":"684"}', Interrupt("א", 684)),
        ('{"type":"interrupt","durationUntilInterruptMs":"soon"}', Interrupt("", None)),
        ('{"type":"interrupt","utteranceUntilInterrupt":null,"durationUntilInterruptMs":1e999}', Interrupt("", None)),
        ('{"type":"info","name":"agentSpeaking","value":"on"}', Speaking(agent=True, on=True)),
        ('{"type":"info","name":"clientSpeaking","value":"off"}', Speaking(agent=False, on=False)),
        ('{"type":"info","name":"tokensPlayed","value":"א"}', Played("א")),
        ('{"type":"error","description":"64107"}', CarrierError("64107")),
        (b'{"type":"dtmf","digit":"#","new":[1]}', Key("#")),
    ],
)
def test_known_frames_are_read(raw, frame):
    assert parse(raw) == frame


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "no json",
        b"\xff\xfe",
        "[]",
        "null",
        '"prompt"',
        "{}",
        '{"type":null}',
        '{"type":["prompt"]}',
        '{"type":"configUpdated","version":7}',
        '{"type":"setup"}',
        '{"type":"prompt"}',
        '{"type":"prompt","voicePrompt":7}',
        '{"type":"dtmf","digit":1}',
        '{"type":"info"}',
        '{"type":"info","name":"roundTripDelayMs","value":181}',
        '{"type":"info","name":"newOne","value":"x"}',
        "[" * 100_000,
    ],
)
def test_whatever_else_comes_is_no_frame(raw):
    assert parse(raw) is None


def test_frames_of_ours():
    assert json.loads(text("שלום ", last=False, language="he-IL")) == {
        "type": "text",
        "token": "שלום ",
        "last": False,
        "lang": "he-IL",
        "interruptible": True,
    }
    frame = json.loads(end("transfer", to="מכירות"))
    assert frame["type"] == "end"
    assert json.loads(frame["handoffData"]) == {"reason": "transfer", "to": "מכירות"}
