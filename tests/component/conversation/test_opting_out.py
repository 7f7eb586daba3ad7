"""What may be a wish never to be called again is asked about, whoever decides on the rest of the call."""

import pytest

from contracts.calls import CallReconnected
from contracts.event import new_event_id
from contracts.values import Outcome
from services.conversation.languages import opt_out
from tests.component.conversation.conftest import DOUBTFUL, Line
from tests.component.conversation.test_rehearsal import Chat

CONFIRMING = "להסיר את המספר"


def test_a_doubt_is_no_opt_out():
    assert opt_out(DOUBTFUL) is None


@pytest.mark.parametrize("answer", ["כן", "כן בבקשה", DOUBTFUL, "תורידו אותי מהרשימה"])
async def test_who_confirms_it_has_opted_out(start_worker, line, broker, answer):
    opted_out = await broker.nats.subscribe("contacts.*.opted_out")
    await start_worker()
    await line.open()
    await line.answer(0)
    assert CONFIRMING in await line.hear(DOUBTFUL)
    assert "מוסר" in await line.hear(answer)
    assert answer.split()[0] in (await opted_out.next_msg(timeout=20)).data.decode()
    await line.until(lambda: line.of("closing"))
    concluded = await line.end()
    assert concluded.outcome is Outcome.OPTED_OUT
    assert answer.split()[0] in concluded.evidence[0].quote


async def test_who_denies_it_goes_on_with_the_call(start_worker, scheduler, broker, clock):
    await start_worker()
    for answer in ("לא", "לא, תמשיכי"):
        line = Line(broker, clock)
        await line.open()
        await line.answer(0)
        question = await line.hear("כן בסדר")
        assert CONFIRMING in await line.hear(DOUBTFUL)
        asked = [said.asks for said in line.of("said") if said.asks]
        again = await line.hear(answer)
        assert CONFIRMING not in again
        assert again not in question
        assert [said.asks for said in line.of("said") if said.asks][len(asked) :] == [asked[-2]]
        assert CONFIRMING not in await line.hear(DOUBTFUL)  # once in a call
        assert not [act for act in line.of("acted") if act.move == "opt_out"]


async def test_the_question_cut_off_by_the_line_is_asked_once_more(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    assert CONFIRMING in await line.hear(DOUBTFUL)
    told = len(line.of("said"))
    await line.tell(CallReconnected, turn=1, line_id=new_event_id())
    await line.until(lambda: len(line.of("said")) >= told + 2)
    assert CONFIRMING in line.of("said")[-1].text
    assert "מוסר" in await line.hear("נכון")


async def test_outside_a_call_the_history_tells_that_it_was_asked(start_worker, broker):
    await start_worker()
    chat = Chat(broker)
    await chat.say()
    assert (await chat.say(DOUBTFUL)).asks == "confirm_opt_out"
    assert (await chat.say("כן")).action == "opt_out"
