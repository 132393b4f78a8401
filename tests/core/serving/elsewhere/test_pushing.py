"""Versions pushed from one installation to another, over the wire, both with their real stores."""

import base64
import hashlib
import http.client
import io
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.bootstrap import build
from core.data_errors import OriginRefused
from core.errors import Denied, InvalidInput
from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.elsewhere import PushKind, PushRequest
from core.records.job import Job, JobKind, JobState
from core.records.model import Alias
from core.records.project import Task
from core.settings import Settings
from core.training.manifests import read_manifest
from tests.builders import training_spec
from tests.bundles import FEATURES, RECORD, customers
from tests.core.serving.served import Client, serving

SCIENTIST = Actor(name="sam", role=Role.SCIENTIST)


def installation(prepared: Path, home: Path, **more: Any) -> Platform:
    shutil.copytree(prepared, home)
    made = build(Settings(home=home, **more))
    made.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    return made


@pytest.fixture(scope="module")
def sender(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """An installation with version 1 of a churn model."""
    made = installation(prepared_home, tmp_path_factory.mktemp("sender") / "home")
    table = customers().drop(columns="value").to_csv(index=False).encode()
    made.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(table), "customers.csv")
    spec = training_spec(features=tuple(column.name for column in FEATURES))
    job = run_here(made, made.training.submit(LOCAL, spec).id)
    assert job.state is JobState.SUCCEEDED, job.error
    yield made
    made.close()


