"""Declaring waits for a server that is not ready to."""

from nats.js.errors import ServerError

from services.runtime.broker import Broker
from services.runtime.provisioner import provision


async def test_a_store_that_the_server_cannot_make_yet_is_asked_for_again(broker: Broker, monkeypatch) -> None:
    add_stream, refused = broker.js.add_stream, []

    async def refuse_once(config):
        if not refused:
            refused.append(config.name)
            raise ServerError(code=500, err_code=10049, description="error creating store for stream")
        return await add_stream(config)

    monkeypatch.setattr(broker.js, "add_stream", refuse_once)
    await broker.js.delete_stream("CALLS")
    await provision(broker)
    assert refused == ["CALLS"]
    assert (await broker.js.stream_info("CALLS")).config.name == "CALLS"
