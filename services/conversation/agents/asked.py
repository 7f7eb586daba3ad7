"""What one request to a model took, and what became of it."""

from services.conversation.agents.models import Model
from services.conversation.domain.consultation import Consultation, Ending, Report, Usage


class Asked:
    """Measures one request. Only its first end counts."""

    def __init__(self, model: Model, report: Report, now: float) -> None:
        self.usage: Usage | None = None
        self._model = model
        self._report = report
        self._began = now
        self._first: float | None = None
        self.over = False
        """Whether it has ended."""

    def token(self, now: float) -> None:
        if self._first is None:
            self._first = now

    def answered(self, now: float) -> Consultation | None:
        """It was answered, and whoever says the last phrase of the answer tells so. None if it had ended before."""
        return self._ended(now, "answered")

    def end(self, now: float, ended: Ending, error: str | None = None) -> None:
        """Report what became of it."""
        if (consultation := self._ended(now, ended, error)) is not None:
            self._report(consultation)

    def _ended(self, now: float, ended: Ending, error: str | None = None) -> Consultation | None:
        if self.over:
            return None
        self.over = True
        return Consultation(
            model=self._model.name,
            ended=ended,
            usage=self.usage,
            first_token_ms=None if self._first is None else round((self._first - self._began) * 1000, 1),
            total_ms=round((now - self._began) * 1000, 1),
            prices=self._model.prices,
            error=error,
        )
