"""MLflow's part in memory."""

import itertools
import json
import secrets
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.errors import RunHasNoModel, RunNotFound, TrackingUnavailable, VersionNotFound
from core.records.base import JsonObject
from core.records.model import Alias, ModelVersion
from core.records.training import Run, RunStatus, TrainingSpec
from storage.mlflow_entities import MODEL_FILE, PREFIX, finite, params_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class _Row:
    run: Run
    number: int
    model: bytes | None = None
    documents: dict[str, str] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()
    logged: tuple[tuple[str, float], ...] = ()


class MemoryTracking:
    """A :class:`core.ports.tracking.Tracking` that forgets everything with its process; safe to share."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._count = itertools.count(1)
        self._rows: dict[str, _Row] = {}
        self._versions: dict[str, list[ModelVersion]] = {}
        self._aliases: dict[str, dict[Alias, int]] = {}
        self._numbers: dict[str, int] = {}

    def create_project(self, project: str) -> None:
        """Make room for the project; it may have some already."""
        with self._lock:
            self._versions.setdefault(project, [])
            self._aliases.setdefault(project, {})

    def delete_project(self, project: str) -> None:
        """Forget the project with its runs and versions."""
        with self._lock:
            self._versions.pop(project, None)
            self._numbers.pop(project, None)
            self._aliases.pop(project, None)
            self._rows = {key: row for key, row in self._rows.items() if row.run.project != project}

    def start_run(self, spec: TrainingSpec, name: str, tags: Mapping[str, str]) -> str:
        """Begin a run of ``spec``; return its id."""
        run = Run(
            run_id=secrets.token_hex(16),
            project=spec.project,
            name=name,
            status=RunStatus.RUNNING,
            started_at=datetime.now(UTC),
            finished_at=None,
            estimator=None,
            dataset=None,
            params=params_of(spec),
            metrics={},
            tags={},
            spec=spec,
            job_id=None,
            bundle_sha256=None,
            version=None,
        )
        with self._lock:
            self.create_project(spec.project)
            self._rows[run.run_id] = _Row(run, next(self._count))
            self.set_tags(run.run_id, tags)
        return run.run_id

    def record_run(
        self,
        spec: TrainingSpec,
        name: str,
        tags: Mapping[str, str],
        metrics: Mapping[str, float],
        status: RunStatus,
        started_at: datetime,
        finished_at: datetime,
        parent: str,
    ) -> str:
        """Store a whole run that is over already, nested in the run ``parent``."""
        with self._lock:
            self._row(parent)
            run_id = self.start_run(spec, name, tags)
            self.log_metrics(run_id, metrics)
            self._change(run_id, status=status, started_at=started_at, finished_at=finished_at, parent_id=parent)
        return run_id

    def log_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Store final metrics; values that are not finite are left out."""
        with self._lock:
            row, kept = self._row(run_id), finite(metrics)
            self._rows[run_id] = replace(row, logged=(*row.logged, *kept.items()))
            self._change(run_id, metrics={**row.run.metrics, **kept})

    def log_document(self, run_id: str, name: str, document: JsonObject) -> None:
        """Store a JSON document."""
        with self._lock:
            row = self._row(run_id)
            text = json.dumps(document, allow_nan=False)
            self._rows[run_id] = replace(row, documents={**row.documents, name: text})

    def document(self, run_id: str, name: str) -> JsonObject | None:
        """Return a JSON document, or None."""
        with self._lock:
            text = self._row(run_id).documents.get(name)
        return None if text is None else dict(json.loads(text))

    def documents(self, project: str, run_ids: Collection[str], name: str) -> dict[str, JsonObject]:
        """Return a JSON document of several runs."""
        with self._lock:
            rows = {run_id: self._rows[run_id] for run_id in run_ids if run_id in self._rows}
            texts = {run_id: row.documents.get(name) for run_id, row in rows.items() if row.run.project == project}
        return {run_id: dict(json.loads(text)) for run_id, text in texts.items() if text is not None}

    def log_dataset(self, run_id: str, name: str, digest: str, source: str, columns: Mapping[str, str]) -> None:
        """Remember which dataset version the run was trained on."""
        with self._lock:
            row = self._row(run_id)
            entry = json.dumps({"name": name, "digest": digest, "source": source, "columns": dict(columns)})
            self._rows[run_id] = replace(row, datasets=(*row.datasets, entry))

    def log_model(
        self,
        run_id: str,
        model: bytes,
        example: "pd.DataFrame",  # noqa: ARG002
        predictions: Any,  # noqa: ARG002
        requirements: Sequence[str],  # noqa: ARG002
        trusted_types: Sequence[str],  # noqa: ARG002
        metadata: Mapping[str, str],  # noqa: ARG002
    ) -> None:
        """Keep the bytes of the model."""
        with self._lock:
            self._rows[run_id] = replace(self._row(run_id), model=model)

    def model(self, run_id: str) -> bytes | None:
        """Return the bytes of the model, or None."""
        with self._lock:
            return self._row(run_id).model

    def model_file(self, run_id: str, name: str, most: int) -> bytes | None:
        """Return the model's bytes under the name MLflow gives them."""
        found = self._row(run_id).model if name == MODEL_FILE else None
        if found is not None and len(found) > most:
            raise RunHasNoModel(run_id=run_id, problem=f"its file {name} is larger than {most:,} bytes.")
        return found

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run, and the fields of its record that come from them."""
        with self._lock:
            whole = {**self._row(run_id).run.tags, **tags}
            names = ("estimator", "dataset", "job_id", "bundle_sha256")
            self._change(run_id, tags=whole, **{name: whole.get(f"{PREFIX}{name}") for name in names})

    def remove_tag(self, run_id: str, name: str) -> None:
        """Remove a tag of a run; one that is not there is fine."""
        with self._lock:
            tags = {key: value for key, value in self._row(run_id).run.tags.items() if key != name}
            self._change(run_id, tags=tags)

    def set_note(self, run_id: str, text: str) -> None:
        """Describe a run."""
        with self._lock:
            self._change(run_id, note=text)

    def finish_run(self, run_id: str, status: RunStatus) -> None:
        """Close a run; one that is closed already stays as it is."""
        with self._lock:
            if self._row(run_id).run.status is RunStatus.RUNNING:
                self._change(run_id, status=status, finished_at=datetime.now(UTC))

    def reopen_run(self, run_id: str) -> None:
        """Let a closed run count as running again."""
        with self._lock:
            self._change(run_id, status=RunStatus.RUNNING, finished_at=None)

    def run(self, project: str, run_id: str) -> Run:
        """Return a run of the project."""
        with self._lock:
            row = self._rows.get(run_id)
        if row is None or row.run.project != project:
            raise RunNotFound(run_id=run_id, project=project)
        return row.run

    def runs(self, project: str, limit: int = 100) -> list[Run]:
        """Return runs, newest first; those nested in another are left out."""
        return [run for run in self._all(project) if run.parent_id is None][:limit]

    def nested_runs(self, project: str, parent: str) -> list[Run]:
        """Return the runs nested in the run ``parent``, newest first."""
        return [run for run in self._all(project) if run.parent_id == parent]

    def open_runs(self, project: str) -> list[Run]:
        """Return the runs that count as running, nested ones included, newest first."""
        return [run for run in self._all(project) if run.status is RunStatus.RUNNING]

    def all_runs(self, project: str) -> list[Run]:
        """Return every run, nested ones included, newest first."""
        return self._all(project)

    def history(self, run_id: str, metric: str) -> list[tuple[int, float]]:
        """Return every value of a metric that was logged, as (step, value), in the order of the steps."""
        with self._lock:
            return [(0, value) for name, value in self._row(run_id).logged if name == metric]

    def runs_since(self, project: str, started: datetime, ended: datetime) -> list[Run]:
        """Return the runs that started or ended at these moments or later, nested ones included."""
        found = self._all(project)
        return [run for run in found if run.started_at >= started or (run.finished_at and run.finished_at >= ended)]

    def runs_before(self, project: str, before: datetime | None, limit: int) -> list[Run]:
        """Return about ``limit`` runs that started before a moment, nested ones included, newest first."""
        found = [run for run in self._all(project) if before is None or run.started_at < before]
        found.sort(key=lambda run: run.started_at, reverse=True)
        last = found[limit - 1].started_at if len(found) >= limit else None
        return [run for place, run in enumerate(found) if place < limit or run.started_at == last]

    def mark(self, project: str) -> str | None:  # noqa: ARG002
        """Return None: whoever asks reads again."""
        return None

    def runs_of_job(self, project: str, job_id: str) -> list[Run]:
        """Return the runs a job made, newest first."""
        return [run for run in self._all(project) if run.job_id == job_id]

    def delete_run(self, project: str, run_id: str) -> None:
        """Forget a run and the model version made of it; the number of the version is not given again."""
        with self._lock:
            version = self.run(project, run_id).version
            del self._rows[run_id]
            if version is not None:
                self._versions[project] = [one for one in self._versions[project] if one.version != version]
                aliases = self._aliases[project]
                self._aliases[project] = {alias: at for alias, at in aliases.items() if at != version}

    def register(self, project: str, run_id: str, tags: Mapping[str, str]) -> ModelVersion:
        """Make a model version of a run; a run that has one keeps it."""
        with self._lock:
            run = self.run(project, run_id)
            if run.version is not None:
                return self.version(project, run.version)
            if self._row(run_id).model is None:
                raise RunHasNoModel(run_id=run_id, problem="none was stored with it.")
            number = self._numbers[project] = self._numbers.get(project, 0) + 1
            self._versions[project].append(_version(project, number, run_id, tags))
            self._change(run_id, version=number, tags={**run.tags, f"{PREFIX}version": str(number)})
            return self.version(project, number)

    def version(self, project: str, version: int) -> ModelVersion:
        """Return a model version."""
        found = {one.version: one for one in self.versions(project)}
        if version not in found:
            known = ", ".join(map(str, found)) or "none"
            raise VersionNotFound(project=project, version=version, known=known)
        return found[version]

    def versions(self, project: str) -> list[ModelVersion]:
        """Return all model versions, newest first."""
        with self._lock:
            pointed = self._aliases.get(project, {})
            return [
                one.model_copy(update={"aliases": tuple(sorted(a for a, n in pointed.items() if n == one.version))})
                for one in reversed(self._versions.get(project, []))
            ]

    def set_alias(self, project: str, alias: Alias, version: int) -> None:
        """Point an alias at a version."""
        with self._lock:
            self.version(project, version)
            self._aliases[project][alias] = version

    def remove_alias(self, project: str, alias: Alias) -> None:
        """Drop an alias; one that is not set is fine."""
        with self._lock:
            self._aliases.get(project, {}).pop(alias, None)

    def alias(self, project: str, alias: Alias) -> int | None:
        """Return the version an alias points at, or None."""
        with self._lock:
            return self._aliases.get(project, {}).get(alias)

    def _all(self, project: str) -> list[Run]:
        with self._lock:
            found = [row for row in self._rows.values() if row.run.project == project]
        return [row.run for row in sorted(found, key=lambda row: -row.number)]

    def _row(self, run_id: str) -> _Row:
        if run_id not in self._rows:
            raise TrackingUnavailable(problem=f"there is no run {run_id}")
        return self._rows[run_id]

    def _change(self, run_id: str, **fields: Any) -> None:
        row = self._row(run_id)
        self._rows[run_id] = replace(row, run=row.run.model_copy(update=fields))


def _version(project: str, number: int, run_id: str, tags: Mapping[str, str]) -> ModelVersion:
    return ModelVersion(
        project=project,
        version=number,
        run_id=run_id,
        aliases=(),
        bundle_sha256=tags.get(f"{PREFIX}bundle_sha256", ""),
        model_sha256=tags.get(f"{PREFIX}model_sha256", ""),
        dataset=tags.get(f"{PREFIX}dataset", ""),
        estimator=tags.get(f"{PREFIX}estimator", ""),
        job_id=tags.get(f"{PREFIX}job_id"),
        created_at=datetime.now(UTC),
    )
