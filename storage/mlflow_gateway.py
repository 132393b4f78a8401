"""MLflow behind the :class:`core.ports.tracking.Tracking` port, through its client with explicit run ids only."""

import json
import logging
import os
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from core.errors import RunHasNoModel, TrackingUnavailable, VersionNotFound
from core.records.base import JsonObject
from core.records.model import Alias, ModelVersion
from core.records.training import RunStatus, TrainingSpec
from storage.mlflow_border import ABSENT, border, unless
from storage.mlflow_entities import (
    MODEL_FILE,
    NOTE_TAG,
    PARENT_TAG,
    PREFIX,
    SPEC_FILE,
    SPEC_TAG,
    dataset_input,
    finite,
    milliseconds,
    params_of,
    version_record,
)
from storage.mlflow_runs import PAGE, RUN_ID, RunReader, quoted
from storage.mlflow_schema import prepare, sqlite_file

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MlflowGateway", "prepare"]

MANY = 100
"""Runs asked for by their ids at once."""

TAG_SPACE = 4000
"""MLflow refuses tags much longer than this; a spec of very many columns goes into a file instead."""


class MlflowGateway(RunReader):
    """Runs, models and versions in MLflow; cheap to make, MLflow is imported and opened at first use."""

    def __init__(self, uri: str, artifact_root: Path) -> None:
        """``artifact_root`` holds the artifacts when ``uri`` is a database; a server has its own place for them."""
        self._uri = uri
        self._artifacts = artifact_root
        self._lock = threading.Lock()
        self._opened: Any = None

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Any:
        from mlflow import MlflowClient

        file = sqlite_file(self._uri)
        if file is not None and not file.exists():
            raise TrackingUnavailable(problem=f"its database {file} is missing. Start with `make run`, or restore it")
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        with border():
            return MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)

    def create_project(self, project: str) -> None:
        """Make the experiment and the registered model; both may exist already."""
        with border():
            self._experiment(project)
            with unless("RESOURCE_ALREADY_EXISTS"):
                self._client.create_registered_model(project)

    def delete_project(self, project: str) -> None:
        """Remove the registered model, and the experiment with its runs, so that the name is free again."""
        with border():
            with unless(*ABSENT):
                self._client.delete_registered_model(project)
            found = self._client.get_experiment_by_name(project)
            if found is None or found.lifecycle_stage != "active":
                return
            number = found.experiment_id
            self._client.rename_experiment(number, f"{project} (deleted {number})")
            self._client.delete_experiment(number)
            if self._is_local and (self._artifacts / project).exists():
                rmtree(self._artifacts / project)

    def start_run(self, spec: TrainingSpec, name: str, tags: Mapping[str, str]) -> str:
        """Begin a run whose parameters are those of ``spec``; return its id."""
        from mlflow.entities import Param

        text = spec.model_dump_json()
        is_short = len(text) <= TAG_SPACE
        with border():
            all_tags = {**tags, **({SPEC_TAG: text} if is_short else {})}
            experiment = self._experiment(spec.project)
            run_id: str = self._client.create_run(experiment, tags=all_tags, run_name=name).info.run_id
            self._client.log_batch(run_id, params=[Param(key, value) for key, value in params_of(spec).items()])
        if not is_short:
            self.log_document(run_id, SPEC_FILE, json.loads(text))
        return run_id

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
        """Store a whole run that is over already, nested in the run ``parent``, in three writes."""
        from mlflow.entities import Metric, Param

        begun, ended = map(milliseconds, (started_at, finished_at))
        text = spec.model_dump_json()
        all_tags = {**tags, PARENT_TAG: parent, **({SPEC_TAG: text} if len(text) <= TAG_SPACE else {})}
        params = [Param(key, value) for key, value in params_of(spec).items()]
        with border():
            experiment = self._experiment(spec.project)
            made = self._client.create_run(experiment, start_time=begun, tags=all_tags, run_name=name)
            run_id: str = made.info.run_id
            figures = [Metric(key, value, ended, 0) for key, value in finite(metrics).items()]
            self._client.log_batch(run_id, metrics=figures, params=params)
            self._client.set_terminated(run_id, status.value, end_time=ended)
        return run_id

    def log_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """Store final metrics in one write; values that are not finite are left out."""
        from mlflow.entities import Metric
        from mlflow.utils.time import get_current_time_millis

        now = get_current_time_millis()
        kept = [Metric(name, value, now, 0) for name, value in finite(metrics).items()]
        with border():
            for start in range(0, len(kept), PAGE):
                self._client.log_batch(run_id, metrics=kept[start : start + PAGE])

    def log_document(self, run_id: str, name: str, document: JsonObject) -> None:
        """Store a JSON artifact called ``name``."""
        with border(), tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            file.write_text(json.dumps(document, allow_nan=False))
            self._client.log_artifact(run_id, str(file))

    def document(self, run_id: str, name: str) -> JsonObject | None:
        """Return a JSON artifact, or None."""
        from storage import mlflow_files

        with border():
            place = str(self._client.get_run(run_id).info.artifact_uri)
            return mlflow_files.document(self._client, run_id, place, name)

    def documents(self, project: str, run_ids: Collection[str], name: str) -> dict[str, JsonObject]:
        """Return a JSON artifact of several runs, which are looked up together."""
        from storage import mlflow_files

        with border():
            places = dict(self._places(project, run_ids))
            read = {run_id: mlflow_files.document(self._client, run_id, at, name) for run_id, at in places.items()}
        return {run_id: found for run_id, found in read.items() if found is not None}

    def _places(self, project: str, run_ids: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield which of the runs are there, and where their artifacts are."""
        experiment = self._find_experiment(project)
        wanted = sorted({run_id for run_id in run_ids if RUN_ID.fullmatch(run_id)})
        for start in range(0, len(wanted) if experiment else 0, MANY):
            named = ", ".join(f"'{run_id}'" for run_id in wanted[start : start + MANY])
            for one in self._client.search_runs([experiment], f"attributes.run_id IN ({named})", max_results=MANY):
                yield one.info.run_id, str(one.info.artifact_uri)

    def log_dataset(self, run_id: str, name: str, digest: str, source: str, columns: Mapping[str, str]) -> None:
        """Store which dataset version the run was trained on, as an MLflow dataset input."""
        with border():
            self._client.log_inputs(run_id, datasets=[dataset_input(name, digest, source, columns)])

    def log_model(
        self,
        run_id: str,
        model: bytes,
        example: "pd.DataFrame",
        predictions: Any,
        requirements: Sequence[str],
        trusted_types: Sequence[str],
        metadata: Mapping[str, str],
    ) -> None:
        """Store the skops file as an MLflow model with its signature, written once."""
        from storage import mlflow_model

        with border():
            mlflow_model.log(
                self._client,
                run_id,
                metadata,
                model=model,
                example=example,
                predictions=predictions,
                requirements=requirements,
                trusted_types=trusted_types,
            )

    def model(self, run_id: str) -> bytes | None:
        """Return the skops file of the run's model, or None."""
        from storage import mlflow_files

        with border():
            return mlflow_files.read(self._client, self._uri, run_id, MODEL_FILE)

    def model_file(self, run_id: str, name: str, most: int) -> bytes | None:
        """Return the file ``name`` of the newest MLflow model of a run, whoever logged it; None when there is none."""
        from storage import mlflow_files

        with border():
            return mlflow_files.read(self._client, self._uri, run_id, name, most)

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run, in one write."""
        from mlflow.entities import RunTag

        with border():
            self._client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])

    def remove_tag(self, run_id: str, name: str) -> None:
        """Remove a tag of a run; one that is not there is fine."""
        with border(), unless(*ABSENT):
            self._client.delete_tag(run_id, name)

    def set_note(self, run_id: str, text: str) -> None:
        """Describe a run, where MLflow's own pages show and edit it."""
        self.set_tags(run_id, {NOTE_TAG: text})

    def finish_run(self, run_id: str, status: RunStatus) -> None:
        """Close a run; one that is closed already stays as it is."""
        with border():
            if self._client.get_run(run_id).info.status == RunStatus.RUNNING.value:
                self._client.set_terminated(run_id, status.value)

    def reopen_run(self, run_id: str) -> None:
        """Let a closed run count as running again."""
        with border():
            self._client.update_run(run_id, status=RunStatus.RUNNING.value)

    def delete_run(self, project: str, run_id: str) -> None:
        """Remove a run with its files, and the model version made of it."""
        from storage import mlflow_model

        version = self.run(project, run_id).version
        with border():
            if version is not None:
                with unless(*ABSENT):
                    self._client.delete_model_version(project, str(version))
            mlflow_model.remove(self._client, run_id)
            self._client.delete_run(run_id)

    def register(self, project: str, run_id: str, tags: Mapping[str, str]) -> ModelVersion:
        """Make a model version of a run; a run that has one keeps it."""
        self.run(project, run_id)
        self.create_project(project)
        with border():
            kept = self._client.search_model_versions(f"name = '{quoted(project)}' and run_id = '{run_id}'")
            made = kept[0] if kept else self._register(project, run_id, tags)
            self._client.set_tag(run_id, f"{PREFIX}version", str(made.version))
        return self.version(project, int(made.version))

    def version(self, project: str, version: int) -> ModelVersion:
        """Return a model version."""
        with border(), self._unless_missing(project, version):
            found = self._client.get_model_version(project, str(version))
            return version_record(found, found.aliases)

    def versions(self, project: str) -> list[ModelVersion]:
        """Return all model versions, newest first."""
        with border():
            aliases = self._aliases(project)
            found = self._all_versions(project)
        records = [version_record(one, aliases.get(int(one.version), [])) for one in found]
        return sorted(records, key=lambda record: -record.version)

    def set_alias(self, project: str, alias: Alias, version: int) -> None:
        """Point an alias at a version."""
        with border(), self._unless_missing(project, version):
            self._client.set_registered_model_alias(project, alias.value, str(version))

    def remove_alias(self, project: str, alias: Alias) -> None:
        """Drop an alias; one that is not set is fine."""
        with border(), unless(*ABSENT):
            self._client.delete_registered_model_alias(project, alias.value)

    def alias(self, project: str, alias: Alias) -> int | None:
        """Return the version an alias points at, or None."""
        with border():
            pointing = (number for number, names in self._aliases(project).items() if alias.value in names)
            return next(pointing, None)

    def _experiment(self, project: str) -> str:
        return self._find_experiment(project) or self._create_experiment(project)

    def _create_experiment(self, project: str) -> str:
        place = {"artifact_location": (self._artifacts / project).absolute().as_uri()} if self._is_local else {}
        with unless("RESOURCE_ALREADY_EXISTS"):
            self._client.create_experiment(project, **place)
        return str(self._client.get_experiment_by_name(project).experiment_id)

    def _register(self, project: str, run_id: str, tags: Mapping[str, str]) -> Any:
        from storage import mlflow_files

        model_id = mlflow_files.newest_model(self._client, run_id)
        if not model_id:
            raise RunHasNoModel(run_id=run_id, problem="none was stored with it.")
        source = f"models:/{model_id}"
        if self._is_local:
            source = self._client.get_logged_model(model_id).artifact_location
        return self._client.create_model_version(
            project, source, run_id=run_id, tags=dict(tags), await_creation_for=0, model_id=model_id
        )

    def _all_versions(self, project: str) -> list[Any]:
        found: list[Any] = []
        token = None
        while True:
            page = self._client.search_model_versions(f"name = '{quoted(project)}'", max_results=PAGE, page_token=token)
            found += page
            token = page.token
            if not token:
                return found

    def _aliases(self, project: str) -> dict[int, list[str]]:
        pointed: dict[int, list[str]] = {}
        with unless(*ABSENT):
            for name, version in self._client.get_registered_model(project).aliases.items():
                pointed.setdefault(int(version), []).append(name)
        return pointed

    @contextmanager
    def _unless_missing(self, project: str, version: int) -> Iterator[None]:
        from mlflow.exceptions import MlflowException

        try:
            yield
        except MlflowException as error:
            if error.error_code not in {*ABSENT, "INVALID_PARAMETER_VALUE"}:
                raise
            known = ", ".join(str(one.version) for one in self._all_versions(project)) or "none"
            raise VersionNotFound(project=project, version=version, known=known) from error
