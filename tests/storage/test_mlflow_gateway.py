"""What MLflow keeps of us, as its own tools see it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import numpy as np
import pandas as pd
import pytest

from core.errors import RunHasNoModel, TrackingUnavailable
from core.records.dataset import Column, ColumnKind
from core.settings import Settings
from core.training import model_file, registration, trainer
from core.training.model_file import dump
from storage import mlflow_schema
from storage.memory import MemoryStore
from storage.mlflow_gateway import MlflowGateway, prepare
from tests.builders import FakeClock, training_spec

LIGHT = """
import sys
from pathlib import Path
from storage.mlflow_gateway import MlflowGateway, prepare
home = Path(sys.argv[1])
uri = f"sqlite:///{home}/mlflow.db"
prepare(uri, home)
MlflowGateway(uri, home / "mlflow")
print(sorted({"mlflow", "sklearn", "pandas", "alembic"} & set(sys.modules)))
"""


@pytest.fixture
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(settings.home)
    yield settings.home
    assert not Path("mlruns").exists(), "artifacts belong under the artifact root"


@pytest.fixture
def uri(home: Path) -> str:
    return f"sqlite:///{home}/mlflow.db"


@pytest.fixture
def gateway(home: Path, uri: str) -> MlflowGateway:
    made = MlflowGateway(uri, home / "mlflow")
    made.create_project("churn")
    return made


def logged(gateway: MlflowGateway) -> tuple[str, trainer.Trained, bytes]:
    columns = [
        Column(name="tenure", kind=ColumnKind.INTEGER, nullable=True),
        Column(name="plan", kind=ColumnKind.TEXT, nullable=True),
    ]
    table = pd.DataFrame(
        {"tenure": [1.0, *[np.nan] * 9, *range(10, 40)], "plan": ["a", None] * 20, "churn": ["Yes", "No"] * 20}
    )
    spec = training_spec(features=("tenure", "plan"))
    trained = trainer.train(table, columns, spec)
    content = dump(trained.fitted.pipeline)
    run_id = gateway.start_run(spec, "one", {})
    predictions = trained.fitted.pipeline.predict(trained.train)
    requirements = ["scikit-learn==1.0", "skops==0.1"]
    gateway.log_model(run_id, content, trained.train, predictions, requirements, sorted(model_file.TRUSTED), {"k": "v"})
    return run_id, trained, content


def model_folder(home: Path) -> Path:
    (found,) = (home / "mlflow" / "churn").rglob("MLmodel")
    return found.parent


def test_preparing_again_and_making_a_gateway_import_nothing_heavy(home: Path):
    python = [sys.executable, "-c", LIGHT, str(home)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(python, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"


def test_the_model_is_written_as_it_is_with_our_requirements(gateway: MlflowGateway, home: Path):
    _, _, content = logged(gateway)
    folder = model_folder(home)
    assert (folder / "model.skops").read_bytes() == content
    assert (folder / "requirements.txt").read_text().split() == ["scikit-learn==1.0", "skops==0.1"]


def test_the_signature_takes_missing_values_and_fractions(gateway: MlflowGateway, home: Path):
    from mlflow.models import Model

    logged(gateway)
    signature = Model.load(str(model_folder(home))).signature
    inputs = {column.name: (column.type.name, column.required) for column in signature.inputs}
    assert inputs == {"tenure": ("double", False), "plan": ("string", False)}
    assert signature.outputs.input_types()[0].name == "string"


def test_mlflow_itself_can_load_the_model(gateway: MlflowGateway, home: Path, monkeypatch: pytest.MonkeyPatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_MODEL_CODE_EXECUTION", "true")
    _, trained, _ = logged(gateway)
    found = mlflow.sklearn.load_model(str(model_folder(home)))
    assert found.predict(trained.test).tolist() == trained.fitted.pipeline.predict(trained.test).tolist()


def test_other_mlflow_users_find_run_dataset_and_version(gateway: MlflowGateway, uri: str):
    from mlflow import MlflowClient

    run_id, _, _ = logged(gateway)
    gateway.log_dataset(run_id, "customers@1", "d" * 64, "churn/customers@1", {"tenure": "integer"})
    gateway.register("churn", run_id, {"pilothouse.bundle_sha256": "b"})
    client = MlflowClient(uri)
    run = client.get_run(run_id)
    (given,) = run.inputs.dataset_inputs
    assert (given.dataset.name, json.loads(given.dataset.source)["sha256"]) == ("customers@1", "d" * 64)
    version = client.get_model_version("churn", "1")
    assert (version.run_id, version.tags) == (run_id, {"pilothouse.bundle_sha256": "b"})
    assert Path(client.get_model_version_download_uri("churn", "1").removeprefix("file://"), "MLmodel").exists()


def test_a_run_of_a_notebook_shows_but_cannot_be_registered(gateway: MlflowGateway, uri: str):
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    foreign = client.create_run(client.get_experiment_by_name("churn").experiment_id).info.run_id
    (run,) = gateway.runs("churn")
    assert (run.run_id, run.spec, run.job_id) == (foreign, None, None)
    with pytest.raises(RunHasNoModel, match="another program logged it"):
        registration.register(MemoryStore(), gateway, FakeClock(), "ann", "churn", foreign, None)


def test_deleting_a_project_removes_its_artifacts(gateway: MlflowGateway, home: Path):
    logged(gateway)
    gateway.delete_project("churn")
    assert not (home / "mlflow" / "churn").exists()


def test_a_missing_database_is_said_so_and_not_made_anew(tmp_path: Path):
    gone = MlflowGateway(f"sqlite:///{tmp_path}/gone.db", tmp_path)
    with pytest.raises(TrackingUnavailable, match=r"gone\.db is missing"):
        gone.runs("churn")
    assert not (tmp_path / "gone.db").exists()


def test_a_damaged_database_is_said_so(tmp_path: Path):
    (tmp_path / "mlflow.db").write_bytes(b"not a database" * 100)
    damaged = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.raises(TrackingUnavailable, match="MLflow cannot be reached"):
        MlflowGateway(damaged, tmp_path).runs("churn")
    with pytest.raises(TrackingUnavailable, match="cannot be prepared"):
        prepare(damaged, tmp_path / "home")
    assert (tmp_path / "mlflow.db").read_bytes().startswith(b"not a database")


def test_an_older_database_is_copied_and_then_upgraded(tmp_path: Path):
    from alembic import command
    from mlflow.store.db import utils
    from mlflow.store.tracking.dbmodels.initial_models import Base

    file = tmp_path / "mlflow.db"
    engine = utils.create_sqlalchemy_engine_with_retry(f"sqlite:///{file}")
    Base.metadata.create_all(engine)
    config = utils._get_alembic_config(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head-1")
    engine.dispose()
    before = mlflow_schema._revision(file)
    prepare(f"sqlite:///{file}", tmp_path)
    assert mlflow_schema._revision(file) == utils._get_latest_schema_revision() != before
    (copy,) = (tmp_path / "backups").iterdir()
    assert mlflow_schema._revision(copy) == before


def test_a_half_made_database_of_a_killed_start_is_made_again(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    made = (home / "mlflow.db").read_bytes()
    drafts = []

    def quick(uri: str, file: Path | None, backups: Path) -> None:
        draft = mlflow_schema.sqlite_file(uri)
        assert draft is not None
        drafts.append(draft.exists())
        draft.write_bytes(made)

    monkeypatch.setattr(mlflow_schema, "_upgrade", quick)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mlflow.db.draft").write_bytes(b"half")
    prepare(f"sqlite:///{tmp_path}/new/mlflow.db", tmp_path / "new")
    assert drafts == [False]
    with closing(connect(tmp_path / "new" / "mlflow.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    prepare(f"sqlite:///{tmp_path}/new/mlflow.db", tmp_path / "new")
    assert drafts == [False]


def test_a_server_looks_after_its_own_database(tmp_path: Path):
    prepare("http://127.0.0.1:5000", tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_files_that_a_program_placed_elsewhere_are_not_followed(gateway: MlflowGateway, uri: str, tmp_path: Path):
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModelOutput
    from sqlalchemy import create_engine, text

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("churn").experiment_id
    run_id = client.create_run(experiment).info.run_id
    model = client.create_logged_model(experiment, name="model", source_run_id=run_id)
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "MLmodel").write_text("key")
    with create_engine(uri).begin() as connection:
        connection.execute(text("UPDATE logged_models SET artifact_location = :place"), {"place": str(secret)})
    with pytest.raises(RunHasNoModel, match="outside of the project's artifacts"):
        gateway.model_file(run_id, "MLmodel", 100)
