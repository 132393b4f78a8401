"""Reading runs of MLflow as records."""

import math
import re
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

from core.errors import RunNotFound
from core.records.base import JsonObject
from core.records.training import Run, TrainingSpec
from storage.mlflow_border import border, instead
from storage.mlflow_entities import PARENT_TAG, PREFIX, SPEC_FILE, milliseconds, run_record
from storage.mlflow_schema import sqlite_file, written

PAGE = 1000
ALL = 1_000_000
RUN_ID = re.compile(r"[0-9a-f]{32}")


class RunReader(ABC):
    """The reading half of the gateway; the other half says how to reach MLflow."""

    _uri: str

    @property
    @abstractmethod
    def _client(self) -> Any: ...

    @abstractmethod
    def document(self, run_id: str, name: str) -> JsonObject | None:
        """Return a JSON artifact, or None."""

    def run(self, project: str, run_id: str) -> Run:
        """Return a run of the project."""
        missing = RunNotFound(run_id=run_id, project=project)
        if not RUN_ID.fullmatch(run_id):
            raise missing
        with border(), instead(missing):
            found = self._client.get_run(run_id)
            experiment = self._find_experiment(project)
        if experiment is None or found.info.experiment_id != experiment or found.info.lifecycle_stage != "active":
            raise missing
        return self._run(project, found)

    def runs(self, project: str, limit: int = 100) -> list[Run]:
        """Return runs, newest first; those nested in another are left out."""
        return self._search(project, f"tags.`{PARENT_TAG}` IS NULL", limit)

    def nested_runs(self, project: str, parent: str) -> list[Run]:
        """Return the runs nested in the run ``parent``, newest first."""
        return self._search(project, f"tags.`{PARENT_TAG}` = '{quoted(parent)}'", ALL)

    def open_runs(self, project: str) -> list[Run]:
        """Return the runs that count as running, nested ones included, newest first."""
        return self._search(project, "attributes.status = 'RUNNING'", ALL)

    def all_runs(self, project: str) -> list[Run]:
        """Return every run, nested ones included, newest first."""
        return self._search(project, "", ALL)

    def history(self, run_id: str, metric: str) -> list[tuple[int, float]]:
        """Return every value of a metric that was logged, as (step, value), in the order of the steps."""
        with border():
            found = self._client.get_metric_history(run_id, metric)
        return sorted((int(one.step), float(one.value)) for one in found if math.isfinite(one.value))

    def runs_since(self, project: str, started: datetime, ended: datetime) -> list[Run]:
        """Return the runs that started or ended at these moments or later, nested ones included."""
        begun = self._search(project, f"attributes.start_time >= {milliseconds(started)}", ALL)
        over = self._search(project, f"attributes.end_time >= {milliseconds(ended)}", ALL)
        return list({run.run_id: run for run in (*begun, *over)}.values())

    def runs_before(self, project: str, before: datetime | None, limit: int) -> list[Run]:
        """Return about ``limit`` runs that started before a moment, nested ones included, newest first."""
        older = "" if before is None else f"attributes.start_time < {milliseconds(before)}"
        found = self._search(project, older, limit)
        if len(found) < limit:
            return found
        at_once = self._search(project, f"attributes.start_time = {milliseconds(found[-1].started_at)}", ALL)
        return list({run.run_id: run for run in (*found, *at_once)}.values())

    def mark(self, project: str) -> str | None:  # noqa: ARG002
        """Return a text that is another one after every write to MLflow; None when only asking can tell."""
        file = sqlite_file(self._uri)
        return None if file is None else written(file)

    def runs_of_job(self, project: str, job_id: str) -> list[Run]:
        """Return the runs a job made, newest first."""
        return self._search(project, f"tags.`{PREFIX}job_id` = '{quoted(job_id)}'", PAGE)

    @property
    def _is_local(self) -> bool:
        return not self._uri.startswith(("http:", "https:"))

    def _find_experiment(self, project: str) -> str | None:
        found = self._client.get_experiment_by_name(project)
        return None if found is None or found.lifecycle_stage != "active" else str(found.experiment_id)

    def _search(self, project: str, condition: str, limit: int) -> list[Run]:
        found: list[Any] = []
        with border():
            experiment = self._find_experiment(project)
            token = None
            while experiment is not None and len(found) < limit:
                page = self._client.search_runs(
                    [experiment],
                    filter_string=condition,
                    max_results=min(PAGE, limit - len(found)),
                    order_by=["attributes.start_time DESC"],
                    page_token=token,
                )
                found += page
                token = page.token
                if not token:
                    break
        return [self._run(project, one) for one in found]

    def _run(self, project: str, found: Any) -> Run:
        record = run_record(project, found)
        if record.spec is None and record.job_id is not None:
            document = self.document(record.run_id, SPEC_FILE)
            spec = None if document is None else TrainingSpec.model_validate(document)
            return record.model_copy(update={"spec": spec})
        return record


def quoted(text: str) -> str:
    """Return a text as it may stand in quotes of MLflow's filters."""
    return text.replace("'", "")
