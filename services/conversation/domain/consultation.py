"""What asking a language model used, how long it took, and what it cost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from services.conversation.domain.playbook_parts import ModelPrices

Ending = Literal["answered", "interrupted", "retried", "fell_back"]


@dataclass(frozen=True)
class Usage:
    """Tokens, as the endpoint counted them. `cached` of the `input` ones were read from its cache."""

    input: int
    output: int
    cached: int = 0

    def cost(self, prices: ModelPrices) -> float:
        """In the currency of the prices."""
        cached_price = prices.cached_input_per_million
        if cached_price is None:
            cached_price = prices.input_per_million
        fresh = max(self.input - self.cached, 0)
        whole = fresh * prices.input_per_million + self.cached * cached_price + self.output * prices.output_per_million
        return float(whole) / 1_000_000


@dataclass(frozen=True)
class Consultation:
    """One request to a model. Times in milliseconds; what is not known is None, never nothing."""

    model: str
    ended: Ending
    usage: Usage | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None
    prices: ModelPrices | None = None
    error: str | None = None

    @property
    def cost(self) -> float | None:
        """In `currency`."""
        return self.usage.cost(self.prices) if self.usage and self.prices else None

    @property
    def currency(self) -> str | None:
        """None where the cost is unknown."""
        return self.prices.currency if self.usage and self.prices else None

    def told(self) -> dict[str, Any]:
        """The fields under which it is told."""
        used = self.usage
        return {
            "model": self.model,
            "input_tokens": used and used.input,
            "cached_tokens": used and used.cached,
            "output_tokens": used and used.output,
            "first_token_ms": self.first_token_ms,
            "total_ms": self.total_ms,
            "cost": self.cost,
            "currency": self.currency,
            "ended": self.ended,
            "error": self.error,
        }


Report = Callable[[Consultation], None]
"""Where an agent tells what it asked a model, whatever became of the answer."""


def unheard(_: Consultation) -> None:
    """Nobody listens."""
