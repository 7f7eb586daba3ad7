"""The rules of the gate: each a small function from what is known to a verdict in words, with the cure."""

from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.values import Verdict
from services.dialer.domain.consent import NoConsent, read_consent
from services.dialer.domain.gate_context import GateContext
from services.dialer.domain.israeli_calendar import ISRAEL
from services.dialer.domain.redial import FINAL

NUMBERS_REST = "every caller number has made its calls of the day (CALLS_PER_NUMBER_PER_DAY)"
REGISTRY_FRESH = timedelta(days=15)
"""The law lets nobody rely on an older look into the do-not-call registry."""

Rule = Callable[[GateContext], Verdict]


def _yes(rule: Rule, reason: str) -> Verdict:
    return Verdict(rule=rule.__name__, allowed=True, reason=reason)


def _no(rule: Rule, reason: str, until: datetime | None = None) -> Verdict:
    return Verdict(rule=rule.__name__, allowed=False, reason=reason, until=until)


def number_valid(context: GateContext) -> Verdict:
    """It is a phone number at all."""
    number = context.number
    if number.invalid is not None:
        return _no(number_valid, f"{number.written!r} is not a valid phone number: {number.invalid}")
    return _yes(number_valid, "the number is valid")


def number_diallable(context: GateContext) -> Verdict:
    """A machine may dial it."""
    number = context.number
    if number.e164 is None:
        return _no(number_diallable, "there is no valid number to dial; correct the phone number")
    if number.blocked is not None:
        return _no(number_diallable, f"the number must not be dialed: {number.blocked}")
    if number.foreign and not context.policy.allow_foreign:
        return _no(
            number_diallable,
            f"+{number.country_code} is not Israel; set ALLOW_FOREIGN_NUMBERS=true to call other countries",
        )
    if (refused := context.history.bad_number) is not None:
        return _no(number_diallable, f"the carrier turned the number down: {refused}; correct the number")
    return _yes(number_diallable, "the number is a mobile, a landline or an internet line")


def consent(context: GateContext) -> Verdict:
    """They agreed to be called, and it still holds."""
    try:
        found = read_consent(context.lead.consent, context.now)
    except NoConsent as missing:
        if not context.policy.require_consent:
            return _yes(consent, f"consent is not required (REQUIRE_CONSENT=false); {missing}")
        if context.its_campaign is not None and context.its_campaign.plan.one_time_business_approach:
            return _one_approach(context, str(missing))
        return _no(consent, str(missing))
    return _yes(consent, f"consent by {found.basis} of {found.obtained_at:%Y-%m-%d}")


def _one_approach(context: GateContext, missing: str) -> Verdict:
    """The law lets a business be asked once, without prior consent, whether it agrees to be called. It counts for the
    number, whatever the campaign; a call they asked for themselves is no approach."""
    if context.is_callback:
        return _yes(consent, "they asked for this call")
    if not context.lead.facts.company and not context.lead.facts.business_type:
        return _no(consent, f"{missing}; the one approach without it is for businesses: give company or business_type")
    if (attempts := context.history.attempts) > 0:
        return _no(consent, f"the one approach that a business may be made without consent is used ({attempts} calls)")
    return _yes(consent, "no consent; this is the one approach that a business may be made without it")


def not_opted_out(context: GateContext) -> Verdict:
    """They never asked to be left alone."""
    if context.history.erased:
        return _no(
            not_opted_out, "they asked to be forgotten; this is permanent, and what was handed in is erased again"
        )
    if context.history.opted_out_at is not None:
        day = f"{context.history.opted_out_at.astimezone(ISRAEL):%Y-%m-%d}"
        return _no(not_opted_out, f"opted out on {day}; this is permanent, on every channel")
    return _yes(not_opted_out, "not on the do-not-call list")


def registry_fresh(context: GateContext) -> Verdict:
    """The national registry was asked within 15 days, and does not list the number."""
    finding = context.registry
    if isinstance(finding, Exception):
        raise finding
    if finding is not None and finding.listed:
        return _no(registry_fresh, "the number is in the national do-not-call registry")
    if not context.policy.registry_required:
        return _yes(registry_fresh, "a look into the do-not-call registry is not required (REGISTRY_REQUIRED=false)")
    if finding is None:
        return _no(registry_fresh, "the number was never checked against the do-not-call registry; import a check")
    if finding.checked_at < context.now - REGISTRY_FRESH:
        day = f"{finding.checked_at:%Y-%m-%d}"
        return _no(registry_fresh, f"the registry was last asked on {day}, over 15 days ago; import a new check")
    return _yes(registry_fresh, "not in the do-not-call registry, checked within 15 days")


