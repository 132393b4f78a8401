"""Exports of versions: a folder that answers alone, or the same as one file."""

import shutil
import tempfile
from pathlib import Path

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import RunNotFound
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.elsewhere import ExportReport
from core.records.model import ModelManifest
from core.records.training import Run
from core.serving.elsewhere import archive, folder
from core.serving.standalone import COMPILED, MANIFEST, MODEL
from core.serving_errors import ExportExists
from core.training.execution import ENVIRONMENT, EVALUATION
from core.training.manifests import read_manifest

ACTION = "version.export"


class ExportService:
    """Writes versions for other places; each is proved by its own server before it gets its name."""

    def __init__(self, store: Store, blobs: BlobStore, tracking: Tracking, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._clock = clock

    def export(self, actor: Actor, project: str, version: int, target: Path, *, image: str = "") -> ExportReport:
        """Write a version as the folder ``target``, or as one file when that ends with ``.zip``.

        Args:
            actor: who asks.
            project: its name.
            version: its number.
            target: where it goes; nothing may be there yet.
            image: what the container image is called; by default ``<project>:<version>``.

        Raises:
            Denied: the actor may not ask for predictions.
            VersionNotFound: there is no such version.
            BlobNotFound, BlobCorrupt: its bytes are gone or were altered.
            ExportExists: something is there already.
            NotExported: the export does not answer as the version did at training; nothing was written.
        """
        require(actor, Permission.PREDICT)
        report = self._write(project, version, target, image or f"{project}:{version}")
        details = {"sha256": report.sha256, "size": report.size}
        with self._store.write() as work:
            audit.record(work, self._clock.now(), actor.name, ACTION, project, f"version {version}", details)
            work.commit()
        return report

    def _write(self, project: str, version: int, target: Path, image: str) -> ExportReport:
        if target.suffix != ".zip":
            return self._as_folder(project, version, target, image)
        if target.exists():
            raise ExportExists(path=target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as apart:
            whole = Path(apart)
            report = self._as_folder(project, version, whole / "folder", image)
            sha256 = archive.pack(whole / "folder", whole / "file")
            shutil.move(whole / "file", target)
        return report.model_copy(update={"path": str(target), "size": target.stat().st_size, "sha256": sha256})

    def _as_folder(self, project: str, version: int, target: Path, image: str) -> ExportReport:
        with self._store.read() as work:
            work.projects.get(project)
        found = self._tracking.version(project, version)
        manifest = read_manifest(self._blobs, found.bundle_sha256)
        files = self._files(found.bundle_sha256, manifest)
        files |= self._documents(project, found.run_id)
        hashes = {name: archive.hashed(content) for name, content in files.items()}
        facts: JsonObject = {
            "format": 1,
            "project": project,
            "version": version,
            "manifest_sha256": found.bundle_sha256,
            "files": hashes,
        }
        said = folder.write(target, facts, files, manifest, image)
        written = [path for path in target.rglob("*") if path.is_file()]
        return ExportReport(
            project=project,
            version=version,
            path=str(target),
            files=len(written),
            size=sum(path.stat().st_size for path in written),
            sha256=found.bundle_sha256,
            answers_by=said["answers_by"],
            known_rows=said["known_rows"],
            image=image,
        )

    def _files(self, bundle_sha256: str, manifest: ModelManifest) -> dict[str, bytes]:
        compiled = None if manifest.compiled is None else manifest.compiled.sha256
        named = {
            MANIFEST: bundle_sha256,
            MODEL: manifest.model_sha256,
            COMPILED: compiled,
            archive.SPLIT: manifest.split_sha256,
            archive.HOLDOUT: manifest.holdout_sha256,
        }
        return {name: self._blobs.read(sha256) for name, sha256 in named.items() if sha256}

    def _documents(self, project: str, run_id: str) -> dict[str, bytes]:
        """Return what is known of the run, where it still is: the spec, the evaluation, the surroundings."""
        run = self._run(project, run_id)
        if run is None:
            return {}
        found = {
            archive.SPEC: None if run.spec is None else run.spec.model_dump(mode="json"),
            archive.EVALUATION: self._tracking.document(run_id, EVALUATION),
            archive.ENVIRONMENT: self._tracking.document(run_id, ENVIRONMENT),
        }
        return {name: archive.dumped(document) for name, document in found.items() if document is not None}

    def _run(self, project: str, run_id: str) -> Run | None:
        try:
            return self._tracking.run(project, run_id)
        except RunNotFound:
            return None
