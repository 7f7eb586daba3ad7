"""The gate as a whole: whatever is wrong with a lead, and however much of it, every rule is asked, exactly those that
object are named, and nobody is ever let through, or put off, to a moment at which the law forbids the call."""

from dataclasses import replace
from datetime import timedelta
from unittest import mock
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.leads import SubmittedConsent
from contracts.values import Outcome
from services.dialer.domain import gate
from services.dialer.domain.best_call_time import heeding
from services.dialer.domain.gate import decide
from services.dialer.domain.gate_context import LiveCall, Policy, RegistryFinding
from services.dialer.domain.lead import LeadState
from services.dialer.domain.rules import RULES
from tests.unit.dialer.almanac import lawful
from tests.unit.dialer.samples import campaign, context, lead
from tests.unit.dialer.test_hours_over_years import moments, wished, wishes, written

whole = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = [rule.__name__ for rule in RULES]

TIMELESS = {
    "opted out": {"not_opted_out"},
    "bad number": {"number_diallable"},
    "turned down": {"number_diallable"},
    "no number": {"number_valid", "number_diallable"},
    "no consent": {"consent"},
    "lapsed consent": {"consent"},
    "unknown basis": {"consent"},
    "consent of tomorrow": {"consent"},
    "in the registry": {"registry_fresh"},
    "stale registry": {"registry_fresh"},
    "never asked the registry": {"registry_fresh"},
    "registry is down": {"registry_fresh"},
    "called too often": {"attempt_budget"},
    "in a call": {"no_live_call"},
    "settled": {"no_final_outcome"},
    "unknown campaign": {"campaign_running"},
    "unreadable campaign": {"campaign_running"},
}
"""What may be wrong with a lead for good, and the rules that say so."""
PASSING = {
    "number in use": {"no_live_call"},
    "campaign paused": {"campaign_running"},
    "carrier in trouble": {"breaker_closed"},
    "callback agreed": {"no_final_outcome"},
    "numbers at rest": {"caller_number_free"},
}
"""The same, of what passes with time."""
EXCLUSIVE = (
    {"bad number", "no number", "turned down"},
    {"no consent", "lapsed consent", "unknown basis", "consent of tomorrow"},
    {"in the registry", "stale registry", "never asked the registry", "registry is down"},
    {"in a call", "number in use"},
    {"unknown campaign", "unreadable campaign", "campaign paused"},
)


def possible(flaws):
    return all(len(flaws & group) <= 1 for group in EXCLUSIVE)


some_flaws = st.sets(st.sampled_from([*TIMELESS, *PASSING]), max_size=7).filter(possible)


def flawed(flaws, moment, wish):
    """What the gate would see of a lead with these flaws at this moment."""
    consent = SubmittedConsent(basis="web_form", obtained_at=str(moment - timedelta(days=30)))
    its_campaign = campaign().started(moment)
    known = context(
        lead(
            consent=consent,
            best_call_time=written(wish),
            campaign_id=its_campaign.campaign_id,
            submitted_at=moment - timedelta(days=1),
        ),
        now=moment,
        policy={"registry_required": True},
        registry=RegistryFinding(listed=False, checked_at=moment - timedelta(days=14)),
        campaign=its_campaign,
    )
    for flaw in sorted(flaws):
        person, history, registry = known.lead, known.history, known.registry
        match flaw:
            case "opted out":
                history = replace(history, opted_out_at=moment - timedelta(days=900))
            case "bad number":
                person = lead_with_number(person, "1-700-700-700")
            case "turned down":
                history = replace(history, bad_number="code 21211")
            case "no number":
                person = lead_with_number(person, "050-1234567")
            case "no consent":
                person = replace(person, consent=None)
            case "lapsed consent":
                person = replace(person, consent=given_at(moment - timedelta(days=366)))
            case "unknown basis":
                person = replace(person, consent=SubmittedConsent(basis="gossip", obtained_at=str(moment)))
            case "consent of tomorrow":
                person = replace(person, consent=given_at(moment + timedelta(days=1)))
            case "in the registry":
                registry = RegistryFinding(listed=True, checked_at=moment)
            case "stale registry":
                registry = RegistryFinding(listed=False, checked_at=moment - timedelta(days=15, seconds=1))
            case "never asked the registry":
                registry = None
            case "registry is down":
                registry = OSError("no route to host")
            case "called too often":
                history = replace(history, attempts=3)
            case "in a call":
                history = replace(history, live_call=LiveCall(uuid4(), person.lead_id))
            case "number in use":
                history = replace(history, live_call=LiveCall(uuid4(), "somebody-else"))
            case "settled":
                person = replace(person, outcome=Outcome.NOT_INTERESTED)
            case "callback agreed":
                at = moment + timedelta(hours=30)
                person = replace(person, state=LeadState.AWAITING_CALLBACK, due_at=at)
            case "unknown campaign":
                known = replace(known, campaign=None)
            case "unreadable campaign":
                known = replace(known, campaign=OSError("database is locked"))
            case "campaign paused":
                known = replace(known, campaign=its_campaign.paused("lunch"))
            case "numbers at rest":
                known = replace(known, numbers_rest_until=moment + timedelta(hours=9))
            case "carrier in trouble":
                known = replace(known, trouble="busy", trouble_until=moment + timedelta(minutes=1))
        known = replace(known, lead=person, history=history, registry=registry)
    return known


