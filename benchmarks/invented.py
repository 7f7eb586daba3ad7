"""Calls that never took place: most of them reach nobody, some end with a meeting."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from contracts.calls import CallConcluded, CallDialed, CallEnded, CallRequested, Playbook
from contracts.event import Event
from contracts.telemetry import Cost, CostItem, Stage, Talk, TranscriptLine
from contracts.turns import CallHeard, CallSaid
from contracts.values import Disposition, Evidence, LeadFacts, MeetingFacts, Outcome, Speaker
from services.telemetry.domain.call_record import CallRecord, CallState, MeasuredTurn

DAYS = 180
LEADS = 60_000
TRADES = ("תוכנה", "מסעדה", "נדל״ן", "ביטוח", "קמעונאות", "עורכי דין", "מרפאה", "מוסך", None)
COMPANIES = ("גינות הצפון", "אורנט מערכות", "מאפיית הדקל", "כהן ובניו", "Blue Ridge Ltd", "סטודיו לירון", "מוסך המרכז")
NAMES = ("דנה כהן", "יוסי לוי", "רות אברהם", "אמיר חדד", "נועה פרץ", "מיכל שרון", "Daniel Roth", "עומר דיין")
REPRESENTATIVES = tuple((f"rep-{number}", NAMES[number % len(NAMES)]) for number in range(12))
PLAYBOOKS = tuple(
    Playbook(name=name, content_hash="0", variant=each) for name in ("alta-he", "alta-en") for each in "abc"
)
OPENING = "שלום, מדברת מאיה, העוזרת הקולית של אלטה. אני מערכת בינה מלאכותית, והשיחה מוקלטת. זה רגע נוח?"
SAID = (
    "אלטה חוסכת לצוותי מכירות את החיפוש והתיאום, וקובעת להם פגישות.",
    "איך מתאמים אצלכם פגישות מכירה היום?",
    "כמה אנשי מכירות יש אצלכם, בערך {number}?",
    "אפשר להראות איך זה עובד בשיחת וידאו של {number} דקות, בלי התחייבות.",
    "יש יום שלישי בעשר, או רביעי באחת עשרה וחצי. מה עדיף?",
    "אני מבינה. לקוח דומה שלכם חסך {number} שעות בחודש כבר ברבעון הראשון.",
    "אשלח זימון במייל, ונציג שלנו יתקשר בדיוק בזמן.",
    "תודה על הזמן, ויום טוב.",
)
HEARD = (
    "כן, בבקשה",
    "אנחנו מתאמים בטלפון ובאקסל, משהו כמו {number} שיחות בשבוע",
    "כמה זה עולה לחודש?",
    "שלישי בעשר מתאים לי",
    "לא עכשיו, אני בנהיגה",
    "יש לנו כבר ספק, אבל אפשר לשמוע",
    "אנחנו {number} אנשים, רובם במכירות",
    "תשלחו לי פרטים במייל",
)
RARE = "היפופוטם"
OBJECTIONS = ("price", "no_time", "has_supplier", "no_budget", "send_details")
ENDINGS = (
    (Outcome.NOT_REACHED, Disposition.NO_ANSWER, Stage.DIALED, 38),
    (Outcome.NOT_REACHED, Disposition.BUSY, Stage.DIALED, 7),
    (Outcome.VOICEMAIL, Disposition.MACHINE, Stage.DIALED, 15),
    (Outcome.NOT_INTERESTED, Disposition.ANSWERED, Stage.PITCHED, 18),
    (Outcome.OPTED_OUT, Disposition.ANSWERED, Stage.ANSWERED, 2),
    (Outcome.HUNG_UP, Disposition.ANSWERED, Stage.ANSWERED, 8),
    (Outcome.CALLBACK_SCHEDULED, Disposition.ANSWERED, Stage.QUALIFIED, 5),
    (Outcome.MEETING_BOOKED, Disposition.ANSWERED, Stage.BOOKED, 7),
)
_WEIGHTS = [weight for *_, weight in ENDINGS]


def record(dice: random.Random, number: int, campaigns: Sequence[UUID], now: datetime) -> CallRecord:
    """A finished call within the last half year."""
    ((outcome, disposition, stage, _),) = dice.choices(ENDINGS, _WEIGHTS)
    began = (now - timedelta(days=dice.random() * DAYS)).replace(hour=dice.randrange(6, 16))
    turns = dice.randint(2, 12) if disposition is Disposition.ANSWERED else 0
    lines = tuple(_lines(dice, turns, began, RARE if number % 5000 == 0 else None))
    booked = outcome is Outcome.MEETING_BOOKED
    lead = dice.randrange(LEADS)
    return CallRecord(
        call_id=uuid4(),
        state=CallState.CONCLUDED,
        complete=True,
        lead_id=lead_id(lead),
        lead=facts(lead),
        phone=phone(lead),
        campaign_id=campaigns[lead % len(campaigns)],
        attempt=dice.choice((1, 1, 1, 2, 3)),
        playbook=dice.choice(PLAYBOOKS),
        line="relay",
        carrier="twilio",
        stage=stage,
        requested_at=began,
        dialed_at=began,
        started_at=began if turns else None,
        ended_at=began + timedelta(seconds=20 * turns + 20),
        duration_s=round(dice.uniform(12, 20) * turns, 1),
        outcome=outcome,
        disposition=disposition,
        summary="נקבעה פגישה: מתאמים בטלפון ובאקסל, ומחפשים דרך קצרה יותר." if booked else "לא נקבעה פגישה.",
        next_step="פגישה עם נציג" if booked else None,
        interest=dice.choice(("high", "medium", "low")) if turns else None,
        answers={"current_process": "בטלפון ובאקסל", "team_size": str(dice.randint(2, 40))} if turns > 6 else {},
        evidence=(Evidence(claim=outcome.value, turns=(turns - 1,)),) if turns else (),
        meeting=_meeting(dice, began) if booked else None,
        objections=tuple(dice.sample(OBJECTIONS, dice.randrange(3))) if turns else (),
        transcript=lines,
        turns=tuple(MeasuredTurn(turn=n, first_word_ms=dice.lognormvariate(6, 0.6)) for n in range(turns)),
        talk=Talk(
            agent_words=turns * 9,
            caller_words=turns * 4,
            agent_share=round(dice.uniform(0.5, 0.9), 4) if turns else None,
            interruptions=dice.randrange(3) if turns else 0,
            longest_monologue_words=dice.randrange(12, 60) if turns else 0,
        ),
        cost=_cost(dice, turns),
    )


def events(call: CallRecord) -> Iterator[Event]:
    """The facts of a call, as far as its pages show them."""
    at, call_id = call.requested_at, call.call_id
    if at is None or call.lead_id is None or call.phone is None or call.playbook is None:
        return
    if call.outcome is None or call.disposition is None:
        return
    about = {"occurred_at": at, "call_id": call_id, "lead_id": call.lead_id}
    yield CallRequested(phone=call.phone, lead=call.lead, playbook=call.playbook, campaign_id=call.campaign_id, **about)
    yield CallDialed(carrier="twilio", carrier_call_id=call_id.hex, from_number="+97233000000", **about)
    for place, line in enumerate(call.transcript):
        told = {"occurred_at": line.at, "call_id": call_id, "turn": line.turn, "text": line.text}
        yield (
            CallSaid(epoch=1, utterance=uuid4(), sequence=place, last=True, **told)
            if line.speaker is Speaker.AGENT
            else CallHeard(**told)
        )
    yield CallEnded(disposition=call.disposition, duration_s=call.duration_s, **about)
    yield CallConcluded(outcome=call.outcome, disposition=call.disposition, summary=call.summary, **about)


def lead_id(number: int) -> str:
    return f"lead-{number}"


def phone(number: int) -> str:
    return f"+97254{number * 131 % 10**7:07}"


def facts(number: int) -> LeadFacts:
    """Who a lead is."""
    return LeadFacts(
        name=f"{NAMES[number % len(NAMES)]} {number}",
        company=f"{COMPANIES[number % len(COMPANIES)]} {number % 997}",
        business_type=TRADES[number % len(TRADES)],
        company_size="11-50",
    )


def _lines(dice: random.Random, turns: int, began: datetime, rare: str | None) -> Iterator[TranscriptLine]:
    for turn in range(turns):
        at = began + timedelta(seconds=12 * turn)
        said = dice.choice(SAID).format(number=dice.randrange(2, 90)) if turn else OPENING
        heard = dice.choice(HEARD).format(number=dice.randrange(2, 90))
        if rare and turn == turns - 1:
            heard = f"{heard}, וראיתי {rare}"
        yield TranscriptLine(turn=turn, speaker=Speaker.AGENT, text=said, at=at, first_word_ms=dice.uniform(80, 900))
        yield TranscriptLine(turn=turn, speaker=Speaker.CALLER, text=heard, at=at + timedelta(seconds=6))


def _meeting(dice: random.Random, began: datetime) -> MeetingFacts:
    start = began.replace(minute=0, second=0, microsecond=0) + timedelta(days=dice.randint(1, 6))
    representative_id, name = dice.choice(REPRESENTATIVES)
    return MeetingFacts(
        meeting_id=uuid4(),
        slot_id=uuid4().hex,
        start=start,
        end=start + timedelta(minutes=30),
        representative_id=representative_id,
        representative_name=name,
    )


def _cost(dice: random.Random, turns: int) -> Cost:
    if dice.random() < 0.05:
        return Cost()
    carrier = CostItem(what="carrier", quantity=turns / 3, unit="minute", amount=round(turns * 0.03, 4), currency="USD")
    voice = CostItem(what="voice", quantity=turns / 3, unit="minute", amount=round(turns * 0.01, 4), currency="USD")
    return Cost(items=(carrier, voice), total=round(turns * 0.04, 4), currency="USD")
