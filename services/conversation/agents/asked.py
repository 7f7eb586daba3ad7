"""What one request to a model took, and what became of it."""

from services.conversation.agents.models import Model
from services.conversation.domain.consultation import Consultation, Ending, Report, Usage


class Asked:
    """Measures one request. The first end counts."""

    def __init__(self, model: Model, report: Report, now: float) -> None:
        self.usage: Usage | None = None
        self._model = model
        self._report = report
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
        self._report(
            Consultation(
                model=self._model.name,
                ended=ended,
                usage=self.usage,
                first_token_ms=None if self._first is None else round((self._first - self._began) * 1000, 1),
                total_ms=round((now - self._began) * 1000, 1),
                prices=self._model.prices,
                error=error,
            )
        )
