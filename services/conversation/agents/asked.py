"""What one request to a model took, and what became of it."""

from services.conversation.agents.turn import Turn
from services.conversation.domain.consultation import Consultation, Ending, Usage


class Asked:
    """Measures one request. The first end counts."""

    def __init__(self, turn: Turn, now: float) -> None:
        self.usage: Usage | None = None
        self._turn = turn
        self._began = now
        self._first: float | None = None
        self._over = False

    def token(self, now: float) -> None:
        if self._first is None:
            self._first = now

    def end(self, now: float, ended: Ending, error: str | None = None) -> None:
        """Tell what became of it."""
        if self._over:
            return
        self._over = True
        model = self._turn.model
        priced = self.usage is not None and model.prices is not None
        self._turn.report(
            Consultation(
                model=model.name,
                ended=ended,
                usage=self.usage,
                first_token_ms=None if self._first is None else round((self._first - self._began) * 1000, 1),
                total_ms=round((now - self._began) * 1000, 1),
                cost=self.usage.cost(model.prices) if self.usage and model.prices else None,
                currency=model.prices.currency if priced and model.prices else None,
                error=error,
            )
        )