def lead_with_number(person, written_phone):
    return replace(person, written_phone=written_phone)


def given_at(moment):
    return SubmittedConsent(basis="web_form", obtained_at=str(moment))


@whole
@given(some_flaws, moments, wishes)
def test_every_rule_is_asked_and_exactly_those_that_object_are_named(flaws, moment, wish):
    known = flawed(flaws, moment, wish)
    decision = decide(known)
    assert [each.rule for each in decision.verdicts] == NAMES
    expected = set().union(*(({**TIMELESS, **PASSING})[flaw] for flaw in flaws))
    _, unheeded = heeding(known.hours, known.wish, known.now)
    if not lawful(moment) or not wished(None if unheeded else wish, moment):
        expected.add("calling_hours")
    assert {each.rule for each in decision.refusals} == expected
    assert decision.allowed == (not expected)
    for verdict in decision.verdicts:
        assert verdict.reason


@whole
@given(some_flaws, moments, wishes)
def test_nobody_is_put_off_to_an_unlawful_moment_and_nothing_but_time_puts_off(flaws, moment, wish):
    known = flawed(flaws, moment, wish)
    decision = decide(known)
    for_good = bool(flaws & TIMELESS.keys())
    assert (decision.until is not None) == (not decision.allowed and not for_good)
    if decision.until is None:
        return
    _, unheeded = heeding(known.hours, known.wish, known.now)
    assert decision.until >= moment
    assert lawful(decision.until)
    assert wished(None if unheeded else wish, decision.until)
    later = replace(known, now=decision.until, lead=replace(known.lead, state=LeadState.WAITING, due_at=decision.until))
    again = {each.rule for each in decide(later).refusals}
    assert "calling_hours" not in again


@whole
@given(st.sets(st.sampled_from(NAMES), min_size=1), st.sampled_from([KeyError("x"), ZeroDivisionError(), OSError("y")]))
def test_a_rule_that_cannot_be_evaluated_refuses_whichever_it_is(broken, error):
    def breaks(name):
        def rule(_):
            raise error

        rule.__name__ = name
        return rule

    rules = tuple(breaks(each.__name__) if each.__name__ in broken else each for each in RULES)
    with mock.patch.object(gate, "RULES", rules):
        decision = decide(context())
    assert {each.rule for each in decision.refusals} == broken
    assert not decision.allowed
    assert decision.until is None
    assert [each.rule for each in decision.verdicts] == NAMES


@whole
@given(moments, st.booleans(), st.booleans(), st.integers(0, 2))
def test_one_approach_to_a_business_is_all_that_goes_without_consent(moment, approach, business, attempts):
    its_campaign = campaign(one_time_business_approach=approach).started(moment)
    facts = {"company": "אורנט" if business else None}
    person = lead(consent=None, campaign_id=its_campaign.campaign_id)
    person = replace(person, facts=person.facts.model_copy(update=facts))
    decision = decide(context(person, now=moment, campaign=its_campaign, history={"attempts": attempts}))
    refused = {each.rule for each in decision.refusals} - {"calling_hours"}
    assert refused == (set() if approach and business and attempts == 0 else {"consent"})


def test_consent_is_required_unless_somebody_says_otherwise():
    assert Policy().require_consent
    assert not decide(context(lead(consent=None))).allowed
