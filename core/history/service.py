"""Questions about the past, answered from stored records."""

from dataclasses import dataclass
from datetime import datetime

from core.errors import BlobCorrupt, BlobNotFound
from core.history import lineage, material, moments, story, timeline
from core.history.material import Material
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.unit_of_work import Store
from core.records.model import ModelManifest
from core.records.past import Chapter, Lineage, Then, Timeline
from core.records.prediction import LoggedPrediction
from core.training.manifests import read_manifest


@dataclass(frozen=True)
class HistoryService:
    """Looks back at a project."""

    store: Store
    blobs: BlobStore
    log: PredictionLog

    def timeline(self, project: str) -> Timeline:
        """Return who served when, and everything that happened.

        Raises:
            ProjectNotFound: there is no such project.
        """
        return timeline.timeline(self._past(project))

    def at(self, project: str, moment: datetime) -> Then:
        """Return how the project stood at a moment: champion, data, features, gates, approver, drift, traffic.

        Raises:
            ProjectNotFound: there is no such project.
        """
        with self.store.read() as work:
            past = material.gather(work, project)
            tallies = work.tallies.find(project, moment - moments.BEFORE, moment)
        champion = timeline.champion_at(past, moment)
        return moments.at(past, moment, self._manifest(champion.bundle_sha256) if champion else None, tallies)

    def story(self, project: str, version: int) -> tuple[Chapter, ...]:
        """Return why a version is what it is, chapter by chapter.

        Raises:
            ProjectNotFound: there is no such project.
        """
        return story.story(self._past(project), version)

    def answer_ms(self, project: str, version: int) -> float | None:
        """Return the milliseconds of one answer of a version, as its last verdict or replay measured it, or None."""
        with self.store.read() as work:
            verdict = work.verdicts.newest(project, version)
            replay = next(iter(work.replays.find(project, version, 1)), None)
        gates = verdict.gates if verdict else ()
        measured = next((gate.measured for gate in gates if gate.kind == "latency"), None)
        return measured if measured is not None else replay.findings.ms if replay else None

    def lineage(self, project: str, of: str | None = None) -> Lineage:
        """Return what was made of what, of the whole project or around one thing, a served answer among them.

        Raises:
            ProjectNotFound: there is no such project.
            NotInLineage: there is no such thing.
        """
        past = self._past(project)
        found = lineage.whole(past, self._manifests(past), self._answer(project, of or ""))
        return found if of is None else lineage.around(found, of, project)

    def _past(self, project: str) -> Material:
        with self.store.read() as work:
            return material.gather(work, project)

    def _answer(self, project: str, of: str) -> LoggedPrediction | None:
        kind, _, name = of.partition(":")
        answers = self.log.find(project, name) if kind == "prediction" else []
        return answers[-1] if answers else None

    def _manifests(self, past: Material) -> dict[int, ModelManifest]:
        bundles = {verdict.version: verdict.bundle_sha256 for verdict in past.verdicts}
        bundles |= {held.version: held.bundle_sha256 for held in past.deployments}
        found = {version: self._manifest(sha256) for version, sha256 in bundles.items()}
        return {version: manifest for version, manifest in found.items() if manifest is not None}

    def _manifest(self, bundle_sha256: str) -> ModelManifest | None:
        try:
            return read_manifest(self.blobs, bundle_sha256)
        except (BlobNotFound, BlobCorrupt):
            return None
