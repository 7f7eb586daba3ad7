"""What the conversation asks of other services over NATS, and what it answers about its playbooks."""

from collections.abc import Awaitable, Callable

from nats.aio.msg import Msg
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from contracts.calls import CallDialed
from contracts.chat import Playbooks, PlaybooksShown, PlaybookText
from contracts.leads import LeadAccepted
from contracts.requests import (
    Book,
    Booked,
    Cancel,
    Cancelled,
    FindSlots,
    OfferSlots,
    RefusalReason,
    Refused,
    Reschedule,
    SlotsFound,
    SlotsOffered,
    parse_reply,
)
from contracts.values import LeadFacts
from services.conversation.domain.playbook_reading import BadPlaybook, read_playbook
from services.conversation.library import Library, Version
from services.runtime.broker import Broker
from services.runtime.errors import NotFound, Unavailable
from services.runtime.listening import answer
from services.runtime.logs import logger

log = logger(__name__)


async def while_ringing(broker: Broker, do: Callable[[], Awaitable[None]]) -> None:
    """Do something whenever a telephone begins to ring that this worker may have to speak on."""

    async def dialed(_: Msg) -> None:
        await do()

    await broker.nats.subscribe(CallDialed.subject_filter(), cb=dialed)


class NatsScheduler:
    """The scheduler over request/reply. Whatever goes wrong is a typed refusal: a caller is waiting."""

    def __init__(self, broker: Broker, timeout_s: float) -> None:
        self._broker = broker
        self._timeout_s = timeout_s

    async def offer(self, request: OfferSlots) -> SlotsOffered | Refused:
        reply = await self._ask(request)
        return reply if isinstance(reply, SlotsOffered | Refused) else _odd(reply)

    async def book(self, request: Book) -> Booked | Refused:
        reply = await self._ask(request)
        return reply if isinstance(reply, Booked | Refused) else _odd(reply)

    async def reschedule(self, request: Reschedule) -> Booked | Refused:
        reply = await self._ask(request)
        return reply if isinstance(reply, Booked | Refused) else _odd(reply)

    async def cancel(self, request: Cancel) -> Cancelled | Refused:
        reply = await self._ask(request)
        return reply if isinstance(reply, Cancelled | Refused) else _odd(reply)

    async def find(self, request: FindSlots) -> SlotsFound | Refused:
        reply = await self._ask(request)
        return reply if isinstance(reply, SlotsFound | Refused) else _odd(reply)

    async def _ask(self, request: OfferSlots | Book | Reschedule | Cancel | FindSlots) -> object:
        try:
            return parse_reply(
                await self._broker.ask(request.subject, request.model_dump_json().encode(), self._timeout_s)
            )
        except Unavailable as error:
            return Refused(reason=RefusalReason.UNAVAILABLE, detail=error.detail)
        except ValidationError as error:
            return _odd(error)


class StreamedLeads:
    """Leads as the stream has them: the last time each was accepted."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def facts(self, lead_id: str) -> LeadFacts:
        """Raises NotFound with the cure."""
        try:
            found = await self._broker.js.get_last_msg(LeadAccepted.stream, f"leads.{lead_id}.accepted", direct=True)
        except NotFoundError:
            raise NotFound(
                f"no lead {lead_id!r} was accepted; send its facts as `lead`, or leave lead_id out", field="lead_id"
            ) from None
        return LeadAccepted.model_validate_json(found.data or b"").lead


class PlaybookDesk:
    """Lists, shows, checks and saves playbooks for whoever asks over NATS."""

    def __init__(self, broker: Broker, library: Library) -> None:
        self._library = library
        answer(broker, Playbooks.subject, Playbooks, self.playbooks)

    async def playbooks(self, request: Playbooks) -> PlaybooksShown | Refused:
        """Read, check or save playbooks."""
        match request:
            case Playbooks(action="list"):
                return PlaybooksShown(playbooks=tuple(described(each) for each in self._library.all()))
            case Playbooks(action="show", name=str(name)):
                return self._show(name)
            case Playbooks(action="check", text=str(text)):
                return PlaybooksShown(faults=read_playbook(text)[1])
            case Playbooks(action="save", text=str(text)):
                return await self._save(text, request)
        needed = "name" if request.action == "show" else "text"
        return Refused(reason=RefusalReason.INVALID, detail=f"{request.action!r} needs `{needed}`")

    def _show(self, name: str) -> PlaybooksShown | Refused:
        try:
            return PlaybooksShown(playbooks=(described(self._library.current(name), text=True),))
        except NotFound as error:
            return Refused(reason=RefusalReason.NOT_FOUND, detail=error.detail)

    async def _save(self, text: str, request: Playbooks) -> PlaybooksShown:
        try:
            version = await self._library.save(text, request.name)
        except BadPlaybook as error:
            return PlaybooksShown(faults=error.faults)
        log.info("playbook saved", name=version.playbook.name, version=version.content_hash, by=request.operator)
        return PlaybooksShown(playbooks=(described(version, text=True),))


def described(version: Version, *, text: bool = False) -> PlaybookText:
    """A playbook as the outside sees it."""
    return PlaybookText(
        name=version.playbook.name,
        content_hash=version.content_hash,
        language=version.playbook.language,
        company=version.playbook.seller,
        text=version.text if text else "",
    )


def _odd(reply: object) -> Refused:
    log.error("unexpected reply from the scheduler", reply=type(reply).__name__)
    return Refused(reason=RefusalReason.UNAVAILABLE, detail="the scheduler answered something else")
