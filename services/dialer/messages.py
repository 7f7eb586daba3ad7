"""What the dialer hears on the broker. Requested calls are leases, and pulled by `dialing`."""

from contracts.calls import CallConcluded
from contracts.contacts import ContactOptedOut
from contracts.leads import LeadSubmitted
from contracts.meetings import CallbackDue
from contracts.streams import DIALER_CALLBACKS, DIALER_CONCLUDED, DIALER_LEADS, DIALER_OPT_OUTS
from services.dialer.handlers import Handlers
from services.runtime.broker import Broker
from services.runtime.listening import listen


def wire(broker: Broker, handlers: Handlers) -> None:
    """Hand every fact to its handler."""
    listen(broker, DIALER_LEADS, LeadSubmitted, handlers.lead_submitted)
    listen(broker, DIALER_CONCLUDED, CallConcluded, handlers.call_concluded)
    listen(broker, DIALER_CALLBACKS, CallbackDue, handlers.callback_due)
    listen(broker, DIALER_OPT_OUTS, ContactOptedOut, handlers.opted_out)
