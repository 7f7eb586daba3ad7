"""The phrases of an instruction never to be called again, by what may still make each mean something else."""

from enum import Enum

from services.conversation.hebrew.meanings.contact import CONSENT, NO_CONTACT
from services.conversation.hebrew.meanings.protests import PROTESTS
from services.conversation.hebrew.meanings.removals import REMOVALS


class Kind(Enum):
    """How far what stands around a phrase can change what it means."""

    FINAL = "final"
    """Unless it is taken back in the same breath."""
    REMOVAL = "removal"
    """Unless one is to be taken off something else, or is not to be taken off."""
    CONTACT = "contact"
    """Unless a time or another way is named."""
    CONSENT = "consent"
    """None: contact is allowed."""


ROWS = (
    (Kind.REMOVAL, 1.0, REMOVALS),
    (Kind.CONTACT, 1.0, NO_CONTACT),
    (Kind.FINAL, 1.0, PROTESTS),
    (Kind.CONSENT, 1.0, CONSENT),
)
