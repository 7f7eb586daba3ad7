"""What a caller can mean by an utterance."""

from enum import StrEnum


class Intent(StrEnum):
    """What a caller means. Between two that are shown equally well, the one that comes first here wins."""

    OPT_OUT = "opt_out"
    VOICEMAIL = "voicemail"
    PROFANITY = "profanity"
    WRONG_PERSON = "wrong_person"
    IS_ROBOT = "is_robot"
    GATEKEEPER = "gatekeeper"
    BUSY_CALLBACK = "busy_callback"
    NOT_INTERESTED = "not_interested"
    ASK_PRICE = "ask_price"
    ASK_EMAIL = "ask_email"
    WHO_IS_THIS = "who_is_this"
    SLOT_CHOICE = "slot_choice"
    TIME_PROPOSAL = "time_proposal"
    GOODBYE = "goodbye"
    DENY = "deny"
    AFFIRM = "affirm"
    UNCLEAR = "unclear"
