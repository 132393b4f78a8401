"""Questions about the past, answered from stored records."""

from dataclasses import dataclass
from datetime import datetime

from core.errors import BlobCorrupt, BlobNotFound
from core.history import lineage, material, story, timeline
from core.history.material import Material
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.past import Chapter, Lineage, Then, Timeline
from core.training.manifests import read_manifest


@dataclass(frozen=True)
class HistoryService:
    """Looks back at a project."""

    store: Store
    blobs: BlobStore

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
        past = self._past(project)
        champion = timeline.champion_at(past, moment)
        return timeline.at(past, moment, self._features(champion.bundle_sha256) if champion else ())

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
        """Return what was made of what, of the whole project or around one thing.

        Raises:
            ProjectNotFound: there is no such project.
            NotInLineage: there is no such thing.
        """
        found = lineage.whole(self._past(project))
        return found if of is None else lineage.around(found, of, project)

    def _past(self, project: str) -> Material:
        with self.store.read() as work:
            return material.gather(work, project)

    def _features(self, bundle_sha256: str) -> tuple[str, ...]:
        try:
            manifest = read_manifest(self.blobs, bundle_sha256)
        except (BlobNotFound, BlobCorrupt):
            return ()
        return tuple(feature.column.name for feature in manifest.features)
