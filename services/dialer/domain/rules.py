"""The rules of the gate: each a small function from what is known to a verdict in words, with the cure.

The words of a verdict are in contracts/reasons.py; the console says them in its languages.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from contracts.reasons import BETWEEN, said
from contracts.values import Verdict
from services.dialer.domain.best_call_time import heeding
from services.dialer.domain.calling_hours import CallingHours
from services.dialer.domain.consent import NoConsent, read_consent
from services.dialer.domain.gate_context import GateContext
from services.dialer.domain.israeli_calendar import ISRAEL
from services.dialer.domain.redial import FINAL

NUMBERS_REST = said("caller_numbers_rest")
REGISTRY_FRESH = timedelta(days=15)
"""The law lets nobody rely on an older look into the do-not-call registry."""

Rule = Callable[[GateContext], Verdict]


@lru_cache(maxsize=1024)
def _yes(rule: Rule, code: str, **about: object) -> Verdict:
    return Verdict(rule=rule.__name__, allowed=True, code=code, reason=said(code, **about))


def _no(rule: Rule, code: str, until: datetime | None = None, **about: object) -> Verdict:
    return Verdict(rule=rule.__name__, allowed=False, code=code, reason=said(code, **about), until=until)


def _remarked(verdict: Verdict, remark: str | None) -> Verdict:
    """The same verdict, of which one more thing is to be told."""
    return verdict.model_copy(update={"reason": f"{verdict.reason}{BETWEEN}{remark}"}) if remark else verdict


def number_valid(context: GateContext) -> Verdict:
    """It is a phone number at all."""
    number = context.number
    if number.invalid is not None:
        return _no(number_valid, "number_invalid", number=number.written, why=number.invalid)
    return _yes(number_valid, "number_valid")


def number_diallable(context: GateContext) -> Verdict:
    """A machine may dial it."""
    number = context.number
    if number.e164 is None:
        return _no(number_diallable, "number_missing")
    if number.blocked is not None:
        return _no(number_diallable, "number_blocked", why=number.blocked)
    if number.foreign and not context.policy.allow_foreign:
        return _no(number_diallable, "number_foreign", country=number.country_code)
    if (refused := context.history.bad_number) is not None:
        return _no(number_diallable, "number_turned_down", why=refused)
    return _yes(number_diallable, "number_diallable")


def consent(context: GateContext) -> Verdict:
    """They agreed to be called, and it still holds."""
    try:
        found = read_consent(context.lead.consent, context.now)
    except NoConsent as missing:
        if not context.policy.require_consent:
            return _remarked(_yes(consent, "consent_not_required"), str(missing))
        if context.its_campaign is not None and context.its_campaign.plan.one_time_business_approach:
            return _one_approach(context, missing)
        return _no(consent, missing.code, None, **missing.about)
    return _yes(consent, "consent", basis=found.basis, day=found.obtained_at.date())


def _one_approach(context: GateContext, missing: NoConsent) -> Verdict:
    """The law lets a business be asked once, without prior consent, whether it agrees to be called. It counts for the
    number, whatever the campaign; a call they asked for themselves is no approach."""
    if context.is_callback:
        return _yes(consent, "asked_for_call")
    if not context.lead.facts.company and not context.lead.facts.business_type:
        return _remarked(_no(consent, missing.code, None, **missing.about), said("approach_not_business"))
    if (attempts := context.history.attempts) > 0:
        return _no(consent, "approach_used", attempts=attempts)
    if context.history.called_long_ago:
        return _no(consent, "approach_used_long_ago")
    return _yes(consent, "approach")


def not_opted_out(context: GateContext) -> Verdict:
    """They never asked to be left alone."""
    if context.history.erased:
        return _no(not_opted_out, "erased")
    if context.history.opted_out_at is not None:
        day = f"{context.history.opted_out_at.astimezone(ISRAEL):%Y-%m-%d}"
        return _no(not_opted_out, "opted_out_on", day=day)
    return _yes(not_opted_out, "not_opted_out")


def registry_fresh(context: GateContext) -> Verdict:
    """The national registry was asked within 15 days, and does not list the number."""
    finding = context.registry
    if isinstance(finding, Exception):
        raise finding
    if finding is not None and finding.listed:
        return _no(registry_fresh, "registry_listed")
    if not context.policy.registry_required:
        return _yes(registry_fresh, "registry_not_required")
    if finding is None:
        return _no(registry_fresh, "registry_never_asked")
    if finding.checked_at < context.now - REGISTRY_FRESH:
        return _no(registry_fresh, "registry_stale", day=f"{finding.checked_at:%Y-%m-%d}")
    return _yes(registry_fresh, "registry_fresh")


def calling_hours(context: GateContext) -> Verdict:
    """It is a time at which people may be called, and at which they would like to be."""
    return _within(context.hours, context.wish, context.now)


@lru_cache(maxsize=1024)
def _within(lawful: CallingHours, wish: str | None, now: datetime) -> Verdict:
    """Kept, since the leads of one list are judged at one moment and wish for much the same."""
    hours, unheeded = heeding(lawful, wish, now)
    if hours.is_open(now):
        return _remarked(_yes(calling_hours, "calling_hours"), unheeded)
    until = hours.next_open(now)
    when = f"{until.astimezone(ISRAEL):%a %Y-%m-%d %H:%M}"
    if lawful.is_open(now):
        return _remarked(_no(calling_hours, "outside_wished_hours", until, when=when, wish=wish), unheeded)
    return _remarked(_no(calling_hours, "outside_hours", until, when=when), unheeded)


def attempt_budget(context: GateContext) -> Verdict:
    """They have not been tried too often."""
    attempts, most = context.history.attempts, context.policy.max_attempts
    if context.is_callback:
        return _remarked(_yes(attempt_budget, "asked_for_call"), said("attempts_used", attempts=attempts, most=most))
    if attempts >= most:
        return _no(attempt_budget, "attempts_spent", attempts=attempts, most=most)
    campaign = context.its_campaign
    own = campaign.plan.retry.max_attempts if campaign else None
    if campaign is not None and own is not None and (its := context.history.campaign_attempts) >= own:
        return _no(attempt_budget, "campaign_attempts_spent", attempts=its, most=own, campaign=campaign.name)
    return _yes(attempt_budget, "attempts_used", attempts=attempts, most=most)


def no_live_call(context: GateContext) -> Verdict:
    """Nobody is called twice at once."""
    live = context.history.live_call
    if live is None:
        return _yes(no_live_call, "no_live_call")
    if live.lead_id != context.lead.lead_id:
        soon = context.now + timedelta(minutes=5)
        return _no(no_live_call, "live_call_elsewhere", soon, lead=live.lead_id)
    return _no(no_live_call, "live_call", call=live.call_id)


def no_final_outcome(context: GateContext) -> Verdict:
    """No earlier call settled the matter, or agreed on a time that is still to come."""
    outcome = context.lead.outcome
    if outcome in FINAL:
        return _no(no_final_outcome, "settled", why=FINAL[outcome])
    if context.callback_at is not None:
        when = f"{context.callback_at.astimezone(ISRAEL):%Y-%m-%d %H:%M}"
        return _no(no_final_outcome, "callback_agreed", context.callback_at, when=when)
    return _yes(no_final_outcome, "no_final_outcome")


def campaign_running(context: GateContext) -> Verdict:
    """The campaign it belongs to is running."""
    if isinstance(context.campaign, Exception):
        raise context.campaign
    campaign_id = context.lead.campaign_id
    if campaign_id is None:
        return _yes(campaign_running, "campaign_none")
    if context.campaign is None:
        return _no(campaign_running, "campaign_unknown", campaign=campaign_id)
    if not context.campaign.running:
        its = {"campaign": context.campaign.name, "state": context.campaign.state}
        return _no(campaign_running, "campaign_not_running", context.now, **its)  # as soon as it runs, not before
    return _yes(campaign_running, "campaign_running", campaign=context.campaign.name)


def breaker_closed(context: GateContext) -> Verdict:
    """The carrier takes calls."""
    if context.trouble is not None:
        return _no(breaker_closed, "dialing_paused", context.trouble_until, why=context.trouble)
    return _yes(breaker_closed, "breaker_closed")


def caller_number_free(context: GateContext) -> Verdict:
    """One of our numbers may still call today."""
    if isinstance(context.numbers_rest_until, Exception):
        raise context.numbers_rest_until
    if context.numbers_rest_until is not None:
        return _no(caller_number_free, "caller_numbers_rest", context.numbers_rest_until)
    return _yes(caller_number_free, "caller_number_free")


RULES: tuple[Rule, ...] = (
    number_valid,
    number_diallable,
    consent,
    not_opted_out,
    registry_fresh,
    calling_hours,
    attempt_budget,
    no_live_call,
    no_final_outcome,
    campaign_running,
    breaker_closed,
    caller_number_free,
)
