"""The candidates that are loaded beside the champions; readers only ever take a reference."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from core.records.traffic import Traffic
from core.serving.predictor import Predictor
from core.serving.routing import Candidate


class Candidates:
    """Follows the open traffic intervals; whoever follows the store loads what this asks for."""

    def __init__(self, retry_after: timedelta) -> None:
        """A version that could not be loaded is asked for again ``retry_after`` later."""
        self._retry_after = retry_after
        self._changing = threading.Lock()
        self._wanted: Mapping[str, Traffic] = {}
        self._ready: Mapping[str, Candidate] = {}
        self._failed: dict[int, datetime] = {}

    def get(self, project: str) -> Candidate | None:
        """Return the candidate of a project, once it is loaded."""
        return self._ready.get(project)

    def all(self) -> Mapping[str, Candidate]:
        """Return all candidates by project, as they are at this moment."""
        return self._ready

    def follow(self, live: Sequence[Traffic], now: datetime) -> list[Traffic]:
        """Drop whose interval is over, take over what is loaded already, and return what has to be loaded."""
        with self._changing:
            self._wanted = {traffic.project: traffic for traffic in live}
            self._failed = {given: at for given, at in self._failed.items() if any(one.id == given for one in live)}
            if self._ready or live:
                self._ready = dict(self._kept())
            return [traffic for traffic in live if self._is_due(traffic, now)]

    def _kept(self) -> Iterator[tuple[str, Candidate]]:
        for project, candidate in self._ready.items():
            wanted = self._wanted.get(project)
            if wanted is None:
                continue
            if wanted.id == candidate.traffic.id:
                yield project, candidate
            elif _model(wanted) == _model(candidate.traffic):
                yield project, Candidate.of(wanted, candidate.arm.predictor)

    def _is_due(self, traffic: Traffic, now: datetime) -> bool:
        failed = self._failed.get(traffic.id)
        return traffic.project not in self._ready and (failed is None or now - failed >= self._retry_after)

    def ready(self, traffic: Traffic, predictor: Predictor) -> None:
        """Let a loaded version take part, unless the store has moved on meanwhile."""
        with self._changing:
            wanted = self._wanted.get(traffic.project)
            if wanted is not None and wanted.id == traffic.id:
                self._ready = {**self._ready, traffic.project: Candidate.of(traffic, predictor)}

    def failed(self, traffic: Traffic, now: datetime) -> None:
        """Remember that a version could not be loaded."""
        with self._changing:
            self._failed[traffic.id] = now


def _model(traffic: Traffic) -> tuple[str, int]:
    return traffic.bundle_sha256, traffic.version
