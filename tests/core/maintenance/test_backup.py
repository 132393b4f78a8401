"""A backup taken under load becomes an installation that is sound and answers the same."""

import io
import json
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import bootstrap
from core.errors import BlobCorrupt, Denied, InvalidInput
from core.maintenance_errors import HomeNotEmpty, NotABackup
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.project import Task
from core.settings import load
from tests import bundles

ROWS = [{**bundles.RECORD, "tenure": tenure} for tenure in range(40)]


@pytest.fixture
def serving(platform: Platform) -> Platform:
    platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    platform.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(b"tenure,churn\n1,Yes\n2,No\n"), "c.csv")
    version = bundles.registered(platform.store, platform.blobs, platform.tracking, platform.clock)
    platform.models.promote(LOCAL, "churn", version.version, "first", override=True)
    platform.serving.predict(LOCAL, "churn", ROWS)
    return platform


@pytest.fixture
def busy(serving: Platform) -> Iterator[Platform]:
    """The installation while data arrives and predictions are answered all the time."""
    over = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        turn = 0
        try:
            while not over.is_set():
                turn += 1
                content = f"tenure,churn\n{turn},Yes\n2,No\n".encode()
                serving.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(content), "c.csv")
                serving.serving.predict(LOCAL, "churn", ROWS[:3])
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    yield serving
    over.set()
    thread.join()
    assert failures == []


def answers(platform: Platform) -> list[tuple[object, object]]:
    return [
        (answer.prediction, answer.probabilities)
        for answer in platform.serving.predict(LOCAL, "churn", ROWS, version=1)
    ]


def test_a_backup_under_load_restores_to_a_sound_home_that_answers_the_same(busy: Platform, tmp_path: Path) -> None:
    file, home = tmp_path / "backup.tar", tmp_path / "restored"
    report = busy.backups.write(LOCAL, file)
    assert (report.blobs > 3, report.size > 0) == (True, True)
    restored = bootstrap.restore(load(home), file)
    assert (restored.parts, restored.blobs) == (report.parts, report.blobs)
    settings = load(home)
    bootstrap.prepare(settings)
    again = bootstrap.build(settings)
    again.models.reconcile()
    assert again.integrity.check(LOCAL).findings == ()
    assert answers(again) == answers(busy)
    (version,) = again.models.versions("churn")
    assert again.tracking.model(version.run_id) == busy.tracking.model(version.run_id)
    assert len(again.serving.predictions("churn", 1000)) >= len(ROWS)
    again.close()


def test_a_home_in_use_a_taken_file_and_strangers_are_refused(serving: Platform, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    serving.backups.write(LOCAL, file)
    with pytest.raises(HomeNotEmpty, match="nothing was restored"):
        bootstrap.restore(serving.settings, file)
    with pytest.raises(InvalidInput, match="exists already"):
        serving.backups.write(LOCAL, file)
    with pytest.raises(Denied):
        serving.backups.write(Actor(name="ann", role=Role.SCIENTIST), tmp_path / "other.tar")
    for content, problem in (
        (file.read_bytes()[:-100_000], "cannot be read|missing"),
        (b"no tar", "cannot be read"),
        (_flipped(file.read_bytes()), "damaged or missing"),
        (_with_stranger(), "which no backup has"),
    ):
        file.write_bytes(content)
        with pytest.raises(NotABackup, match=problem):
            bootstrap.restore(load(tmp_path / "restored"), file)
    assert not (tmp_path / "restored").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def _flipped(content: bytes) -> bytes:
    place = content.index(b"tenure,churn\n1,Yes")
    return content[:place] + b"T" + content[place + 1 :]


def _with_stranger() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, content in (("../evil", b"x"), ("backup.json", json.dumps({"format": 1, "parts": {}}).encode())):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


def test_damaged_bytes_stop_a_backup_and_leave_no_file(serving: Platform, tmp_path: Path) -> None:
    version = serving.datasets.resolve("churn", "customers")
    stored = serving.blobs.path(version.sha256)
    stored.chmod(0o600)
    stored.write_bytes(b"damaged")
    with pytest.raises(BlobCorrupt, match="do not match their hash"):
        serving.backups.write(LOCAL, tmp_path / "backup.tar")
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == []
