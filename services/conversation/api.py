"""The conversation's HTTP API: its playbooks, and how many calls this worker speaks on."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, SecretStr

from contracts.chat import PlaybookText
from services.conversation.domain.playbook_reading import BadPlaybook
from services.conversation.library import Library
from services.conversation.messages import described
from services.conversation.worker import Worker
from services.runtime.problems import problem
from services.runtime.security import guarded

YAML_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/yaml": {"schema": {"type": "string"}}}}
}


class Load(BaseModel):
    """What a worker is busy with."""

    worker_id: str
    calls: int
    capacity: int


def router(library: Library, worker: Worker, worker_id: str, capacity: int, token: SecretStr | None) -> APIRouter:
    api = APIRouter(tags=["conversation"], dependencies=guarded(token))

    @api.get("/playbooks")
    async def playbooks() -> list[PlaybookText]:
        """The playbooks in force, without their text."""
        return [described(version) for version in library.all()]

    @api.get("/playbooks/{name}")
    async def playbook(name: str) -> PlaybookText:
        """One playbook as it is in force, with its text."""
        return described(library.current(name), text=True)

    @api.put("/playbooks/{name}", response_model=PlaybookText, openapi_extra=YAML_BODY)
    async def save(name: str, request: Request) -> PlaybookText | JSONResponse:
        """Put a playbook in force for the calls that begin from now on. The body is its YAML."""
        try:
            version = await library.save((await request.body()).decode(errors="replace"), name)
        except BadPlaybook as error:
            return problem(422, error.slug, error.detail, errors=[fault.model_dump() for fault in error.faults])
        return described(version, text=True)

    @api.get("/conversation/load")
    async def load() -> Load:
        """How busy this worker is."""
        return Load(worker_id=worker_id, calls=len(worker.sessions), capacity=capacity)

    return api
