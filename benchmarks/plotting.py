"""Draws a benchmark's table: what callers wait, and what a turn costs, by the number of calls."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import matplotlib as mpl


class Row(Protocol):
    """What is drawn of a result."""

    @property
    def server(self) -> str: ...
    @property
    def calls(self) -> int: ...
    @property
    def p50_ms(self) -> float: ...
    @property
    def p99_ms(self) -> float: ...
    @property
    def cpu_ms_a_turn(self) -> float: ...


def draw(results: Sequence[Row], path: Path) -> None:
    """Write the plot as SVG."""
    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, (wait, cost) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for server in dict.fromkeys(result.server for result in results):
        rows = [result for result in results if result.server == server]
        calls = [row.calls for row in rows]
        (line,) = wait.plot(calls, [row.p50_ms for row in rows], marker="o", label=f"{server}, median")
        wait.plot(calls, [row.p99_ms for row in rows], linestyle=":", color=line.get_color(), label=f"{server}, p99")
        cost.plot(calls, [row.cpu_ms_a_turn for row in rows], marker="o", label=server)
    wait.set(xlabel="calls at once on one core", ylabel="added wait for the first word, ms", yscale="log")
    cost.set(xlabel="calls at once on one core", ylabel="CPU for one turn, ms", ylim=(0, None))
    wait.legend(fontsize="small")
    cost.legend(fontsize="small")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
