"""Files of runs, and of models that any program logged to MLflow."""

import json
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from core.errors import RunHasNoModel
from core.records.base import JsonObject

FILE = "file://"


def document(client: Any, run_id: str, place: str, name: str) -> JsonObject | None:
    """Return a JSON artifact of a run, or None; read at its ``place`` when that is on this machine's own disk."""
    if place.startswith(FILE):
        file = Path(url2pathname(urlsplit(place).path)) / name
        return _parsed(file) if file.is_file() else None
    if not any(item.path == name for item in client.list_artifacts(run_id)):
        return None
    with tempfile.TemporaryDirectory() as folder:
        return _parsed(Path(client.download_artifacts(run_id, name, folder)))


def _parsed(file: Path) -> JsonObject:
    found: JsonObject = json.loads(file.read_text(encoding="utf-8"))
    return found


def newest_model(client: Any, run_id: str) -> str:
    """Return the id of the newest model a run logged; empty when it logged none."""
    outputs = client.get_run(run_id).outputs
    models = outputs.model_outputs if outputs is not None else []
    return str(models[-1].model_id) if models else ""


def read(client: Any, uri: str, run_id: str, name: str, most: int | None = None) -> bytes | None:
    """Return the file ``name`` of the newest model of a run; None when there is none.

    Raises:
        RunHasNoModel: it is larger than ``most`` bytes, or stands outside of the project's own artifacts.
    """
    from mlflow.artifacts import download_artifacts

    model_id = newest_model(client, run_id)
    listed = client.list_logged_model_artifacts(model_id) if model_id else []
    found = next((item for item in listed if item.path == name and not item.is_dir), None)
    if found is None:
        return None
    if most is not None and (found.file_size or 0) > most:
        raise RunHasNoModel(run_id=run_id, problem=f"its file {name} is larger than {most:,} bytes.")
    place = f"{_near(client, run_id, model_id)}/{name}"
    with tempfile.TemporaryDirectory() as folder:
        return Path(download_artifacts(artifact_uri=place, dst_path=folder, tracking_uri=uri)).read_bytes()


def _near(client: Any, run_id: str, model_id: str) -> str:
    """Return where a model's files are; a program that named another place than its project's is not followed."""
    place = str(client.get_logged_model(model_id).artifact_location)
    if not is_near(client, run_id, place):
        raise RunHasNoModel(run_id=run_id, problem="its files are outside of the project's artifacts.")
    return place.removeprefix(FILE)


def is_near(client: Any, run_id: str, place: str) -> bool:
    """Tell whether a place of files is among the artifacts of the run's project; any program can name another."""
    experiment = client.get_experiment(client.get_run(run_id).info.experiment_id)
    root = str(experiment.artifact_location).removeprefix(FILE).rstrip("/")
    return place.removeprefix(FILE).startswith(f"{root}/") and ".." not in place.split("/")