@pytest.fixture(scope="module")
def receiver(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Another installation with a project for the same thing, and others for other things."""
    made = installation(prepared_home, tmp_path_factory.mktemp("receiver") / "home")
    made.projects.create(LOCAL, name="other", task=Task.REGRESSION, target="value")
    yield made
    made.close()


@pytest.fixture(scope="module")
def door(receiver: Platform) -> Iterator[Client]:
    with serving(receiver) as client:
        yield client


@contextmanager
def working(made: Platform) -> Iterator[None]:
    """Carry out what is queued, as its worker does."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.05):
            for job in made.queue.find(states=(JobState.QUEUED,), kinds=(JobKind.RECEIVE,)):
                run_here(made, job.id)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def pushed(sender: Platform, address: str, **more: Any) -> Job:
    request = PushRequest(version=1, address=address, **more)
    return run_here(sender, sender.pushes.submit(LOCAL, "churn", request).id)


def archive(sender: Platform, folder: Path) -> bytes:
    sender.exports.export(LOCAL, "churn", 1, folder / "version.zip")
    return (folder / "version.zip").read_bytes()


def digest(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def take(door: Client, content: bytes, project: str = "churn", **headers: str) -> Any:
    told = {"content_type": "application/zip", "content_digest": digest(content), **headers}
    return door.raw(f"/projects/{project}/versions", content, **told)


def held(made: Platform) -> Any:
    blobs = sorted(path.name for path in (made.settings.home / "blobs").rglob("*") if path.is_file())
    return blobs, made.models.versions("churn"), len(made.queue.find(kinds=(JobKind.RECEIVE,)))


def test_a_version_becomes_a_challenger_there_and_answers_the_same(
    sender: Platform, receiver: Platform, door: Client
) -> None:
    address = f"http://127.0.0.1:{door.port}/projects/churn"
    with working(receiver):
        job = pushed(sender, address)
    assert job.state is JobState.SUCCEEDED, job.error
    result = job.result or {}
    assert (result["remote_version"], result["known_rows"]) == (1, 8)
    version = receiver.models.version("churn", 1)
    assert version.aliases == (Alias.CHALLENGER,)
    own, theirs = (
        read_manifest(made.blobs, made.models.version("churn", 1).bundle_sha256) for made in (receiver, sender)
    )
    assert (own.model_sha256, own.probe, own.compiled) == (theirs.model_sha256, theirs.probe, theirs.compiled)
    assert (own.project, own.run_id) == ("churn", version.run_id)
    assert str(own.dataset) == f"customers-{theirs.dataset_sha256[:8]}@1"
    answers = [made.serving.predict(LOCAL, "churn", [RECORD], version=1)[0] for made in (sender, receiver)]
    assert answers[0].probabilities == answers[1].probabilities
    run = receiver.training.run("churn", version.run_id)
    assert run.metrics["roc_auc"] == sender.training.runs("churn", 1)[0].metrics["roc_auc"]
    [event] = [one for one in receiver.audit.events(LOCAL, "churn") if one.action == "version.register"]
    assert event.details["pushed"] == sender.models.version("churn", 1).bundle_sha256
    [told] = [one for one in sender.audit.events(LOCAL, "churn") if one.action == "version.push"]
    assert told.details["remote_version"] == 1
    receiver.models.promote(LOCAL, "churn", 1, "it came from elsewhere", override=True)
    assert door.post("/projects/churn/predict", RECORD).document["probabilities"] == answers[0].probabilities


def test_a_version_pushed_again_is_the_one_it_was(sender: Platform, receiver: Platform, door: Client) -> None:
    before = [version.version for version in receiver.models.versions("churn")]
    with working(receiver):
        job = pushed(sender, f"http://127.0.0.1:{door.port}/projects/churn")
    assert (job.result or {})["remote_version"] == 1
    assert [version.version for version in receiver.models.versions("churn")] == before == [1]


def test_what_was_altered_or_broken_off_leaves_nothing(
    sender: Platform, receiver: Platform, door: Client, tmp_path: Path
) -> None:
    content, before = archive(sender, tmp_path), held(receiver)
    refused = take(door, content, content_digest=digest(b"other"))
    assert (refused.status, refused.error["code"]) == (422, "invalid_archive")
    at = content.index(b'"estimator"') + 14
    altered = content[:at] + b"X" + content[at + 1 :]
    refused = take(door, altered)
    assert (refused.status, refused.error["code"]) == (422, "invalid_archive"), refused.body
    half = content[: len(content) // 2]
    assert take(door, half).status == 422
    broken = http.client.HTTPConnection("127.0.0.1", door.port)
    broken.putrequest("POST", "/projects/churn/versions")
    for name, value in (("Content-Type", "application/zip"), ("Content-Digest", digest(content))):
        broken.putheader(name, value)
    broken.putheader("Content-Length", str(len(content)))
    broken.endheaders(half)
    broken.close()
    time.sleep(0.2)
    assert door.get("/livez").status == 200
    assert held(receiver) == before
    assert not [path for path in receiver.settings.home.iterdir() if path.suffix == ".zip"]


def test_a_model_of_types_that_are_not_trusted_is_not_kept(
    sender: Platform, receiver: Platform, door: Client, tmp_path: Path
) -> None:
    before = held(receiver)
    refused = take(door, _with_model(archive(sender, tmp_path), b"os.system"))
    assert refused.status in (409, 422)
    assert refused.error["code"] == "unsafe_model"
    assert held(receiver) == before


def _with_model(content: bytes, type_: bytes) -> bytes:
    """Return an archive that is whole, but whose model holds something else."""
    import json

    module, name = type_.decode().split(".")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("schema.json", json.dumps({"__module__": module, "__class__": name, "__loader__": "TypeNode"}))
    model = inner.getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        files = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(files["model/manifest.json"])
    facts = json.loads(files["model/version.json"])
    manifest["model_sha256"] = facts["files"]["model.skops"] = hashlib.sha256(model).hexdigest()
    files["model/manifest.json"] = json.dumps(manifest).encode()
    facts["files"]["manifest.json"] = hashlib.sha256(files["model/manifest.json"]).hexdigest()
    files |= {"model/model.skops": model, "model/version.json": json.dumps(facts).encode()}
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        for name, one in files.items():
            made.writestr(name, one)
    return whole.getvalue()


def test_a_version_for_something_else_is_refused_with_the_reason(sender: Platform, door: Client) -> None:
    job = pushed(sender, f"http://127.0.0.1:{door.port}/projects/other")
    assert job.state is JobState.FAILED
    assert "but the project other predicts value (regression)" in (job.error or "")
    missing = pushed(sender, f"http://127.0.0.1:{door.port}/projects/nowhere")
    assert "404" in (missing.error or "")
    assert "nowhere" in (missing.error or "")


def test_what_is_no_archive_is_not_read(door: Client) -> None:
    assert door.post("/projects/churn/versions", {}).status == 415
    assert take(door, b"PK", content_digest="md5=1").status == 415
    assert door.get("/projects/churn/versions/pushed/nothing").status == 404


def test_only_those_who_may_promote_push_and_only_where_the_operator_allows(
    sender: Platform, tmp_path: Path, prepared_home: Path
) -> None:
    request = PushRequest(version=1, address="http://127.0.0.1:9/projects/churn")
    with pytest.raises(Denied):
        sender.pushes.submit(SCIENTIST, "churn", request)
    with pytest.raises(InvalidInput, match=r"\$\{NAME\}"):
        sender.pushes.submit(LOCAL, "churn", request.model_copy(update={"key": "phk_secret"}))
    with pytest.raises(OriginRefused, match="has no TOKEN"):
        sender.pushes.submit(LOCAL, "churn", request.model_copy(update={"key": "${TOKEN}"}))
    with pytest.raises(InvalidInput, match="scoring API"):
        sender.pushes.submit(LOCAL, "churn", request.model_copy(update={"address": "http://127.0.0.1:9/"}))
    with pytest.raises(OriginRefused):
        sender.pushes.submit(
            LOCAL, "churn", request.model_copy(update={"address": "http://169.254.169.254/projects/x"})
        )


def test_with_keys_only_those_who_may_train_push_in(sender: Platform, prepared_home: Path, tmp_path: Path) -> None:
    made = installation(prepared_home, tmp_path / "home", auth="password")
    keys = {}
    for name, role in (("vera", Role.VIEWER), ("sam", Role.SCIENTIST)):
        keys[name] = made.access.create_key(LOCAL, name, role)[1]
    (tmp_path / "a").mkdir()
    content = archive(sender, tmp_path / "a")
    with serving(made) as door:
        assert take(door, content).status == 401
        assert take(door, content, authorization=f"Bearer {keys['vera']}").status == 403
        before = held(made)
        assert before[1] == []
        taken = take(door, content, authorization=f"Bearer {keys['sam']}")
        assert taken.status == 202
        assert door.get(taken.document["ask"]).status == 401
        assert door.get(taken.document["ask"], authorization=f"Bearer {keys['sam']}").document["state"] == "queued"
    made.close()


class _Bucket(BaseHTTPRequestHandler):
    """Takes files by PUT."""

    kept: dict[str, bytes] = {}

    def do_PUT(self) -> None:
        size = int(self.headers["Content-Length"])
        self.kept[self.path] = self.rfile.read(size)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


def test_any_endpoint_that_takes_a_file_gets_it_and_is_asked_where_it_answers(sender: Platform, door: Client) -> None:
    bucket = HTTPServer(("127.0.0.1", 0), _Bucket)
    thread = threading.Thread(target=bucket.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{bucket.server_port}/models/churn-1.zip"
        serves = f"http://127.0.0.1:{door.port}/v2/models/churn"
        job = pushed(sender, address, kind=PushKind.UPLOAD, answers_at=serves)
        plain = pushed(sender, address, kind=PushKind.UPLOAD)
    finally:
        bucket.shutdown()
        thread.join()
        bucket.server_close()
    assert job.state is JobState.SUCCEEDED, job.error
    result = job.result or {}
    kept = _Bucket.kept["/models/churn-1.zip"]
    assert hashlib.sha256(kept).hexdigest() == result["sha256"] == (plain.result or {})["sha256"]
    assert result["known_rows"] == 7
    assert (plain.result or {})["known_rows"] == 0
