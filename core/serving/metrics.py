"""What the scoring API counts, for Prometheus; one registry an app, since one process serves."""

from collections.abc import Iterator

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
        self._predictions = Counter(
            "pilothouse_predictions", "Rows answered.", ["project", "model_version"], registry=self._registry
        )

    def request(self, endpoint: str, code: int) -> None:
        """Count one request; ``endpoint`` is the route's template, never the path a client made up."""
        self._requests.labels(endpoint, str(code)).inc()

    def scored(self, project: str, version: int, code: int, seconds: float) -> None:
        """Note how long a request to a model took, refused ones included."""
        self._seconds.labels(project, str(version), str(code)).observe(seconds)

    def predicted(self, project: str, version: int, rows: int) -> None:
        """Count answered rows."""
        self._predictions.labels(project, str(version)).inc(rows)

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
