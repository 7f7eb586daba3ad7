"""How endpoints of webhooks and deliveries are shown in a terminal."""

from typing import Any

from messiah.terminal import Screen
from services.runtime.clock import ISRAEL
from services.telemetry.exports.endpoints import DeliveryView, Endpoint, EndpointWithSecret


def show_endpoint(endpoint: Endpoint, screen: Screen) -> None:
    """One endpoint; its secret where it has just been made."""
    state = "on" if endpoint.is_on else f"off: {endpoint.off_because}" if endpoint.off_because else "off"
    rows = [("URL", endpoint.url), ("Kinds", ", ".join(endpoint.kinds)), ("State", state)]
    if endpoint.description:
        rows.append(("About", endpoint.description))
    if isinstance(endpoint, EndpointWithSecret):
        rows.append(("Secret", f"{endpoint.secret}  (shown once; the receiver verifies signatures with it)"))
    screen.panel(str(endpoint.endpoint_id), rows)


def show_delivery(delivery: DeliveryView, screen: Screen) -> None:
    at = delivery.created_at.astimezone(ISRAEL)
    line: list[Any] = [
        delivery.delivery_id,
        f"{at:%Y-%m-%d %H:%M:%S}",
        delivery.status,
        delivery.kind,
        delivery.destination,
    ]
    screen.say("  ".join(map(str, line)) + (f"  {delivery.reason}" if delivery.reason else ""))
    for attempt in delivery.tries:
        what = attempt.error or f"answered {attempt.status_code}"
        screen.say(f"    {attempt.at.astimezone(ISRAEL):%H:%M:%S}  {attempt.duration_ms:.0f} ms  {what}", "dim")
