"""Runs, metrics, model versions and aliases: what MLflow owns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from core.records.base import JsonObject
from core.records.model import Alias, ModelVersion
from core.records.training import Run, RunStatus, TrainingSpec

if TYPE_CHECKING:
    import pandas as pd


class Tracking(Protocol):
    """One project is one experiment and one registered model of the same name.

    Every method names its run or project; there is no active run. Failures to reach the tracker arrive as
    ``TrackingUnavailable``.
    """

    def create_project(self, project: str) -> None:
        """Make the experiment and the registered model; both may exist already."""
        ...

    def delete_project(self, project: str) -> None:
        """Remove the registered model, and the experiment with its runs, so that the name is free again."""
        ...

    def start_run(self, spec: TrainingSpec, name: str, tags: Mapping[str, str]) -> str:
        """Begin a run whose parameters are those of ``spec``; return its id. The spec can be read back from it."""
        ...

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
        """Store a whole run that is over already, nested in the run ``parent``, in as few writes as can be."""
        ...

    def log_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Store final metrics; values that are not finite are left out."""
        ...

    def log_document(self, run_id: str, name: str, document: JsonObject) -> None:
        """Store a JSON artifact called ``name``."""
        ...

    def document(self, run_id: str, name: str) -> JsonObject | None:
        """Return a JSON artifact, or None."""
        ...

    def documents(self, project: str, run_ids: Collection[str], name: str) -> dict[str, JsonObject]:
        """Return a JSON artifact of several runs of a project by run, those left out that have none or are gone."""
        ...

    def log_dataset(self, run_id: str, name: str, digest: str, source: str, columns: Mapping[str, str]) -> None:
        """Store which dataset version the run was trained on, as an MLflow dataset input."""
        ...

    def log_model(
        self,
        run_id: str,
        model: bytes,
        example: pd.DataFrame,
        predictions: Any,
        requirements: Sequence[str],
        trusted_types: Sequence[str],
        metadata: Mapping[str, str],
    ) -> None:
        """Store ``model``, a scikit-learn pipeline as a skops file, as an MLflow model.

        Its signature is inferred from the rows of ``example`` and from ``predictions``, some answers of each kind.
        """
        ...

    def model(self, run_id: str) -> bytes | None:
        """Return the file that :meth:`log_model` stored, or None; its bytes are not checked."""
        ...

    def model_file(self, run_id: str, name: str, most: int) -> bytes | None:
        """Return the file ``name`` of the newest MLflow model of a run, whoever logged it; None when there is none.

        Raises:
            RunHasNoModel: it is larger than ``most`` bytes, or stands outside of the project's own artifacts.
        """
        ...

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        ...

    def remove_tag(self, run_id: str, name: str) -> None:
        """Remove a tag of a run; one that is not there is fine."""
        ...

    def set_note(self, run_id: str, text: str) -> None:
        """Describe a run, where MLflow's own pages show and edit it."""
        ...

    def finish_run(self, run_id: str, status: RunStatus) -> None:
        """Close a run; one that is closed already stays as it is."""
        ...

    def reopen_run(self, run_id: str) -> None:
        """Let a closed run count as running again."""
        ...

    def run(self, project: str, run_id: str) -> Run:
        """Return a run.

        Raises:
            RunNotFound: there is none with that id in the project.
        """
        ...

    def runs(self, project: str, limit: int = 100) -> list[Run]:
        """Return runs, newest first; those nested in another are left out."""
        ...

    def nested_runs(self, project: str, parent: str) -> list[Run]:
        """Return the runs nested in the run ``parent``, newest first."""
        ...

    def open_runs(self, project: str) -> list[Run]:
        """Return the runs that count as running, nested ones included, newest first."""
        ...

    def all_runs(self, project: str) -> list[Run]:
        """Return every run, nested ones included, newest first."""
        ...

    def history(self, run_id: str, metric: str) -> list[tuple[int, float]]:
        """Return every value of a metric that was logged, as (step, value), in the order of the steps."""
        ...

    def runs_since(self, project: str, started: datetime, ended: datetime) -> list[Run]:
        """Return the runs that started or ended at these moments or later, nested ones included."""
        ...

    def runs_before(self, project: str, before: datetime | None, limit: int) -> list[Run]:
        """Return about ``limit`` runs that started before a moment, nested ones included, newest first.

        Those that started in the same millisecond as the last one are all among them, so that the next call goes on
        from there. Fewer than ``limit`` means that there are no older ones.
        """
        ...

    def mark(self, project: str) -> str | None:
        """Return a text that is another one after every write to MLflow; None when only asking can tell."""
        ...

    def runs_of_job(self, project: str, job_id: str) -> list[Run]:
        """Return the runs a job made, newest first."""
        ...

    def delete_run(self, project: str, run_id: str) -> None:
        """Remove a run with its figures and files, and the model version made of it, whose number is not given again.

        Raises:
            RunNotFound: there is none with that id in the project.
        """
        ...

    def register(self, project: str, run_id: str, tags: Mapping[str, str]) -> ModelVersion:
        """Make a model version of a run; a run that has one keeps it.

        Raises:
            RunHasNoModel: the run holds no model.
        """
        ...

    def version(self, project: str, version: int) -> ModelVersion:
        """Return a model version.

        Raises:
            VersionNotFound: there is none with that number.
        """
        ...

    def versions(self, project: str) -> list[ModelVersion]:
        """Return all model versions, newest first."""
        ...

    def set_alias(self, project: str, alias: Alias, version: int) -> None:
        """Point an alias at a version.

        Raises:
            VersionNotFound: there is none with that number.
        """
        ...

    def remove_alias(self, project: str, alias: Alias) -> None:
        """Drop an alias; one that is not set is fine."""
        ...

    def alias(self, project: str, alias: Alias) -> int | None:
        """Return the version an alias points at, or None."""
        ...
