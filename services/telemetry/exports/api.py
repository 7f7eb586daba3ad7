"""The HTTP side of what goes out: endpoints of webhooks, and the log of deliveries."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.runtime.security import guarded
from services.telemetry.exports.endpoints import (
    DeliveryQuery,
    DeliveryView,
    Endpoint,
    EndpointChange,
    EndpointDesk,
    EndpointPlan,
    EndpointWithSecret,
)


class Replay(BaseModel):
    """Whose dead deliveries to send once more: webhook:{endpoint_id}, hubspot, airtable."""

    model_config = ConfigDict(extra="forbid")

    destination: str = Field(max_length=64)


class Replayed(BaseModel):
    """How many deliveries are sent once more; at most a thousand at once."""

    replayed: int


def router(desk: EndpointDesk, token: SecretStr | None) -> APIRouter:
    """The routes, for those who may use the API."""
    routes = APIRouter(tags=["webhooks"], dependencies=guarded(token))

    @routes.get("/webhooks")
    async def list_endpoints() -> list[Endpoint]:
        """Every endpoint, the oldest first."""
        return await desk.all()

    @routes.post("/webhooks", status_code=201)
    async def add_endpoint(plan: EndpointPlan) -> EndpointWithSecret:
        """Tell an https:// URL of calls, meetings and opt-outs from now on. The secret is shown here only."""
        return await desk.add(plan)

    @routes.get("/webhooks/{endpoint_id}")
    async def get_endpoint(endpoint_id: UUID) -> Endpoint:
        """One endpoint."""
        return await desk.get(endpoint_id)

    @routes.patch("/webhooks/{endpoint_id}")
    async def change_endpoint(endpoint_id: UUID, change: EndpointChange) -> Endpoint:
        """Change an endpoint, or switch it on or off."""
        return await desk.change(endpoint_id, change)

    @routes.delete("/webhooks/{endpoint_id}", status_code=204)
    async def remove_endpoint(endpoint_id: UUID) -> None:
        """Remove an endpoint; what waits for it is dropped."""
        await desk.remove(endpoint_id)

    @routes.post("/webhooks/{endpoint_id}/rotate")
    async def rotate_secret(endpoint_id: UUID) -> EndpointWithSecret:
        """A new secret. For a day messages are signed with the old one, too."""
        return await desk.rotate(endpoint_id)

    @routes.post("/webhooks/{endpoint_id}/test")
    async def test_endpoint(endpoint_id: UUID) -> DeliveryView:
        """Send a test message now, and see what came of it."""
        return await desk.test(endpoint_id)

    @routes.get("/deliveries")
    async def list_deliveries(query: Annotated[DeliveryQuery, Query()]) -> list[DeliveryView]:
        """What was sent, waits or was given up, newest first: webhooks, CRMs and digests."""
        return await desk.deliveries(query)

    @routes.get("/deliveries/{delivery_id}")
    async def get_delivery(delivery_id: UUID) -> DeliveryView:
        """One delivery with every try."""
        return await desk.delivery(delivery_id)

    @routes.post("/deliveries/{delivery_id}/replay", status_code=202)
    async def replay_delivery(delivery_id: UUID) -> DeliveryView:
        """Send a delivery once more, under the same id."""
        return await desk.replay(delivery_id)

    @routes.post("/deliveries/replay", status_code=202)
    async def replay_dead(replay: Replay) -> Replayed:
        """Send once more what a destination did not take."""
        return Replayed(replayed=await desk.replay_dead(replay.destination))

    return routes
