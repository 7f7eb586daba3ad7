"""What the dialer hears on the broker. Requested calls are leases, and pulled by `dialing`."""

from contracts.calls import CallConcluded
from contracts.contacts import ContactOptedOut
from contracts.control import Control
from contracts.leads import LeadSubmitted
from contracts.meetings import CallbackDue
from contracts.streams import DIALER_CALLBACKS, DIALER_CONCLUDED, DIALER_LEADS, DIALER_OPT_OUTS
from services.dialer.controls import Controls
from services.dialer.handlers import Handlers
from services.runtime.broker import Broker
from services.runtime.listening import answer, listen


def wire(broker: Broker, handlers: Handlers, controls: Controls) -> None:
    """Hand every fact to its handler, and every request to the controls."""
    answer(broker, Control.subject, Control, controls.control)
    listen(broker, DIALER_LEADS, LeadSubmitted, handlers.lead_submitted)
    listen(broker, DIALER_CONCLUDED, CallConcluded, handlers.call_concluded)
    listen(broker, DIALER_CALLBACKS, CallbackDue, handlers.callback_due)
    listen(broker, DIALER_OPT_OUTS, ContactOptedOut, handlers.opted_out)
