"""Why something that somebody asked for is not done, each with the cure after a semicolon where there is one."""

from collections.abc import Mapping

REFUSALS: Mapping[str, str] = {
    # campaigns and the cap
    "campaign_not_there": "there is no campaign {campaign}; list them",
    "campaign_plan_differs": "campaign {campaign} has another plan; create one with another id",
    "campaign_nobody_to_retry": "campaign {campaign} is {state}; there is nobody to try again yet",
    "campaign_stopping": "campaign {campaign} is stopping; start it again when its calls have ended",
    "campaign_cannot_pause": "campaign {campaign} is {state}; only one that is running can be paused",
    "campaign_cannot_resume": "campaign {campaign} is {state}, not paused; start it instead",
    "change_nothing": "give a cap, calls_per_minute or max_attempts",
    "attempts_too_many": (
        "nobody is called more than {most} times over all campaigns; ask for less, or raise MAX_ATTEMPTS"
    ),
    "hours_never_lawful": (
        "these hours are never within the lawful calling hours; let them begin before they end, on a day from Sunday "
        "(0) to Friday (5)"
    ),
    "plan_missing": "send a plan: at least its name",
    "playbook_not_named": "{name!r} is no name of a playbook",
    "playbook_unknown": "no playbook {name!r} is known; put {file} into PLAYBOOKS_DIR",
    "cap_missing": "give a cap; 0 calls nobody",
    "cap_negative": "the cap is a number of calls, or 0 to call nobody",
    # a lead
    "lead_not_there": "there is no lead {lead}; hand it in first",
    "phone_or_lead_missing": "give `phone`, `lead_id`, or both",
    "phone_invalid": "not a valid phone number: {why}",
    # meetings
    "slot_taken": "somebody else has that time now; offer the alternatives",
    "slot_not_offered": "{slot} was not offered in this call; offer slots first",
    "slot_passed": "{slot} has passed; offer a later one",
    "slot_unknown": "{slot} names no slot; take one of GET /slots",
    "no_slots": "nobody is free within the booking horizon; offer a callback, or widen the hours or the horizon",
    "meeting_stands": "meeting {meeting} stands at {slot}; reschedule or cancel it instead, or ask for another one",
    "meeting_changed": (
        "meeting {meeting} was changed since: it is at {slot}, sequence {sequence}; look at it and ask again"
    ),
    "meeting_not_there": "no meeting {meeting} stands; list them at GET /meetings",
    # a call in progress
    "call_over": "the call is over; nobody is on the line",
    "line_missing": "`say` needs the `text` to say",
    # users of the console
    "user_name_unfit": "a name has up to 64 letters, digits and . @ + _ -, without spaces",
    "user_there_already": "there is a user {name!r} already; `messiah user password` gives them another password",
    "user_last_admin": "somebody has to be admin; make another user admin first",
    "password_length": "a password has {shortest} to {longest} characters",
    "password_weak": "that is easy to guess; take several words that do not belong together",
    # what was filled in
    "field_empty": "{field} is empty; fill it in",
    "field_too_small": "{field} is too small; give at least {least}",
    "field_too_large": "{field} is too large; give at most {most}",
    "field_too_long": "{field} is too long; give at most {most} characters",
    "field_unfit": "{field} cannot be used: {why}",
    # another service
    "dialer_silent": "the dialer does not answer at {url} ({fault}); check DIALER_URL",
    "dialer_closed": (
        "the dialer at {url} asks for a token that telemetry was not given: set MESSIAH_API_TOKEN to the same one for "
        "both"
    ),
    "nobody_answered": "nobody answered {subject} within {seconds} s",
}
