"""Every rule of the gate, and how their verdicts add up."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.leads import SubmittedConsent
from contracts.values import LeadFacts, Outcome
from services.dialer.domain import gate, rules
from services.dialer.domain.calling_hours import AlwaysOpen
from services.dialer.domain.consent import BASES
from services.dialer.domain.gate import decide
from services.dialer.domain.gate_context import LiveCall, RegistryFinding
from services.dialer.domain.lead import LeadState
from services.dialer.domain.redial import FINAL
from tests.unit.dialer.samples import NOW, campaign, context, lead

NAMES = [rule.__name__ for rule in rules.RULES]
DAY = timedelta(days=1)


def refused(given):
    """The rules that refuse, each with its reason."""
    return {each.rule: each.reason for each in decide(given).refusals}


def test_a_good_lead_is_allowed_by_every_rule():
    decision = decide(context())
    assert decision.allowed
    assert decision.until is None
    assert [each.rule for each in decision.verdicts] == NAMES
    assert {"number_valid", "number_diallable", "consent", "not_opted_out", "registry_fresh"} <= set(NAMES)
    assert {"calling_hours", "attempt_budget", "no_live_call", "campaign_running", "breaker_closed"} <= set(NAMES)


def test_every_rule_is_asked_even_if_the_first_refuses():
    worst = context(
        lead("050-1234567", consent=None, outcome=Outcome.NOT_INTERESTED, campaign_id=uuid4()),
        now=datetime(2026, 11, 21, 10, tzinfo=UTC),
        history={"attempts": 3, "opted_out_at": NOW, "live_call": LiveCall(uuid4(), lead().lead_id)},
        policy={"registry_required": True},
        trouble="the number is not verified",
        trouble_until=NOW,
        numbers_rest_until=NOW + timedelta(days=1),
    )
    decision = decide(worst)
    assert set(refused(worst)) == set(NAMES)
    assert decision.until is None
    assert len(decision.verdicts) == len(NAMES)


@pytest.mark.parametrize(
    ("given_lead", "rules_refusing"),
    [
        (lead("050-1234567"), {"number_valid", "number_diallable"}),
        (lead("059-2345678"), {"number_diallable"}),
        (lead("1-700-500-123"), {"number_diallable"}),
        (lead("+14155550123"), {"number_diallable"}),
    ],
)
def test_numbers(given_lead, rules_refusing):
    assert set(refused(context(given_lead))) == rules_refusing


def test_other_countries_can_be_allowed():
    assert not refused(context(lead("+14155550123"), policy={"allow_foreign": True}))
    assert "Palestinian" in refused(context(lead("059-2345678"), policy={"allow_foreign": True}))["number_diallable"]


def test_a_number_the_carrier_turned_down_is_refused():
    assert "21211" in refused(context(history={"bad_number": "code 21211"}))["number_diallable"]


@pytest.mark.parametrize("basis", [*BASES, "Web form", " existing-customer "])
def test_known_bases_of_consent(basis):
    assert not refused(context(lead(consent=SubmittedConsent(basis=basis, obtained_at="2026-11-01"))))


@pytest.mark.parametrize("obtained_at", ["2026-11-01", "2026-11-01T09:00:00Z", "1/11/2026", "01.11.2026"])
def test_spellings_of_a_moment(obtained_at):
    verdicts = decide(context(lead(consent=SubmittedConsent(basis="event", obtained_at=obtained_at)))).verdicts
    (found,) = [each for each in verdicts if each.rule == "consent"]
    assert found.reason == "consent by event of 2026-11-01"


@pytest.mark.parametrize(
    ("consent", "why"),
    [
        (None, "no consent is on record"),
        (SubmittedConsent(obtained_at="2026-11-01"), "no consent is on record"),
        (SubmittedConsent(basis="a friend", obtained_at="2026-11-01"), "use one of web_form"),
        (SubmittedConsent(basis="web_form"), "is missing"),
        (SubmittedConsent(basis="web_form", obtained_at="last week"), "is no moment"),
        (SubmittedConsent(basis="web_form", obtained_at="31/02/2026"), "is no moment"),
        (SubmittedConsent(basis="web_form", obtained_at="2026-11-23"), "in the future"),
        (SubmittedConsent(basis="web_form", obtained_at="2025-11-20"), "older than a year"),
    ],
)
def test_consent_that_does_not_hold(consent, why):
    assert why in refused(context(lead(consent=consent)))["consent"]
    assert not refused(context(lead(consent=consent), policy={"require_consent": False}))


def test_an_opt_out_is_for_ever():
    reason = refused(context(history={"opted_out_at": NOW - 900 * DAY}))["not_opted_out"]
    assert "permanent" in reason


@pytest.mark.parametrize(
    ("finding", "why"),
    [
        (None, "never checked"),
        (RegistryFinding(listed=False, checked_at=NOW - 16 * DAY), "over 15 days"),
        (RegistryFinding(listed=True, checked_at=NOW), "is in the national"),
        (OSError("timed out"), "could not be evaluated"),
    ],
)
def test_the_registry_when_it_is_required(finding, why):
    assert why in refused(context(registry=finding, policy={"registry_required": True}))["registry_fresh"]


def test_a_fresh_check_of_the_registry_allows():
    finding = RegistryFinding(listed=False, checked_at=NOW - 15 * DAY)
    assert not refused(context(registry=finding, policy={"registry_required": True}))


def test_a_listed_number_is_refused_even_where_no_check_is_required():
    finding = RegistryFinding(listed=True, checked_at=NOW - 100 * DAY)
    assert "registry_fresh" in refused(context(registry=finding))
    assert "not required" in decide(context()).verdicts[NAMES.index("registry_fresh")].reason


def test_outside_of_calling_hours_a_lead_is_deferred():
    decision = decide(context(now=datetime(2026, 11, 21, 10, tzinfo=UTC)))
    assert decision.until == datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    assert decision.reasons == ("outside calling hours until Sun 2026-11-22 09:00",)


def test_a_lead_that_lacks_more_than_time_is_refused_for_good():
    decision = decide(context(lead(consent=None), now=datetime(2026, 11, 21, 10, tzinfo=UTC)))
    assert decision.until is None
    assert len(decision.reasons) == 2


@pytest.mark.parametrize(("attempts", "allowed"), [(0, True), (2, True), (3, False), (9, False)])
def test_the_attempt_budget(attempts, allowed):
    assert ("attempt_budget" not in refused(context(history={"attempts": attempts}))) == allowed


def test_a_callback_they_asked_for_is_beyond_the_budget():
    assert not refused(context(lead(callback_id=uuid4()), history={"attempts": 9}))


def test_a_lead_in_a_call_is_refused_and_one_that_shares_its_number_waits():
    mine = refused(context(history={"live_call": LiveCall(uuid4(), lead().lead_id)}))
    assert "already planned or in progress" in mine["no_live_call"]
    other = decide(context(history={"live_call": LiveCall(uuid4(), "another")}))
    assert other.until == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("outcome", FINAL)
def test_a_final_outcome_is_final(outcome):
    assert FINAL[outcome] in refused(context(lead(outcome=outcome)))["no_final_outcome"]


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - set(FINAL)))
def test_other_outcomes_leave_the_matter_open(outcome):
    assert not refused(context(lead(outcome=outcome)))


def test_a_lead_that_asked_for_a_time_waits_for_it():
    agreed = lead(state=LeadState.AWAITING_CALLBACK, due_at=NOW + DAY)
    assert decide(context(agreed)).until == NOW + DAY
    passed = lead(state=LeadState.AWAITING_CALLBACK, due_at=NOW - DAY)
    assert decide(context(passed)).allowed


def test_the_campaign_must_exist_and_run():
    in_one = lead(campaign_id=uuid4())
    assert "there is no campaign" in refused(context(in_one))["campaign_running"]
    assert "could not be evaluated" in refused(context(in_one, campaign=OSError()))["campaign_running"]
    assert not refused(context(in_one, campaign=campaign().started(NOW)))


@pytest.mark.parametrize(
    ("person", "history", "why"),
    [
        ({}, {}, None),
        ({}, {"attempts": 1}, "is used (1 calls)"),
        ({"callback_id": uuid4()}, {"attempts": 1}, None),
        ({"facts": LeadFacts(name="דנה")}, {}, "give company or business_type"),
    ],
)
def test_a_business_may_be_approached_once_without_consent(person, history, why):
    given_lead = {"consent": None, "campaign_id": uuid4(), "facts": LeadFacts(company="אורנט")} | person
    running = campaign(one_time_business_approach=True).started(NOW)
    verdict = refused(context(lead(**given_lead), campaign=running, history=history)).get("consent")
    assert (verdict is None) if why is None else (why in verdict)
    without = context(lead(**given_lead), campaign=campaign().started(NOW), history=history)
    assert "consent" in refused(without), "only where the campaign says so"


def test_a_campaign_has_a_budget_of_its_own():
    given_lead = lead(campaign_id=uuid4())
    running = campaign(retry={"max_attempts": 2}).started(NOW)
    used = context(given_lead, campaign=running, history={"attempts": 2, "campaign_attempts": 2})
    assert "2 of 2 calls of autumn used" in refused(used)["attempt_budget"]
    elsewhere = context(given_lead, campaign=running, history={"attempts": 2, "campaign_attempts": 1})
    assert not refused(elsewhere)


def test_a_lead_of_a_campaign_that_does_not_run_waits_for_nothing_but_its_start():
    decision = decide(context(lead(campaign_id=uuid4()), campaign=campaign()))
    assert decision.until == NOW
    assert "autumn does not run (draft)" in decision.in_words


def test_trouble_with_the_carrier_defers():
    decision = decide(context(trouble="the account is suspended", trouble_until=NOW + timedelta(minutes=1)))
    assert decision.until == NOW + timedelta(minutes=1)
    assert "the account is suspended" in decision.in_words


@pytest.mark.parametrize("broken", NAMES)
def test_a_rule_that_raises_refuses(broken, monkeypatch):
    def fails(_):
        raise RuntimeError("boom")

    fails.__name__ = broken
    with_one_broken = tuple(fails if rule.__name__ == broken else rule for rule in rules.RULES)
    monkeypatch.setattr(gate, "RULES", with_one_broken)
    decision = decide(context())
    assert [each.rule for each in decision.refusals] == [broken]
    assert "boom" in decision.in_words
    assert decision.until is None


def test_reasons_name_no_machinery():
    everything_wrong = context(lead("*6050", consent=None), hours=AlwaysOpen(), history={"attempts": 3})
    assert all(len(reason) > 15 and "None" not in reason for reason in decide(everything_wrong).reasons)


@given(
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    opted_out=st.booleans(),
    attempts=st.integers(0, 5),
)
def test_nobody_is_called_outside_hours_after_an_opt_out_or_too_often(moment, opted_out, attempts):
    given_context = context(
        now=moment,
        history={"opted_out_at": moment if opted_out else None, "attempts": attempts},
        policy={"require_consent": False},
    )
    decision = decide(given_context)
    in_hours = given_context.hours.is_open(moment)
    assert decision.allowed == (in_hours and not opted_out and attempts < 3)
    assert (decision.until is not None) == (not in_hours and not opted_out and attempts < 3)
    if decision.until is not None:
        assert given_context.hours.is_open(decision.until)
