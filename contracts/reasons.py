"""Why somebody is called or not, what is wrong with a list or a playbook, why a wish is refused: every reason has a
code, and one sentence whose gaps say the rest.

Reasons travel and are kept as sentences, which people read in logs, files and other systems. As each sentence is made
from its template, it can be read back, so that a page shows the same reason in another language.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from string import Formatter

from contracts.list_faults import LIST_FAULTS
from contracts.playbook_faults import PLAYBOOK_FAULTS
from contracts.refusals import REFUSALS

REASONS: Mapping[str, str] = {
    # number_valid
    "number_valid": "the number is valid",
    "number_invalid": "{number!r} is not a valid phone number: {why}",
    "no_digits": "there is no phone number in it; give one such as 054-2345678",
    "star_number": "star and code numbers cannot be dialed from outside; give the full number",
    "emergency_number": "{digits} is an emergency number",
    "public_service_number": "{digits} is a short public-service number, which is never dialed by a machine",
    "number_too_short": "{digits} is too short for a phone number; give all its digits, with the area code",
    "number_unreadable": "it cannot be read as one phone number ({fault}); give one number",
    "number_placeholder": "no mobile number begins with 0{start}; it looks like a placeholder, so ask for the real one",
    "number_impossible": "no such number can exist; check its digits and area code",
    # number_diallable
    "number_diallable": "the number is a mobile, a landline or an internet line",
    "number_missing": "there is no valid number to dial; correct the phone number",
    "number_blocked": "the number must not be dialed: {why}",
    "number_extension": "it has the extension {extension}, which cannot be dialed; give a direct number",
    "number_other_operators": (
        "056 and 059 numbers are served by Palestinian operators, outside Israeli numbering; give another number"
    ),
    "number_shared_cost": "it is a 1-700 number, whose callee pays; give a direct number",
    "number_toll_free": "it is a toll-free number, which belongs to a call centre; give a direct number",
    "number_premium": "it is a premium-rate number; give a direct number",
    "number_company_wide": "it is a company-wide access number; give a direct number",
    "number_voicemail": "it is a voicemail access number; give a direct number",
    "number_no_line": "it is neither a mobile, a landline nor an internet line; give a direct number",
    "number_foreign": "+{country} is not Israel; set ALLOW_FOREIGN_NUMBERS=true to call other countries",
    "number_turned_down": "the carrier turned the number down: {why}; correct the number",
    # consent
    "consent": "consent by {basis} of {day}",
    "consent_not_required": "consent is not required (REQUIRE_CONSENT=false)",
    "consent_missing": "no consent is on record; send consent.basis (one of {bases}) and consent.obtained_at",
    "consent_basis_unknown": "{basis!r} is no known basis of consent; use one of {bases}",
    "consent_in_future": "the consent is dated {day}, which is in the future; correct obtained_at",
    "consent_lapsed": "the consent of {day} is older than a year and has lapsed; ask for a new one",
    "consent_undated": (
        "when the consent was given is missing; send consent.obtained_at, such as 2026-11-01T09:00:00Z"
    ),
    "consent_date_unreadable": "{written!r} is no moment; send consent.obtained_at as 2026-11-01T09:00:00Z",
    "asked_for_call": "they asked for this call",
    "approach_not_business": ("the one approach without it is for businesses: give company or business_type"),
    "approach_used": "the one approach that a business may be made without consent is used ({attempts} calls)",
    "approach_used_long_ago": "the one approach that a business may be made without consent was used long ago",
    "approach": "no consent; this is the one approach that a business may be made without it",
    # not_opted_out
    "not_opted_out": "not on the do-not-call list",
    "erased": "they asked to be forgotten; this is permanent, and what was handed in is erased again",
    "opted_out_on": "opted out on {day}; this is permanent, on every channel",
    # registry_fresh
    "registry_listed": "the number is in the national do-not-call registry",
    "registry_not_required": "a look into the do-not-call registry is not required (REGISTRY_REQUIRED=false)",
    "registry_never_asked": "the number was never checked against the do-not-call registry; import a check",
    "registry_stale": "the registry was last asked on {day}, over 15 days ago; import a new check",
    "registry_fresh": "not in the do-not-call registry, checked within 15 days",
    # calling_hours
    "calling_hours": "within calling hours",
    "outside_hours": "outside calling hours until {when}",
    "outside_wished_hours": "outside calling hours until {when}, as the best call time is {wish!r}",
    "wish_unreadable": "best_call_time {wish!r} cannot be read and is ignored; write it as 9:00-12:00, or as בוקר",
    "wish_impossible": "best_call_time {wish!r} is never within calling hours and is ignored; ask for another time",
    # attempt_budget
    "attempts_used": "{attempts} of {most} calls used",
    "attempts_spent": "{attempts} of {most} calls used; raise MAX_ATTEMPTS to call more often",
    "campaign_attempts_spent": "{attempts} of {most} calls of {campaign} used",
    # no_live_call
    "no_live_call": "no other call to this number is planned or in progress",
    "live_call_elsewhere": "the number is being called for lead {lead}; trying again soon",
    "live_call": "call {call} with this lead is already planned or in progress; wait for its end",
    # no_final_outcome
    "no_final_outcome": "no earlier call settled the matter",
    "settled": "an earlier call settled the matter: {why}",
    "callback_agreed": "they asked to be called at {when}; the scheduler says when the time has come",
    # campaign_running
    "campaign_none": "the lead belongs to no campaign",
    "campaign_unknown": "there is no campaign {campaign}; create it, or leave campaign_id out",
    "campaign_not_running": "campaign {campaign} does not run ({state}); its leads wait for its start",
    "campaign_running": "campaign {campaign} is running",
    # breaker_closed, caller_number_free
    "breaker_closed": "the carrier takes calls",
    "dialing_paused": "dialing is paused: {why}",
    "carrier_silent": "the carrier did not answer {requests} requests in a row; see its status page",
    "caller_number_free": "a caller number has calls left today",
    "caller_numbers_rest": "every caller number has made its calls of the day (CALLS_PER_NUMBER_PER_DAY)",
    # any rule
    "not_evaluated": "{rule} could not be evaluated: {fault}; see the log",
    "all_allow": "every rule allows the call",
    # where a lead stands
    "meeting_booked": "a meeting is booked",
    "details_requested": "they asked for details in writing",
    "transferred": "they were transferred to a person",
    "not_interested": "they said that they are not interested",
    "wrong_person": "the number belongs to somebody else",
    "opted_out": "they asked never to be called again",
    "callback_scheduled": "they asked to be called back",
    "callback_due": "the callback they asked for is due",
    "carrier_never_said": "the carrier never said what became of the call",
    "exhausted": "called {attempts} times without success, of {most} allowed",
    "call_again": "call again after {outcome}",
    "starved": "the carrier was too busy to take the call",
    "call_requested": "a call is requested",
    "request_too_old": "the call was requested too long ago",
    "lead_unknown": "the lead is not known any more",
    "retried": "tried again, as somebody asked for it",
    "claimed": "{campaign} asks for them",
    "listed_done": "the list says that they are done with: {written}",
    "listed_opted_out": "the list says that they must not be called: {written}",
    # where a campaign stands
    "paused_by_person": "somebody paused it",
    "stopped_by_person": "somebody stopped it",
    "calls_failed": (
        "{failures} calls in a row failed: {why}. One call tries again by itself at intervals; resume the campaign "
        "once the cause is mended"
    ),
    "carrier_refuses": "the carrier refuses its calls: {why}",
    "call_failed": "the call failed, and nobody said why",
    **LIST_FAULTS,
    **PLAYBOOK_FAULTS,
    **REFUSALS,
}
"""The sentences by their codes. A gap `why` is another reason, or words that somebody else chose; one that ends with
`!r` stands in quotation marks."""

BETWEEN = "; "
"""What stands between several reasons."""
_WHY = "why"
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""

Reason = tuple[str, Mapping[str, str]]


def said(code: str, **about: object) -> str:
    """The sentence of a reason. Raises KeyError for a code that is none, or a gap that is not filled."""
    return REASONS[code].format(**about)


def read(words: str) -> list[Reason] | None:
    """The codes of reasons told one after the other, and what filled their gaps; None if one is not from here."""
    found = _read(words, ours=True) or _read(words, ours=False)
    return None if found is None else list(found)


@lru_cache(maxsize=4096)
def _read(words: str, *, ours: bool) -> tuple[Reason, ...] | None:
    """If they have to be `ours`, no gap may hold somebody else's words in place of a reason."""
    ends = [found.start() for found in re.finditer(re.escape(BETWEEN), words)] + [len(words)]
    for end in ends:
        for first in _readings(words[:end]):
            if ours and _WHY in first[1] and _read(first[1][_WHY], ours=True) is None:
                continue
            if end == len(words):
                return (first,)
            if (others := _read(words[end + len(BETWEEN) :], ours=ours)) is not None:
                return (first, *others)
    return None


def _readings(words: str) -> Iterator[Reason]:
    """What a sentence may be, that with the most words of its own first."""
    for code, pattern in _patterns():
        if found := pattern.fullmatch(words):
            yield code, found.groupdict()


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    words = {code: "".join(literal for literal, *_ in Formatter().parse(REASONS[code])) for code in REASONS}
    vague = {code: re.match(r"\{\w+\}", REASONS[code]) is not None for code in REASONS}  # it may begin with anything
    surest = sorted(REASONS, key=lambda code: (vague[code], "{why}" in REASONS[code], -len(words[code])))
    return [(code, re.compile(_pattern(REASONS[code]), re.DOTALL)) for code in surest]


def _pattern(template: str) -> str:
    parts = []
    for literal, gap, _, conversion in Formatter().parse(template):
        parts.append(re.escape(literal))
        if gap is not None and f"(?P<{gap}>" in "".join(parts):
            parts.append(f"(?P={gap})")
        elif gap is not None:
            anything = ".+" if gap == _WHY else f"(?:(?!{BETWEEN}).)+?"
            parts.append(f"(?P<{gap}>{_QUOTED if conversion == 'r' else anything})")
    return "".join(parts)
