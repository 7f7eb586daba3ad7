"""The parts of a playbook that are lines to say: answers, repairs, closings, the meeting, voicemail, transfer."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.reasons import said
from contracts.values import PhoneNumber
from services.conversation.domain.playbook_parts import Part
from services.conversation.domain.sentences import AtTime, OneSlot, ReadBack, Sentence, TwoSlots


class Answers(Part):
    """What to say to what callers ask."""

    who: Sentence
    """Who are you, and what is it about?"""
    robot: Sentence
    """Are you a robot? The truth."""
    price: Sentence
    """What does it cost?"""
    source: Sentence
    """Where did you get my number?"""
    details: Sentence
    """Send me something in writing."""
    screening: Sentence
    """A telephone's assistant asks who calls and why."""
    go_on: Sentence
    """Asks whether to continue, after a question of the caller's was answered."""


class Repairs(Part):
    """What to say when the line is silent or the words were not understood."""

    silence: Annotated[tuple[Sentence, ...], Field(min_length=2, max_length=2)]
    """Two different lines, for the first and the second silence."""
    silence_goodbye: Sentence
    """Ends a call in which nobody speaks."""
    unclear: Sentence
    """The words were not understood; the open question follows."""
    trouble: Sentence
    """Something is broken on our side; the call ends."""
    reconnected: Sentence
    """The line was cut and is back; the open question follows."""
    callback_again: Sentence
    """Asks for day and hour of a callback once more."""
    confirm_opt_out: Sentence | None = None
    """Asks whether the number is to be taken off the list, where the words leave a doubt; unset: in our own words."""

    @model_validator(mode="after")
    def _different(self) -> Self:
        if self.silence[0] == self.silence[1]:
            raise ValueError(said("silence_same"))
        return self


class Closings(Part):
    """How a call ends, by what it came to."""

    booked: Sentence
    """After a meeting was booked."""
    callback: Sentence
    """After a callback within a window of time was agreed."""
    callback_at: AtTime
    """After a callback at a time was agreed; names {{ when }}."""
    callback_when: Sentence
    """The caller is busy: asks when to call again."""
    details: Sentence
    """After details in writing were promised."""
    details_address: Sentence
    """Asks where to send details to."""
    not_interested: Sentence
    """Accepts a no."""
    opted_out: Sentence
    """Confirms that the number is taken off the list for good."""
    wrong_person: Sentence
    """The number belongs to somebody else."""
    gatekeeper: Sentence
    """Somebody answers for the lead: asks when to call."""
    rude: Sentence
    """Answers an insult."""
    wind_down: Sentence
    """The call has been long: says so and lets the caller go."""
    goodbye: Sentence
    """Any other end."""


class Meeting(Part):
    """What is offered."""

    minutes: Annotated[int, Field(ge=5, le=120)] = 20
    """How long the meeting is."""
    invite: Sentence
    """Offers the meeting; slots follow."""
    two_slots: TwoSlots
    """Asks which of {{ first }} and {{ second }}."""
    two_slots_again: TwoSlots
    """The same in other words."""
    one_slot: OneSlot
    """Asks whether {{ first }} suits."""
    first_slot: OneSlot
    """Proposes the first of two slots to somebody who says yes to both."""
    not_then: Sentence
    """Nothing is free at the time that was asked for; slots follow."""
    taken: Sentence
    """The slot has just been taken; others follow."""
    no_slots: Sentence
    """Nothing is free; asks when to call again."""
    booked: AtTime
    """Says {{ when }} the meeting is, after it was booked."""
    ask_email: bool = True
    """Whether to ask for an address to send the invitation to."""
    email_question: Sentence
    """Asks for it."""
    email_again: Sentence
    """Asks once more."""
    email_confirm: ReadBack
    """Reads {{ email }} back."""


class Voicemail(Part):
    """What a machine that answers is told."""

    leave: bool = False
    """Whether to leave a message; otherwise the call ends silently and is tried again."""
    text: Annotated[tuple[Sentence, ...], Field(max_length=4)] = ()
    """The message, a line or two at a time."""

    @model_validator(mode="after")
    def _has_text(self) -> Self:
        if self.leave and not self.text:
            raise ValueError(said("voicemail_empty"))
        return self


class Transfer(Part):
    """How a call is handed to a person."""

    line: Sentence
    """Said before the transfer."""
    number: PhoneNumber
    """Who is called, as +97231234567."""
