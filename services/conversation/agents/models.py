"""Which language model a playbook is answered by, and whether it can be asked at this moment."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.conversation.agents.endpoint import ModelEndpoint
from services.conversation.agents.stream import Deadlines
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.playbook_parts import ModelPrices
from services.conversation.settings import ConversationSettings

FAILURES = 3
"""So many turns in a row that a model could not answer open its breaker."""
REST_S = 20.0
"""How long a model is left alone then; after that one turn tries it."""
WARM_EVERY_S = 30.0
WARM_TIMEOUT_S = 3.0
OPENAI = "https://api.openai.com/v1"
NO_KEY = "none"
"""Sent to endpoints that want no key, such as one on this machine."""


@dataclass(frozen=True)
class Model:
    """One model, and how long its answers may take."""

    name: str
    endpoint: ModelEndpoint
    deadlines: Deadlines
    temperature: float | None
    prices: ModelPrices | None


class Models:
    """The endpoints of this worker, each opened once."""

    def __init__(self, settings: ConversationSettings) -> None:
        self._settings = settings
        self._endpoints: dict[str | None, ModelEndpoint] = {}
        self._warmed_at: dict[str | None, float] = {}

    def agent_for(self, playbook: Playbook) -> str:
        """Who answers: scripted, language_model or translated."""
        wanted = playbook.model.agent
        named = playbook.model.model or self._settings.llm_model
        return (wanted or "language_model") if named else "scripted"

    def of(self, playbook: Playbook) -> Model:
        """The model of a playbook that has one."""
        use = playbook.model
        name = use.model or self._settings.llm_model
        assert name is not None, "asked only where `agent_for` names a model"  # noqa: S101
        return Model(
            name,
            self._endpoint(use.base_url or self._settings.openai_base_url),
            Deadlines(use.first_token_s, use.idle_s, use.total_s),
            use.temperature,
            use.prices,
        )

    async def warm(self, playbook: Playbook) -> None:
        """Open a connection to the playbook's model, if it has one, while it rings."""
        if self.agent_for(playbook) == "scripted":
            return
        url = playbook.model.base_url or self._settings.openai_base_url
        now = asyncio.get_running_loop().time()
        if now - self._warmed_at.get(url, float("-inf")) >= WARM_EVERY_S:
            self._warmed_at[url] = now
            await self._endpoint(url).warm(WARM_TIMEOUT_S)

    async def close(self) -> None:
        for endpoint in self._endpoints.values():
            await endpoint.close()

    def _endpoint(self, url: str | None) -> ModelEndpoint:
        if url not in self._endpoints:
            key = self._settings.openai_api_key
            ours = key is not None and _origin(url) == _origin(self._settings.openai_base_url)
            self._endpoints[url] = ModelEndpoint(url, key.get_secret_value() if key and ours else NO_KEY)
        return self._endpoints[url]


def _origin(url: str | None) -> tuple[str, str | None, int | None]:
    """Whose endpoint it is: the key goes nowhere else, whatever a playbook names."""
    parts = urlsplit(url or OPENAI)
    return parts.scheme, parts.hostname, parts.port


class Breaker:
    """Leaves a model alone that keeps failing. Moments are of the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._rests_until = 0.0

    def lets_through(self, now: float) -> bool:
        """Whether the model may be asked; after a rest, one turn at a time tries it."""
        if self._failures < FAILURES:
            return True
        if now < self._rests_until:
            return False
        self._rests_until = now + REST_S
        return True

    def rests(self, now: float) -> bool:
        """Whether the model is left alone at this moment."""
        return self._failures >= FAILURES and now < self._rests_until

    def failed(self, now: float) -> None:
        self._failures += 1
        self._rests_until = now + REST_S

    def succeeded(self) -> None:
        self._failures = 0
