"""What the scoring API counts, for Prometheus; one registry an app, since one process serves."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.serving.slots import Slots

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters and histograms of one app."""

    def __init__(self, slots: Slots) -> None:
        """``slots`` say which models are loaded at the moment of a scrape."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Loaded(slots))
        self._requests = Counter(
            "pilothouse_requests", "Requests answered.", ["endpoint", "code"], registry=self._registry
        )
        self._seconds = Histogram(
            "pilothouse_request_seconds",
            "Seconds from the request's head to the end of the answer.",
            ["project", "model_version", "code"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._counters: dict[tuple[str, int], Counter] = {}
        self._timers: dict[tuple[str, int, int], Histogram] = {}
        self._rows: dict[tuple[str, int], Counter] = {}
        self._predictions = Counter(
            "pilothouse_predictions", "Rows answered.", ["project", "model_version"], registry=self._registry
        )

    def follow(self, inside: Callable[[], Mapping[str, int]]) -> None:
        """Show how many requests of each project ``inside`` counts at the moment of a scrape."""
        self._registry.register(_Inside(inside))

    def request(self, endpoint: str, code: int) -> None:
        """Count one request; ``endpoint`` is the route's template, never the path a client made up."""
        counter = self._counters.get((endpoint, code))
        if counter is None:
            counter = self._counters[endpoint, code] = self._requests.labels(endpoint, str(code))
        counter.inc()

    def scored(self, project: str, version: int, code: int, seconds: float) -> None:
        """Note how long a request to a model took, refused ones included."""
        timer = self._timers.get((project, version, code))
        if timer is None:
            timer = self._timers[project, version, code] = self._seconds.labels(project, str(version), str(code))
        timer.observe(seconds)

    def predicted(self, project: str, version: int, rows: int) -> None:
        """Count answered rows."""
        counter = self._rows.get((project, version))
        if counter is None:
            counter = self._rows[project, version] = self._predictions.labels(project, str(version))
        counter.inc(rows)

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Loaded(Collector):
    """Says which version of each project is loaded, as it is when asked."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield 1 for every loaded model."""
        family = GaugeMetricFamily(
            "pilothouse_model_loaded", "1 for the version that serves.", labels=["project", "model_version"]
        )
        for project, slot in self._slots.all().items():
            family.add_metric([project, str(slot.deployment.version)], 1.0)
        yield family


class _Inside(Collector):
    """Says how many scoring requests are inside, waiting ones included."""

    def __init__(self, inside: Callable[[], Mapping[str, int]]) -> None:
        self._inside = inside

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the number of each project that was ever asked."""
        family = GaugeMetricFamily(
            "pilothouse_requests_inside", "Scoring requests inside, waiting ones included.", labels=["project"]
        )
        for project, count in self._inside().items():
            family.add_metric([project], count)
        yield family
