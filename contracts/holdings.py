"""What one service holds on a person, asked for and answered page by page over the broker."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from contracts.contacts import Traces
from contracts.values import Value


class AskHoldings(Value):
    """What do you hold on this person? Each service that keeps anything answers on a subject of its own."""

    subject_template: ClassVar[str] = "holdings.{service}"

    traces: Traces
    after: Annotated[int, Field(ge=0)] = 0
    """How many rows were told before."""

    @classmethod
    def subject_of(cls, service: str) -> str:
        return cls.subject_template.format(service=service)


class Holding(Value):
    """One row: where it is kept, and what it says."""

    kind: str
    row: dict[str, Any]


class HoldingsShown(Value):
    """A page of rows. `more`: there are others after these."""

    holdings: tuple[Holding, ...]
    more: bool = False
