"""The conversation's HTTP API: which playbooks there are, and how many calls this worker speaks on."""

from fastapi import APIRouter
from pydantic import BaseModel, SecretStr

from services.conversation.domain.playbook import Playbook
from services.conversation.library import Library
from services.conversation.worker import Worker
from services.runtime.security import guarded


class Load(BaseModel):
    """What a worker is busy with."""

    worker_id: str
    calls: int
    capacity: int


def router(library: Library, worker: Worker, worker_id: str, capacity: int, token: SecretStr | None) -> APIRouter:
    api = APIRouter(tags=["conversation"], dependencies=guarded(token))

    @api.get("/playbooks")
    async def playbooks() -> list[str]:
        """Names of the playbooks."""
        return library.names()

    @api.get("/playbooks/{name}")
    async def playbook(name: str) -> Playbook:
        """One playbook as it is in force."""
        return await library.get(name, "")

    @api.get("/conversation/load")
    async def load() -> Load:
        """How busy this worker is."""
        return Load(worker_id=worker_id, calls=len(worker.sessions), capacity=capacity)

    return api
