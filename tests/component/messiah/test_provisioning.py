"""What `messiah provision` sets once and never again."""

import pytest

from contracts.streams import CONVERSATION_CALLS, DIALER_CALLS, DIALER_LEADS
from services.runtime.broker import Broker
from services.runtime.provisioner import provision


async def cap_of(broker: Broker, name: str = DIALER_CALLS.name) -> int | None:
    return (await broker.js.consumer_info("CALLS", name)).config.max_ack_pending


@pytest.mark.parametrize(("asked", "given"), [(7, 7), (1, 1), (0, 1)])
async def test_a_new_consumer_gets_the_cap_that_is_asked_for(broker: Broker, asked: int, given: int) -> None:
    await broker.js.delete_consumer("CALLS", DIALER_CALLS.name)
    await provision(broker, caps={DIALER_CALLS.name: asked})
    assert await cap_of(broker) == given


async def test_a_cap_that_an_operator_changed_stays(broker: Broker) -> None:
    await broker.js.delete_consumer("CALLS", DIALER_CALLS.name)
    await provision(broker, caps={DIALER_CALLS.name: 3})
    await provision(broker, caps={DIALER_CALLS.name: 9})
    assert await cap_of(broker) == 3


async def test_other_consumers_are_not_capped(broker: Broker) -> None:
    await provision(broker, caps={DIALER_CALLS.name: 9})
    assert await cap_of(broker, CONVERSATION_CALLS.name) == -1
    leads = await broker.js.consumer_info("LEADS", DIALER_LEADS.name)
    assert leads.config.max_ack_pending == DIALER_LEADS.max_ack_pending


async def test_streams_let_go_of_messages_when_the_docs_say(broker: Broker) -> None:
    await provision(broker)
    days = {each.config.name: each.config.max_age / 86_400 for each in await broker.js.streams_info()}
    quarter = dict.fromkeys(("CALLS", "TELEMETRY", "DEAD"), 90)
    assert {name: days[name] for name in days if name.isupper() and not name.startswith("KV_")} == (
        quarter | dict.fromkeys(("LEADS", "MEETINGS", "CONTACTS"), 365)
    )
