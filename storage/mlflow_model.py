"""A model in MLflow's own format, so that every MLflow tool can read what Pilothouse trained."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from platform import python_version
from shutil import rmtree
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pandas as pd

from storage.mlflow_entities import MODEL_FILE
from storage.mlflow_files import is_near

REQUIREMENTS, PYTHON_ENV = "requirements.txt", "python_env.yaml"


def log(client: Any, run_id: str, metadata: Mapping[str, str], **parts: Any) -> None:
    """Make a model of the run in MLflow; ``parts`` are what :func:`write` takes of it."""
    from mlflow.entities import LoggedModelOutput

    with tempfile.TemporaryDirectory() as folder:
        experiment = client.get_run(run_id).info.experiment_id
        logged = client.create_logged_model(
            experiment, name="model", source_run_id=run_id, tags=dict(metadata), model_type="sklearn"
        )
        write(Path(folder), model_id=logged.model_id, run_id=run_id, metadata=metadata, **parts)
        client.log_model_artifacts(logged.model_id, folder)
        client.finalize_logged_model(logged.model_id, "READY")
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, 0)])


def remove(client: Any, run_id: str) -> None:
    """Remove the model of a run from MLflow, and the files of both where they lie on this machine.

    MLflow itself keeps the files of what was deleted until its own `mlflow gc`. Files that a program placed outside of
    the project's artifacts are left alone.
    """
    run = client.get_run(run_id)
    places = [run.info.artifact_uri]
    for output in run.outputs.model_outputs if run.outputs else []:
        places.append(client.get_logged_model(output.model_id).artifact_location)
        client.delete_logged_model(output.model_id)
    for place in filter(lambda one: is_near(client, run_id, one), places):
        folder = Path(url2pathname(urlsplit(place).path)) if place.startswith("file://") else None
        if folder is not None and folder.exists():
            rmtree(folder)


def write(
    folder: Path,
    *,
    model: bytes,
    model_id: str,
    run_id: str,
    example: pd.DataFrame,
    predictions: Any,
    requirements: Sequence[str],
    trusted_types: Sequence[str],
    metadata: Mapping[str, str],
) -> None:
    """Write the model and its ``MLmodel`` description into ``folder``.

    The bytes of the model are written as they are, so their hash stays that of the bundle; nothing is loaded, and
    the requirements are not guessed, which is what makes MLflow's own way slow.
    """
    from mlflow import pyfunc
    from mlflow.models import Model, infer_signature
    from mlflow.models.model import MLMODEL_FILE_NAME

    folder.joinpath(MODEL_FILE).write_bytes(model)
    folder.joinpath(REQUIREMENTS).write_text("\n".join(requirements) + "\n")
    environment = {"python": python_version(), "build_dependencies": ["pip"], "dependencies": [f"-r {REQUIREMENTS}"]}
    folder.joinpath(PYTHON_ENV).write_text(json.dumps(environment, indent=1))
    description = Model(
        run_id=run_id,
        model_id=model_id,
        signature=infer_signature(example, pd.Series(predictions, name="prediction")),
        metadata=dict(metadata),
        model_size_bytes=len(model),
    )
    pyfunc.add_to_model(
        description,
        loader_module="mlflow.sklearn",
        model_path=MODEL_FILE,
        python_env=PYTHON_ENV,
        predict_fn="predict",
    )
    description.add_flavor("sklearn", **_flavor(requirements, trusted_types))
    description.save(str(folder / MLMODEL_FILE_NAME))


def _flavor(requirements: Sequence[str], trusted_types: Sequence[str]) -> dict[str, Any]:
    pinned = dict(line.split("==", 1) for line in requirements if "==" in line)
    return {
        "pickled_model": MODEL_FILE,
        "sklearn_version": pinned.get("scikit-learn", ""),
        "serialization_format": "skops",
        "code": None,
        "skops_trusted_types": list(trusted_types),
    }
