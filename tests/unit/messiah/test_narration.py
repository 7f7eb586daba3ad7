"""What a person is shown of the facts of a call."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from contracts.calls import CallClaimed, CallRequested, Playbook
from contracts.event import Event
from contracts.leads import CampaignFinished, CampaignPaused, CampaignStarted, LeadRefused
from contracts.meetings import MeetingBooked
from contracts.turns import CallHeard, CallInterrupted, CallSaid, HeardKind
from contracts.values import LeadFacts
from messiah.narration import Narrator

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CALL = uuid4()


def said(text: str, utterance: UUID, sequence: int = 0, last: bool = False) -> CallSaid:
    return CallSaid(
        occurred_at=NOW, call_id=CALL, epoch=1, turn=0, utterance=utterance, sequence=sequence, text=text, last=last
    )


def heard(text: str, kind: HeardKind = HeardKind.SPEECH) -> CallHeard:
    return CallHeard(occurred_at=NOW, call_id=CALL, turn=1, text=text, kind=kind)


def shown(*events: Event) -> list[str]:
    narrator = Narrator()
    return [line.text for event in events for line in narrator.lines(event)]


def test_phrases_are_shown_when_their_utterance_is_whole() -> None:
    utterance = uuid4()
    assert shown(said("שלום,", utterance)) == []
    assert shown(said("שלום,", utterance), said("מדברת נועה.", utterance, 1, last=True)) == ["סוכן: שלום, מדברת נועה."]


def test_an_utterance_that_was_cut_is_shown_before_what_cut_it() -> None:
    utterance = uuid4()
    cut = CallInterrupted(occurred_at=NOW, call_id=CALL, turn=1, utterance=utterance, heard="שלום")
    assert shown(said("שלום,", utterance), cut, heard("רגע")) == ["סוכן: שלום,", "the caller cut in", "לקוח: רגע"]


def test_a_new_utterance_shows_what_was_left_of_the_one_before() -> None:
    assert shown(said("אחת", uuid4()), said("שתיים", uuid4(), last=True)) == ["סוכן: אחת", "סוכן: שתיים"]


def test_silence_and_keys_are_told_from_words() -> None:
    assert shown(heard("", HeardKind.SILENCE), heard("9", HeardKind.KEYS)) == ["לקוח: (שתיקה)", "לקוח: (מקיש 9)"]


def test_only_a_second_claim_is_news() -> None:
    claim = CallClaimed(occurred_at=NOW, call_id=CALL, worker_id="a")
    assert shown(claim) == []
    assert shown(claim, claim) == ["another conversation worker goes on"]


def test_lines_are_about_the_lead_once_it_is_known() -> None:
    narrator = Narrator()
    requested = CallRequested(
        occurred_at=NOW,
        call_id=CALL,
        lead_id="lead-1",
        phone="+972542345678",
        lead=LeadFacts(name="דנה כהן"),
        playbook=Playbook(name="p", content_hash="h"),
    )
    (before,) = narrator.lines(heard("כן"))
    assert str(CALL)[-8:] in before.about
    list(narrator.lines(requested))
    (after,) = narrator.lines(heard("כן"))
    assert after.about == "דנה כהן"


def test_a_refusal_says_why_and_a_meeting_says_when() -> None:
    refused = LeadRefused(occurred_at=NOW, lead_id="lead-1", reasons=("no consent on record", "bad number"))
    start = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    meeting: dict[str, Any] = {"slot_id": "s", "start": start, "end": start, "representative_id": "r"}
    booked = MeetingBooked(
        occurred_at=NOW,
        meeting_id=uuid4(),
        lead_id="lead-1",
        lead=LeadFacts(),
        representative_name="נועם",
        **meeting,
    )
    assert shown(refused, booked) == [
        "refused: no consent on record; bad number",
        "meeting booked: Tuesday 24 November 2026, 10:30 with נועם",
    ]


def test_a_campaign_says_that_it_runs_why_it_does_not_and_that_it_is_finished() -> None:
    about = {"occurred_at": NOW, "campaign_id": CALL, "name": "autumn"}
    events = [CampaignStarted(**about), CampaignPaused(**about, reason="lunch"), CampaignFinished(**about)]
    assert shown(*events) == [
        "the campaign is running",
        "the campaign dials nobody: lunch",
        "the campaign is finished",
    ]
