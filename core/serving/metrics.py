"""What the scoring API counts: for Prometheus, and in tallies for the screens and guards."""

from collections import Counter as Counts
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, Summary, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.errors import Unavailable
from core.ports.unit_of_work import Store
from core.records.alert import UNRESOLVED
from core.records.prediction import Answer, Scalar
from core.records.traffic import LATENCY_S
from core.serving.predictor import confidence
from core.serving.routing import Arm, Candidate
from core.serving.slots import Slots
from core.serving.tallies import Tallies

SERVER_ERROR = 500
SUCCESS = 200
SCORES = tuple(round(0.1 * step, 1) for step in range(1, 11))
"""Upper edges of the buckets of probabilities."""


MOST_ALERTS = 10_000


class Metrics:
    """Counters and histograms of one app."""

    def __init__(self, slots: Slots, tallies: Tallies) -> None:
        """``slots`` say which models are loaded at the moment of a scrape."""
        self._tallies = tallies
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Loaded(slots))
        self._requests = Counter(
            "pilothouse_requests", "Requests answered.", ["endpoint", "code"], registry=self._registry
        )
        self._seconds = Histogram(
            "pilothouse_request_seconds",
            "Seconds from the request's head to the end of the answer.",
            ["project", "model_version", "cohort", "code"],
            buckets=LATENCY_S,
            registry=self._registry,
        )
        self._counters: dict[tuple[str, int], Counter] = {}
        self._timers: dict[tuple[str, int, str, int], Histogram] = {}
        self._rows: dict[tuple[str, int, str], Counter] = {}
        labels = ["project", "model_version", "cohort"]
        self._answers: dict[tuple[str, int, str], _Answers] = {}
        self._classes = Counter(
            "pilothouse_answers",
            "Rows answered, by the class that was the answer.",
            [*labels, "answer"],
            registry=self._registry,
        )
        self._scores = Histogram(
            "pilothouse_answer_score",
            "Probability of the positive class, or of the one that was the answer.",
            labels,
            buckets=SCORES,
            registry=self._registry,
        )
        self._values = Summary(
            "pilothouse_answer_value", "Numbers that were the answer.", labels, registry=self._registry
        )
        self._predictions = Counter("pilothouse_predictions", "Rows answered.", labels, registry=self._registry)
        self._failures = Counter(
            "pilothouse_candidate_failures",
            "Requests a candidate failed to answer; those of a canary were answered by the champion.",
            labels,
            registry=self._registry,
        )
        self._left_out = Counter(
            "pilothouse_shadow_left_out", "Mirrored rows there was no time for.", labels, registry=self._registry
        )

    def follow(self, inside: Callable[[], Mapping[str, int]]) -> None:
        """Show how many requests of each project ``inside`` counts at the moment of a scrape."""
        self._registry.register(_Inside(inside))

    def follow_alerts(self, store: Store) -> None:
        """Show how many alerts are unresolved at the moment of a scrape."""
        self._registry.register(_Alerts(store))

    def request(self, endpoint: str, code: int) -> None:
        """Count one request; ``endpoint`` is the route's template, never the path a client made up."""
        counter = self._counters.get((endpoint, code))
        if counter is None:
            counter = self._counters[endpoint, code] = self._requests.labels(endpoint, str(code))
        counter.inc()

    def scored(self, project: str, version: int, cohort: str, code: int, rows: int, seconds: float) -> None:
        """Note a request to a model, refused ones included, with how long it took and the rows it answered."""
        timer = self._timers.get((project, version, cohort, code))
        if timer is None:
            timer = self._seconds.labels(project, str(version), cohort, str(code))
            self._timers[project, version, cohort, code] = timer
        timer.observe(seconds)
        if code == SUCCESS:
            self._predicted(project, version, cohort, rows)
            self._tallies.answered(project, version, cohort, rows, seconds)
        elif code >= SERVER_ERROR:
            self._tallies.failed(project, version, cohort)
        else:
            self._tallies.refused(project, version, cohort)

    def _predicted(self, project: str, version: int, cohort: str, rows: int) -> None:
        counter = self._rows.get((project, version, cohort))
        if counter is None:
            counter = self._rows[project, version, cohort] = self._predictions.labels(project, str(version), cohort)
        counter.inc(rows)

    def answered(self, arm: Arm, answers: Sequence[Answer]) -> None:
        """Count what was answered: classes and how sure they were, or numbers."""
        asked = (arm.project, arm.version, arm.cohort)
        known = self._answers.get(asked)
        if known is None:
            labels = (arm.project, str(arm.version), arm.cohort)
            known = _Answers(
                {value: self._classes.labels(*labels, str(value)) for value in arm.predictor.manifest.classes},
                self._scores.labels(*labels) if arm.predictor.manifest.classes else self._values.labels(*labels),
            )
            self._answers[asked] = known
        for answer in answers:
            if not known.classes:
                known.figures.observe(float(answer.prediction))
                continue
            known.classes[answer.prediction].inc()
            known.figures.observe(confidence(arm.predictor.manifest, answer) or 0.0)

    def candidate_failed(self, candidate: Candidate) -> None:
        """Count a request that the champion had to answer in the candidate's place."""
        self._failures.labels(*_labels(candidate)).inc()
        self._tallies.failed(candidate.traffic.project, candidate.traffic.version, candidate.arm.cohort)

    def shadowed(self, candidate: Candidate, rows: int, seconds: float, *, failed: bool = False) -> None:
        """Count rows that a shadow computed, or failed to."""
        asked = (candidate.traffic.project, candidate.traffic.version, candidate.arm.cohort)
        if failed:
            self.candidate_failed(candidate)
            return
        self._predicted(*asked, rows)
        self._tallies.answered(*asked, rows, seconds, requests=rows)

    def left_out(self, candidate: Candidate, rows: int) -> None:
        """Count mirrored rows there was no time for."""
        self._left_out.labels(*_labels(candidate)).inc(rows)

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


def _labels(candidate: Candidate) -> tuple[str, str, str]:
    return candidate.traffic.project, str(candidate.traffic.version), candidate.arm.cohort


@dataclass(frozen=True)
class _Answers:
    """What counts the answers of one version in one cohort; ``classes`` is empty for numbers."""

    classes: Mapping[Scalar, Counter]
    figures: Histogram | Summary


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


class _Alerts(Collector):
    """Says how many alerts are unresolved; nothing while the store does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the number of each project, severity and state."""
        family = GaugeMetricFamily(
            "pilothouse_alerts", "Alerts that are not resolved.", labels=["project", "severity", "state"]
        )
        try:
            with self._store.read() as work:
                found = work.alerts.find(states=UNRESOLVED, limit=MOST_ALERTS)
        except Unavailable:
            return
        for labels, count in Counts((one.project, one.severity.value, one.state.value) for one in found).items():
            family.add_metric(list(labels), count)
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
