"""What is wrong with a file, or with one cell of it, and how to mend it."""

from dataclasses import dataclass

from contracts.reasons import BETWEEN, read
from services.runtime.errors import InvalidMessage

SHOWN = 80
"""Characters of a cell that a report repeats."""


class UnreadableFile(InvalidMessage):
    """Not one row of the file can be read."""


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell. The row is refused, unless `only_remark`."""

    line: int
    column: str
    value: str
    problem: str
    cure: str
    only_remark: bool = False

    @classmethod
    def told(cls, line: int, column: str, value: str, reason: str, *, only_remark: bool = False) -> "Problem":
        """From a reason in words, one of `contracts.reasons`, that ends with its cure after a semicolon."""
        problem, _, cure = reason.rpartition(BETWEEN)
        return cls(line, column, value[:SHOWN], problem or cure, cure if problem else "", only_remark)

    @property
    def code(self) -> str | None:
        """Which of `contracts.reasons.REASONS` it is; None for what was kept by an earlier version in other words."""
        found = read(BETWEEN.join(filter(None, (self.problem, self.cure))))
        return found[0][0] if found else None
