"""Commands about webhooks: who is told of calls and meetings, and what became of it."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from messiah.remote import open_screen

if TYPE_CHECKING:
    from messiah.calls import Telemetry

webhook = typer.Typer(no_args_is_help=True, help="Tell other systems of calls, meetings and opt-outs.")

Url = Annotated[str | None, typer.Option("--at", help="Where telemetry answers; else MESSIAH_URL.")]
EndpointId = Annotated[UUID, typer.Argument(help="From `messiah webhook list`.")]


@webhook.command("add")
def webhook_add(
    url: Annotated[str, typer.Argument(help="An https:// URL that takes signed POST requests.")],
    kind: Annotated[
        list[str] | None, typer.Option(help="call.logged, meeting.booked, ...; several times. Without it: everything.")
    ] = None,
    about: Annotated[str | None, typer.Option(help="What it is, for those who look at the list.")] = None,
    at: Url = None,
) -> None:
    """Add an endpoint, and show its secret."""
    from messiah.webhook_views import show_endpoint
    from services.telemetry.exports.endpoints import EndpointWithSecret

    wanted: dict[str, Any] = {"url": url, "description": about} | ({"kinds": kind} if kind else {})

    async def add(telemetry: "Telemetry") -> None:
        made = EndpointWithSecret.model_validate_json(await telemetry.ask("POST", "/webhooks", wanted))
        show_endpoint(made, open_screen())

    _with_telemetry(at, add)


@webhook.command("list")
def webhook_list(at: Url = None) -> None:
    """Every endpoint, without its secret."""
    from pydantic import TypeAdapter

    from messiah.webhook_views import show_endpoint
    from services.telemetry.exports.endpoints import Endpoint

    async def show(telemetry: "Telemetry") -> None:
        found = TypeAdapter(list[Endpoint]).validate_json(await telemetry.ask("GET", "/webhooks"))
        for endpoint in found:
            show_endpoint(endpoint, open_screen())
        if not found:
            open_screen().say("no endpoints; `messiah webhook add URL` makes one")

    _with_telemetry(at, show)


@webhook.command("switch")
def webhook_switch(
    endpoint_id: EndpointId, on: Annotated[bool, typer.Option("--on/--off")] = True, at: Url = None
) -> None:
    """Switch an endpoint on or off."""
    from messiah.webhook_views import show_endpoint
    from services.telemetry.exports.endpoints import Endpoint

    async def switch(telemetry: "Telemetry") -> None:
        changed = await telemetry.ask("PATCH", f"/webhooks/{endpoint_id}", {"is_on": on})
        show_endpoint(Endpoint.model_validate_json(changed), open_screen())

    _with_telemetry(at, switch)


@webhook.command("rotate")
def webhook_rotate(endpoint_id: EndpointId, at: Url = None) -> None:
    """Make a new secret; for a day messages are signed with the old one, too."""
    from messiah.webhook_views import show_endpoint
    from services.telemetry.exports.endpoints import EndpointWithSecret

    async def rotate(telemetry: "Telemetry") -> None:
        made = await telemetry.ask("POST", f"/webhooks/{endpoint_id}/rotate")
        show_endpoint(EndpointWithSecret.model_validate_json(made), open_screen())

    _with_telemetry(at, rotate)


@webhook.command("remove")
def webhook_remove(endpoint_id: EndpointId, at: Url = None) -> None:
    """Remove an endpoint; what waits for it is dropped."""

    async def remove(telemetry: "Telemetry") -> None:
        await telemetry.ask("DELETE", f"/webhooks/{endpoint_id}")
        open_screen().say(f"{endpoint_id} is removed")

    _with_telemetry(at, remove)


@webhook.command("test")
def webhook_test(endpoint_id: EndpointId, at: Url = None) -> None:
    """Send a test message now, and show what came of it."""
    _show_delivery("POST", f"/webhooks/{endpoint_id}/test", at)


@webhook.command("log")
def webhook_log(
    to: Annotated[str | None, typer.Option(help="webhook, hubspot, airtable, digest, or webhook:ID.")] = None,
    status: Annotated[str | None, typer.Option(help="pending, sent, dead or dropped.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    delivery: Annotated[UUID | None, typer.Option(help="One delivery with every try.")] = None,
    at: Url = None,
) -> None:
    """What was sent, waits or was given up, newest first."""
    from pydantic import TypeAdapter

    from messiah.webhook_views import show_delivery
    from services.telemetry.exports.endpoints import DeliveryView

    if delivery is not None:
        _show_delivery("GET", f"/deliveries/{delivery}", at)
        return
    query = {"destination": to, "status": status, "limit": str(limit)}

    async def show(telemetry: "Telemetry") -> None:
        given = {name: value for name, value in query.items() if value is not None}
        found = await telemetry.ask("GET", "/deliveries", query=given)
        for each in TypeAdapter(list[DeliveryView]).validate_json(found):
            show_delivery(each, open_screen())

    _with_telemetry(at, show)


@webhook.command("replay")
def webhook_replay(
    what: Annotated[str, typer.Argument(help="A delivery's id; or a destination, for all that it did not take.")],
    at: Url = None,
) -> None:
    """Send once more, under the same id."""
    import json

    try:
        delivery_id = UUID(what)
    except ValueError:

        async def replay(telemetry: "Telemetry") -> None:
            done = json.loads(await telemetry.ask("POST", "/deliveries/replay", {"destination": what}))
            open_screen().say(f"{done['replayed']} deliveries are sent once more")

        _with_telemetry(at, replay)
    else:
        _show_delivery("POST", f"/deliveries/{delivery_id}/replay", at)


def _show_delivery(method: str, path: str, at: str | None) -> None:
    from messiah.webhook_views import show_delivery
    from services.telemetry.exports.endpoints import DeliveryView

    async def show(telemetry: "Telemetry") -> None:
        show_delivery(DeliveryView.model_validate_json(await telemetry.ask(method, path)), open_screen())

    _with_telemetry(at, show)


def _with_telemetry(at: str | None, work: Callable[["Telemetry"], Coroutine[Any, Any, None]]) -> None:
    from messiah import calls, serving

    async def run() -> None:
        async with calls.telemetry(at) as telemetry:
            await work(telemetry)

    serving.run(run())