def calling_hours(context: GateContext) -> Verdict:
    """It is a time at which people may be called, and at which they would like to be."""
    hours, unheeded = context.wished_hours
    remark = f"; {unheeded}" if unheeded else ""
    if hours.is_open(context.now):
        return _yes(calling_hours, f"within calling hours{remark}")
    until = hours.next_open(context.now)
    wish = f", as the best call time is {context.lead.best_call_time!r}" if context.hours.is_open(context.now) else ""
    when = f"{until.astimezone(ISRAEL):%a %Y-%m-%d %H:%M}"
    return _no(calling_hours, f"outside calling hours until {when}{wish}{remark}", until)


def attempt_budget(context: GateContext) -> Verdict:
    """They have not been tried too often."""
    attempts, most = context.history.attempts, context.policy.max_attempts
    used = f"{attempts} of {most} calls used"
    if context.is_callback:
        return _yes(attempt_budget, f"they asked for this call; {used}")
    if attempts >= most:
        return _no(attempt_budget, f"{used}; raise MAX_ATTEMPTS to call more often")
    campaign = context.its_campaign
    own = campaign.plan.retry.max_attempts if campaign else None
    if campaign is not None and own is not None and context.history.campaign_attempts >= own:
        return _no(attempt_budget, f"{context.history.campaign_attempts} of {own} calls of {campaign.name} used")
    return _yes(attempt_budget, used)


def no_live_call(context: GateContext) -> Verdict:
    """Nobody is called twice at once."""
    live = context.history.live_call
    if live is None:
        return _yes(no_live_call, "no other call to this number is planned or in progress")
    if live.lead_id != context.lead.lead_id:
        soon = context.now + timedelta(minutes=5)
        return _no(no_live_call, f"the number is being called for lead {live.lead_id}; trying again soon", soon)
    return _no(no_live_call, f"call {live.call_id} with this lead is already planned or in progress; wait for its end")


def no_final_outcome(context: GateContext) -> Verdict:
    """No earlier call settled the matter, or agreed on a time that is still to come."""
    outcome = context.lead.outcome
    if outcome in FINAL:
        return _no(no_final_outcome, f"an earlier call settled the matter: {FINAL[outcome]}")
    if context.callback_at is not None:
        local = context.callback_at.astimezone(ISRAEL)
        reason = f"they asked to be called at {local:%Y-%m-%d %H:%M}; the scheduler says when the time has come"
        return _no(no_final_outcome, reason, context.callback_at)
    return _yes(no_final_outcome, "no earlier call settled the matter")


def campaign_running(context: GateContext) -> Verdict:
    """The campaign it belongs to is running."""
    if isinstance(context.campaign, Exception):
        raise context.campaign
    campaign_id = context.lead.campaign_id
    if campaign_id is None:
        return _yes(campaign_running, "the lead belongs to no campaign")
    if context.campaign is None:
        return _no(campaign_running, f"there is no campaign {campaign_id}; create it, or leave campaign_id out")
    if not context.campaign.running:
        why = f"campaign {context.campaign.name} does not run ({context.campaign.state}); its leads wait for its start"
        return _no(campaign_running, why, context.now)  # as soon as it runs: nobody is called before
    return _yes(campaign_running, f"campaign {context.campaign.name} is running")


def breaker_closed(context: GateContext) -> Verdict:
    """The carrier takes calls."""
    if context.trouble is not None:
        return _no(breaker_closed, f"dialing is paused: {context.trouble}", context.trouble_until)
    return _yes(breaker_closed, "the carrier takes calls")


def caller_number_free(context: GateContext) -> Verdict:
    """One of our numbers may still call today."""
    if isinstance(context.numbers_rest_until, Exception):
        raise context.numbers_rest_until
    if context.numbers_rest_until is not None:
        return _no(caller_number_free, NUMBERS_REST, context.numbers_rest_until)
    return _yes(caller_number_free, "a caller number has calls left today")


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
