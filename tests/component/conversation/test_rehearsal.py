"""The agent outside a call: stateless, over NATS and over HTTP, and nothing comes of it in the world."""

import httpx2
import pytest

from contracts.chat import Answered, Ask, ChatLine, parse_chat
from contracts.leads import LeadAccepted
from contracts.requests import Refused, SlotsFound
from contracts.values import LeadFacts, Speaker
from messiah.web import build_app
from services.runtime.broker import Broker
from tests.component.conversation.conftest import TUESDAY, _slot

DANA = LeadFacts(name="דנה כהן", company="אורנט", email="dana@ornet.co.il")


class Chat:
    """A developer who keeps the conversation and sends it along each time."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._history: list[ChatLine] = []

    async def say(self, text: str = "", **more: object) -> Answered | Refused:
        ask = Ask(lead=DANA, user_utterance=text, history=tuple(self._history), now=TUESDAY, **more)
        reply = parse_chat(await self._broker.ask(Ask.subject, ask.model_dump_json().encode(), 20))
        if isinstance(reply, Answered):
            if text:
                self._history.append(ChatLine(speaker=Speaker.CALLER, text=text))
            self._history.append(ChatLine(speaker=Speaker.AGENT, text=reply.agent_reply))
        return reply


@pytest.fixture
async def free_slots(broker):
    async def find(message):
        found = SlotsFound(slots=(_slot(TUESDAY.replace(day=25)), _slot(TUESDAY.replace(day=26))))
        await message.respond(found.model_dump_json().encode())

    await broker.nats.subscribe("scheduler.find_slots", cb=find)
    await broker.nats.flush()


async def test_a_whole_conversation_is_kept_by_whoever_asks(start_worker, broker, free_slots):
    told = await broker.nats.subscribe("calls.>")
    await start_worker()
    chat = Chat(broker)
    opening = await chat.say()
    assert "בינה מלאכותית" in opening.agent_reply
    assert opening.asks == "permission"
    assert (await chat.say("כן בסדר")).asks == "question:current_process"
    answered = await chat.say("באקסל")
    assert answered.action_payload["notes"] == {"answer:current_process": "באקסל"}
    offer = await chat.say("עשרה")
    assert offer.action == "offer_slots"
    assert len(offer.action_payload["slots"]) == 2
    slots = offer.action_payload["slots"]
    booked = await chat.say("הראשון", offered=slots)
    assert booked.action == "book"
    assert booked.action_payload["meeting"]["slot_id"] == slots[0]["slot_id"]
    assert "קבענו" in booked.agent_reply
    assert booked.ends_call
    assert told.pending_msgs == 0


async def test_a_playbook_may_be_tried_before_it_is_saved(start_worker, broker):
    from services.conversation.library import PACKAGED

    text = (PACKAGED / "alta-he.yaml").read_text(encoding="utf-8").replace("seller: אלטה", "seller: גלים", 1)
    await start_worker()
    assert "גלים" in (await Chat(broker).say(playbook_text=text)).agent_reply
    bad = await Chat(broker).say(playbook_text="name: x\nnonsense: true\n")
    assert isinstance(bad, Refused)
    assert "line" in bad.detail


async def test_a_turn_over_http_knows_an_accepted_lead(start_worker, broker):
    service = await start_worker()
    await broker.tell(LeadAccepted(occurred_at=TUESDAY, lead_id="crm-7", lead=DANA))
    transport = httpx2.ASGITransport(app=build_app([service]), client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        opening = (await client.post("/agent/turn", json={"lead_id": "crm-7"})).json()
        assert "דנה" in opening["agent_reply"]
        history = [{"speaker": "agent", "text": opening["agent_reply"]}]
        refusal = await client.post(
            "/agent/turn", json={"lead_id": "crm-7", "user_utterance": "תמחקו אותי מהרשימה", "history": history}
        )
        assert refusal.json()["action"] == "opt_out"
        assert refusal.json()["ends_call"]
        unknown = await client.post("/agent/turn", json={"lead_id": "nobody"})
        assert unknown.status_code == 404
        assert unknown.json()["field"] == "lead_id"
