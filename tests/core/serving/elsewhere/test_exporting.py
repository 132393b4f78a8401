"""Exports for real: a folder whose own server answers what the platform answers."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import Denied
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.model import ModelManifest
from core.records.project import Task
from core.serving.elsewhere import folder as module
from core.serving_errors import ExportExists, NotExported
from core.training.manifests import read_manifest
from tests.builders import FakeClock
from tests.bundles import RECORD, registered
from tests.core.monitoring.house import house
from tests.installation import free_port

VIEWER = Actor(name="vera", role=Role.VIEWER)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Version 1 has a compiled form, version 2 is answered by scikit-learn."""
    made = house(tmp_path_factory.mktemp("house") / "home", FakeClock())
    made.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    for estimator in ("logistic_regression", "k_nearest_neighbors"):
        registered(made.store, made.blobs, made.tracking, made.clock, estimator=estimator)
    return made


@pytest.fixture(scope="module")
def exported(made: Platform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("exports") / "churn-1"
    report = made.exports.export(LOCAL, "churn", 1, target, image="registry.local/churn:1")
    assert (report.path, report.answers_by, report.known_rows) == (str(target), "compiled", 8)
    assert report.size == sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    return target


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The exported server as a process of its own, which sees nothing but its folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PILOTHOUSE"))}
    port = free_port()
    command = [sys.executable, "-E", "-s", "server.py"]
    process = subprocess.Popen(command, cwd=folder, env={**env, "PORT": str(port)}, stderr=subprocess.PIPE)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait(process, f"{base}/readyz")
        yield base
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    for _ in range(300):
        assert process.poll() is None, process.stderr
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the exported server did not come up")


def asked(address: str, document: object, media: str = "application/json") -> tuple[int, Any]:
    body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
    request = urllib.request.Request(address, body, {"Content-Type": media})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_the_exported_server_answers_as_the_platform_does(made: Platform, exported: Path) -> None:
    [wanted] = made.serving.predict(LOCAL, "churn", [RECORD], version=1)
    with running(exported) as base:
        status, one = asked(f"{base}/projects/churn/predict", {**RECORD, "prediction_id": "mine"})
        assert (status, one) == (
            200,
            {
                "prediction_id": "mine",
                "prediction": wanted.prediction,
                "probabilities": wanted.probabilities,
                "model_version": 1,
                "model_sha256": wanted.model_sha256,
            },
        )
        _, many = asked(f"{base}/predict/batch", {"records": [RECORD, RECORD]})
        assert [row["probabilities"] for row in many["predictions"]] == [wanted.probabilities] * 2
        table = "tenure,monthly charges,plan\n3,70.5,basic\n"
        assert asked(f"{base}/invocations", table, "text/csv") == (200, {"predictions": [wanted.prediction]})
        inputs = [
            {"name": name, "shape": [1], "datatype": kind, "data": [RECORD[name]]}
            for name, kind in (("tenure", "INT64"), ("monthly charges", "FP64"), ("plan", "BYTES"))
        ]
        _, tensors = asked(f"{base}/v2/models/churn/versions/1/infer", {"id": "7", "inputs": inputs})
        assert (tensors["id"], tensors["outputs"][0]["data"]) == ("7", [wanted.prediction])
        assert tensors["outputs"][1]["data"] == list((wanted.probabilities or {}).values())
        with urllib.request.urlopen(f"{base}/health", timeout=30) as answer:
            told = json.loads(answer.read())
        assert asked(f"{base}/predict", told["example"])[0] == 200


def test_the_exported_server_refuses_in_the_one_shape(exported: Path) -> None:
    with running(exported) as base:
        status, refused = asked(f"{base}/predict", {**RECORD, "tenure": "three", "more": 1})
        assert (status, refused["error"]["code"]) == (422, "invalid_request")
        assert {detail["field"] for detail in refused["error"]["details"]} == {"tenure", "more"}
        assert asked(f"{base}/predict", "{", "text/plain")[0] == 415
        assert asked(f"{base}/predict", '{"tenure": NaN}')[0] == 422
        assert asked(f"{base}/projects/other/predict", RECORD)[0] == 404
        assert asked(f"{base}/v2/models/churn/versions/2/infer", {"inputs": []})[0] == 404
        assert asked(f"{base}/predict/batch", {"records": []}) == (200, {"predictions": []})


def test_an_export_of_what_scikit_learn_answers_carries_its_steps(made: Platform, tmp_path: Path) -> None:
    report = made.exports.export(LOCAL, "churn", 2, tmp_path / "two")
    assert report.answers_by == "scikit-learn"
    needed = (tmp_path / "two" / "requirements.txt").read_text().split()
    assert any(line.startswith("scikit-learn==") for line in needed)
    assert all("==" in line for line in needed)


def test_an_export_names_what_runs_it(exported: Path) -> None:
    service = yaml.safe_load((exported / "inference-service.yaml").read_text())
    [container] = service["spec"]["predictor"]["containers"]
    assert (service["kind"], service["metadata"]["name"]) == ("InferenceService", "churn")
    assert (container["image"], container["ports"][0]["containerPort"]) == ("registry.local/churn:1", 8080)
    assert "FROM python:3." in (exported / "Dockerfile").read_text()
    needed = (exported / "requirements.txt").read_text().split()
    assert not [line for line in needed if line.startswith(("fastapi", "mlflow", "scikit-learn", "streamlit"))]


def test_the_same_version_makes_the_same_file(made: Platform, tmp_path: Path) -> None:
    first = made.exports.export(LOCAL, "churn", 1, tmp_path / "a.zip")
    second = made.exports.export(LOCAL, "churn", 1, tmp_path / "b.zip")
    assert first.sha256 == second.sha256
    assert (tmp_path / "a.zip").stat().st_size == first.size
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.zip", "b.zip"]


def test_an_export_that_was_altered_does_not_start(made: Platform, tmp_path: Path) -> None:
    made.exports.export(LOCAL, "churn", 1, tmp_path / "one")
    file = tmp_path / "one" / "model" / "compiled.zip"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(NotExported, match=r"compiled\.zip is not what was exported"):
        module.check(tmp_path / "one", 1)


def test_an_export_that_answers_otherwise_is_not_written(made: Platform, tmp_path: Path) -> None:
    sha256 = made.tracking.version("churn", 1).bundle_sha256
    manifest = read_manifest(made.blobs, sha256)
    row = manifest.probe[0]
    wrong = manifest.model_copy(update={"probe": (row.model_copy(update={"scores": (0.5, 0.5)}), *manifest.probe[1:])})
    facts = {"version": 1, "manifest_sha256": module_hash(wrong), "files": {}}
    files = {"manifest.json": wrong.model_dump_json().encode(), "compiled.zip": compiled(made, manifest)}
    with pytest.raises(NotExported, match="ParityFailed"):
        module.write(tmp_path / "one", facts, files, wrong, "churn:1")
    assert list(tmp_path.iterdir()) == []


def module_hash(manifest: ModelManifest) -> str:
    import hashlib

    return hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()


def compiled(made: Platform, manifest: ModelManifest) -> bytes:
    assert manifest.compiled is not None
    assert manifest.compiled.sha256 is not None
    return made.blobs.read(manifest.compiled.sha256)


def test_nothing_is_written_over_what_is_there(made: Platform, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(ExportExists):
        made.exports.export(LOCAL, "churn", 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_who_may_not_ask_a_model_may_not_carry_it_away(made: Platform, tmp_path: Path) -> None:
    with pytest.raises(Denied):
        made.exports.export(VIEWER, "churn", 1, tmp_path / "one")
    assert list(tmp_path.iterdir()) == []
