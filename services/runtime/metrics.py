"""What a service counts, in a registry of its own: four of them in one process must not share one.

Business numbers are counted where facts are told: `told` is given every fact once it is kept, and a service says in
its `metrics.py` what a kind of fact counts. Labels are few and known beforehand: rules, outcomes, models, routes;
never a call, a lead or a number. What is only worth knowing when somebody asks is read in `on_scrape`.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

from contracts.event import Event
from services.runtime.logs import logger

log = logger(__name__)

E = TypeVar("E", bound=Event)

SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Buckets for what somebody waits for."""
UNKNOWN = float("nan")


class Metrics:
    """The counters, gauges and histograms of one service, named `messiah_…`."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        self.on_scrape: list[Callable[[], Awaitable[None]]] = []
        """Reads what stands in stores and at the broker, before the numbers are shown."""
        self._facts = self.counter("facts_told", "Facts told, by their kind", ["kind"])
        self._counted: dict[type[Event], list[Callable[[Any], None]]] = {}

    def counter(self, name: str, about: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(f"messiah_{name}", about, labels, registry=self.registry)

    def gauge(self, name: str, about: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(f"messiah_{name}", about, labels, registry=self.registry)

    def histogram(
        self, name: str, about: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS
    ) -> Histogram:
        return Histogram(f"messiah_{name}", about, labels, registry=self.registry, buckets=buckets)

    def count(self, kind: type[E], by: Callable[[E], None]) -> None:
        """Call `by` with every fact of a kind that this service has told."""
        self._of(kind).append(by)

    def told(self, event: Event) -> None:
        """A fact is kept. Costs about a microsecond."""
        for count in self._counted.get(type(event)) or self._of(type(event)):
            count(event)

    def _of(self, kind: type[Event]) -> list[Callable[[Any], None]]:
        if kind not in self._counted:
            of_kind = self._facts.labels(kind.__name__)
            self._counted[kind] = [lambda _: of_kind.inc()]
        return self._counted[kind]

    async def refresh(self) -> None:
        """Read what stands somewhere else; what cannot be read now does not keep the rest from being shown."""
        for read in self.on_scrape:
            try:
                await read()
            except Exception as error:  # a store that is away is seen in its own numbers
                log.warning("a number could not be read", service=self.service, error=repr(error))


def exposition(all_metrics: Iterable[Metrics]) -> bytes:
    """The text that Prometheus reads: every sample with the service it is of, each family described once."""
    return generate_latest(_Together(all_metrics))


class _Together:
    def __init__(self, all_metrics: Iterable[Metrics]) -> None:
        self._all = all_metrics

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for metrics in self._all:
            for found in metrics.registry.collect():
                family = families.setdefault(found.name, Metric(found.name, found.documentation, found.type))
                family.samples += [_of(metrics.service, each) for each in found.samples if not _is_birth(each)]
        yield from families.values()


def _of(service: str, sample: Sample) -> Sample:
    return sample._replace(labels={"service": service, **sample.labels})


def _is_birth(sample: Sample) -> bool:
    """When a series began: as many series again, and nobody asks."""
    return sample.name.endswith("_created")
