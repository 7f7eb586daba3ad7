"""English, for playbooks in English: what callers mean, when, and whether they want to be left alone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.conversation.english.lint import lint
from services.conversation.english.opt_out import opt_out
from services.conversation.english.saying import say_slot, say_slot_short
from services.conversation.english.speaking import spoken
from services.conversation.english.understanding import understand
from services.conversation.english.words import first_number

ZONE = ZoneInfo("Asia/Jerusalem")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)
"""A Sunday."""
OFFERED = [datetime(2026, 11, 24, 10, 30, tzinfo=ZONE), datetime(2026, 11, 25, 14, 0, tzinfo=ZONE)]


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("sure, go ahead", "affirm"),
        ("no, not really", "deny"),
        ("I'm driving right now", "busy_callback"),
        ("it's not a good time", "busy_callback"),
        ("call me back tomorrow at ten", "busy_callback"),
        ("don't call before ten", "busy_callback"),
        ("who is this", "who_is_this"),
        ("where did you get my number?", "who_is_this"),
        ("hang on, are you a robot?", "is_robot"),
        ("how much does it cost", "ask_price"),
        ("we're not interested, thanks", "not_interested"),
        ("no thanks, we already have a supplier", "not_interested"),
        ("he's not in right now, can I take a message?", "gatekeeper"),
        ("you've got the wrong number", "wrong_person"),
        ("please leave a message after the tone", "voicemail"),
        ("just send me an email", "ask_email"),
        ("take us off your list", "opt_out"),
        ("oh fuck off", "profanity"),
        ("goodbye", "goodbye"),
        ("the cat is on the roof", "unclear"),
    ],
)
def test_what_is_meant(said, intent):
    assert understand(said, NOW, asked="permission").primary == intent


@pytest.mark.parametrize(
    "said",
    [
        "take me off your list",
        "please remove my number",
        "don't call me again",
        "do not ever call here anymore",
        "never call this number again",
        "Stop calling me!",
        "stop",
        "no more calls please",
        "unsubscribe",
        "I want to opt out",
        "I don't want to hear from you",
        "I never agreed to these calls",
        "you don't have my permission",
        "I'm on the do not call list",
        "lose my number",
        "this is harassment",
        "don't call, email me again and I'll sue you",
        "delete my details from your system",
        "we're not interested, take our number off",
        "don't call me, don't call us",
    ],
)
def test_an_opt_out_is_never_missed(said):
    assert opt_out(said)
    assert understand(said, NOW).opt_out


@pytest.mark.parametrize(
    "said",
    [
        "don't call before ten",
        "please don't call me now, call me tomorrow",
        "don't text me, call me",
        "don't call on Friday",
        "don't call me, email me",
        "stop, I'm driving",
        "I don't agree with the price",
        "take me through it",
        "we didn't agree on a day",
        "don't call it a robot",
        "not interested",
        "I can't stop laughing",
    ],
)
def test_what_is_no_opt_out(said):
    assert opt_out(said) is None


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("tomorrow at ten", "23 10:00", "23 10:00"),
        ("in half an hour", "22 09:30", "22 09:30"),
        ("Tuesday at 3 p.m.", "24 15:00", "24 15:00"),
        ("next Tuesday at half past ten", "01 10:30", "01 10:30"),
        ("quarter to eleven on Wednesday", "25 10:45", "25 10:45"),
        ("Thursday after two", "26 14:00", "26 17:00"),
        ("not before Wednesday", "25 00:00", "27 00:00"),
        ("Monday afternoon", "23 13:00", "23 18:00"),
        ("between nine and ten tomorrow", "23 09:00", "23 10:00"),
        ("from nine to eleven on Thursday", "26 09:00", "26 11:00"),
        ("the day after tomorrow in the morning", "24 05:00", "24 12:00"),
        ("on the twenty fourth of November at noon", "24 12:00", "24 12:00"),
        ("I can't on Tuesday, Wednesday is better", "25 00:00", "26 00:00"),
        ("in two days", "24 00:00", "25 00:00"),
        ("3 am", "23 03:00", "23 03:00"),
        ("next week", "29 00:00", "06 00:00"),
    ],
)
def test_a_time_is_understood(said, start, end):
    time = understand(said, NOW).time
    assert time is not None
    assert (f"{time.start:%d %H:%M}", f"{time.end:%d %H:%M}") == (start, end)


@pytest.mark.parametrize("said", ["we have ten people", "good morning", "one second", "Tuesday doesn't work", "no"])
def test_what_names_no_time(said):
    assert understand(said, NOW).time is None


@pytest.mark.parametrize(
    ("said", "slot"),
    [
        ("the first one", 0),
        ("the second one please", 1),
        ("not the first, the second one", 1),
        ("Tuesday", 0),
        ("Wednesday at two works", 1),
        ("the later one", 1),
        ("ten thirty", 0),
        ("the afternoon one", 1),
        ("either is fine", 0),
        ("neither", None),
        ("Tuesday doesn't work", None),
        ("Thursday at nine", None),
        ("yes", None),
    ],
)
def test_a_slot_is_chosen(said, slot):
    assert understand(said, NOW, asked="slot", offered=OFFERED).slot == slot


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("dana at ornet dot co dot il", "dana@ornet.co.il"),
        ("it's Dana.Cohen@ornet.co.il", "dana.cohen@ornet.co.il"),
        ("sure, it's d dot levi at gmail dot com thank you", "d.levi@gmail.com"),
        ("meet me at ten", None),
    ],
)
def test_an_address_is_spelled(said, address):
    assert understand(said, NOW, asked="email").email == address


def test_an_answer_to_a_question_is_one_whatever_words_are_in_it():
    for said in ("my assistant calls them", "about ten people", "we send it by email to a supplier"):
        assert understand(said, NOW, asked="question:process").primary == "unclear"
    assert understand("not interested, thanks", NOW, asked="question:process").primary == "not_interested"


def test_what_recognisers_write_on_silence_is_noise():
    assert understand("Thanks for watching!", NOW).noise
    assert understand(" ", NOW).noise


def test_numbers():
    assert [first_number(said) for said in ("about twenty five", "a hundred and twenty", "1,200", "lots")] == [
        25,
        120,
        1200,
        None,
    ]


def test_slots_are_said_as_people_say_them():
    assert say_slot_short(OFFERED[0], NOW) == "Tuesday at half past ten"
    assert say_slot(OFFERED[1], NOW) == "Wednesday, November 25, at two in the afternoon"
    assert (
        say_slot(NOW.replace(day=23, hour=9, minute=45), NOW) == "tomorrow, Monday, at a quarter to ten in the morning"
    )
    assert say_slot_short(NOW.replace(hour=12), NOW) == "today at noon"


def test_addresses_and_names_are_read_aloud():
    assert spoken("Is it dana.cohen@ornet.co.il?") == "Is it dana dot cohen at ornet dot co dot il?"
    assert spoken("SolarNir works", {"SolarNir": "Solar Neer"}) == "Solar Neer works"


def test_lint():
    assert lint("Is this a good moment?") == []
    for said in ("Thank you sir.", "he/she", "One. Two. Three.", "שלום", "word " * 40):
        assert lint(said)
