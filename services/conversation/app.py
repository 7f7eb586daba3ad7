"""Puts the conversation service together."""

import os
import socket
from functools import partial
from uuid import UUID

from contracts.chat import Ask
from contracts.contacts import ContactErasureBegan
from contracts.event import new_event_id
from contracts.streams import CONVERSATION_ERASURES
from services.conversation import api, chat, milestones
from services.conversation.agents.fallback import Fallback
from services.conversation.agents.language_model import LanguageModel
from services.conversation.agents.models import Models
from services.conversation.agents.scripted import Scripted
from services.conversation.agents.tongue import Native, Translated
from services.conversation.forgetting import Forgetting
from services.conversation.languages import opt_out
from services.conversation.library import Library
from services.conversation.messages import NatsScheduler, PlaybookDesk, StreamedLeads, while_ringing
from services.conversation.metrics import measure
from services.conversation.rehearsal import Rehearsal
from services.conversation.session import Session
from services.conversation.settings import ConversationSettings
from services.conversation.traces import trace
from services.conversation.worker import Worker
from services.runtime.broker import Broker
from services.runtime.listening import answer, listen
from services.runtime.service import Service


async def build(settings: ConversationSettings) -> Service:
    """Connect and wire one conversation worker. Raises Unavailable or Refused with the cure."""
    opt_out("שלום")  # what understanding needs is read before anybody waits for it
    broker = Broker(settings.broker_url, "conversation")
    service = Service("conversation", broker)
    await service.prepare()
    worker_id = f"{socket.gethostname()}-{os.getpid()}-{new_event_id().hex[-6:]}"
    library = Library(broker, settings.playbooks_dir)
    scheduler = NatsScheduler(broker, settings.scheduler_timeout_s)
    models = Models(settings)
    agent = Fallback(
        Scripted(),
        models,
        {
            "language_model": LanguageModel(models, Native()),
            "translated": LanguageModel(models, Translated()),
        },
    )

    def new_session(call_id: UUID) -> Session:
        return Session(
            call_id,
            worker_id=worker_id,
            broker=broker,
            agent=agent,
            scheduler=scheduler,
            playbooks=library,
            clock=service.clock,
            settings=settings,
        )

    async def warm() -> None:
        for version in library.all():
            await models.warm(version.playbook)

    async def drain() -> None:
        await worker.drain(settings.turn_drain_s)

    worker = Worker(broker, settings.conversation_capacity, new_session)
    trace(service.metrics, service.spans)
    milestones.note(service.metrics)
    measure(service.metrics, lambda: len(worker.sessions), agent.resting)
    PlaybookDesk(broker, library)
    service.on_start.append(library.open)
    service.loop("playbook files", library.watch_files)
    service.loop("playbooks", library.follow)
    service.on_drain.append(library.close)
    service.on_start.append(partial(while_ringing, broker, warm))
    service.loop("calls", worker.consumer.run)
    service.on_drain.append(drain)
    service.on_stop.append(models.close)
    service.on_stop.append(worker.stop)
    rehearsal = Rehearsal(agent, library, scheduler, service.clock)
    answer(broker, Ask.subject, Ask, rehearsal.reply)
    listen(broker, CONVERSATION_ERASURES, ContactErasureBegan, Forgetting(broker, worker, service.clock).forget)
    service.routers.append(chat.router(rehearsal, StreamedLeads(broker), settings.messiah_api_token))
    service.routers.append(
        api.router(library, worker, worker_id, settings.conversation_capacity, settings.messiah_api_token)
    )
    return service
