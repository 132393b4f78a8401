"""Files on their way in: whole or not at all, their author's alone, gone when nobody wants them."""

import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest

from core.data_errors import UploadBroken, UploadNotFound, UploadTooLarge
from core.datasets import previewing
from core.datasets import uploads as module
from core.datasets.uploads import UploadService
from core.errors import Denied, InvalidInput, ProjectNotFound, Unavailable
from core.records.access import Actor, Role
from core.records.job import JobKind
from core.records.reading import ReadingChoices
from core.records.upload import Upload
from storage.memory import MemoryStore
from tests.builders import FakeClock, job_request, project

ANN = Actor(name="ann", role=Role.SCIENTIST)
BOB = Actor(name="bob", role=Role.SCIENTIST)
TABLE = b"a,b\n1,2\n3,4\n"


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    with store.write() as work:
        work.projects.add(project())
        work.commit()
    return store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def uploads(store: MemoryStore, clock: FakeClock, tmp_path: Path) -> UploadService:
    return UploadService(store, clock, tmp_path / "uploads", 1000)


def staged(uploads: UploadService, content: bytes = TABLE, name: str = "t.csv") -> Upload:
    return uploads.put(ANN, "churn", name, io.BytesIO(content))


def test_what_arrives_is_hashed_kept_and_told_in_the_trail(uploads: UploadService, store: MemoryStore) -> None:
    upload = staged(uploads)
    assert upload.sha256 == hashlib.sha256(TABLE).hexdigest()
    assert uploads.path(upload.id).read_bytes() == TABLE
    assert uploads.get(ANN, "churn", upload.id) == upload
    with store.read() as work:
        (event,) = work.events.all()
    assert (event.action, event.actor, event.details["sha256"]) == ("upload.stage", "ann", upload.sha256)


def test_a_transfer_that_broke_goes_on_where_it_stopped_with_the_same_hash(uploads: UploadService) -> None:
    upload = uploads.begin(ANN, "churn", "t.csv", len(TABLE))
    with uploads.receiving(ANN, upload.id, 0) as incoming:
        incoming.write(TABLE[:5])
        assert uploads.finish(ANN, incoming).sha256 is None
    assert uploads.received(upload) == 5
    with uploads.receiving(ANN, upload.id, 3) as incoming:
        incoming.write(TABLE[3:])
        done = uploads.finish(ANN, incoming)
    assert done.sha256 == hashlib.sha256(TABLE).hexdigest()
    assert uploads.path(upload.id).read_bytes() == TABLE


def test_two_senders_a_gap_and_more_than_announced_are_refused(uploads: UploadService) -> None:
    upload = uploads.begin(ANN, "churn", "t.csv", 4)
    with uploads.receiving(ANN, upload.id, 0) as incoming:
        with pytest.raises(UploadBroken, match="by another request"), uploads.receiving(ANN, upload.id, 0):
            pass
        with pytest.raises(UploadTooLarge, match="more than the 4 bytes announced"):
            incoming.write(b"12345")
    broken = pytest.raises(UploadBroken, match="0 bytes have arrived, but these begin at 2")
    with broken, uploads.receiving(ANN, upload.id, 2):
        pass
    with uploads.receiving(ANN, upload.id, 0) as incoming:
        incoming.write(b"1234")
        uploads.finish(ANN, incoming)
    with pytest.raises(UploadBroken, match="all of it has arrived"), uploads.receiving(ANN, upload.id, 0):
        pass


def test_only_its_author_sees_an_upload_and_only_in_its_project(uploads: UploadService) -> None:
    upload = staged(uploads)
    for actor, where, name in ((BOB, "churn", upload.id), (ANN, "bikes", upload.id), (ANN, None, "../../etc/passwd")):
        with pytest.raises(UploadNotFound):
            uploads.get(actor, where, name)
    with pytest.raises(UploadNotFound):
        uploads.discard(BOB, upload.id)
    with pytest.raises(UploadNotFound):
        uploads.path("../" * 10 + "ab")
    with pytest.raises(Denied):
        uploads.begin(Actor(name="vic", role=Role.VIEWER), "churn", "t.csv", 1)


def test_what_is_too_large_or_goes_nowhere_is_refused_before_a_byte_is_sent(
    uploads: UploadService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(UploadTooLarge, match=r"big\.csv has 1 kB; at most 1 kB"):
        uploads.begin(ANN, "churn", "C:\\x\\big.csv", 1001)
    with pytest.raises(ProjectNotFound):
        uploads.begin(ANN, "nosuch", "t.csv", 1)
    with pytest.raises(InvalidInput):
        uploads.begin(ANN, "churn", "t.csv", -1)
    monkeypatch.setattr(module, "_SPARE", 1 << 60)
    with pytest.raises(Unavailable, match="Make room"):
        uploads.begin(ANN, "churn", "t.csv", 1)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_name_is_a_label_and_never_a_path(uploads: UploadService, tmp_path: Path) -> None:
    for name in ("../../x.csv", "/etc/cron.d/x", "CON", "ü" * 300, "a\nb.csv", ""):
        upload = staged(uploads, name=name)
        assert "/" not in upload.filename
        assert 0 < len(upload.filename) <= 255
        assert uploads.path(upload.id).parent == tmp_path / "uploads"


def test_of_very_many_columns_all_are_described_and_the_first_ones_shown(
    uploads: UploadService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "_MOST_COLUMNS", 2)
    found = uploads.examine(staged(uploads, b"a,b,c\n1,x,\n2,y,2026-01-02\n3,y,2026-01-03\n")).preview
    assert found is not None
    assert found.rows == (("1", "x"), ("2", "y"), ("3", "y"))
    assert [column.examples for column in found.columns] == [
        ("1", "2", "3"),
        ("x", "y"),
        ("2026-01-02 00:00:00", "2026-01-03 00:00:00"),
    ]


def test_choices_are_remembered_and_change_what_would_be_kept(uploads: UploadService) -> None:
    upload = staged(uploads, b"a|b\n1|2\n")
    assert uploads.examine(upload).preview is not None
    uploads.choose(ANN, upload.id, ReadingChoices(delimiter=","))
    chosen = uploads.get(ANN, "churn", upload.id)
    assert chosen.choices.delimiter == ","
    assert "fewer than two columns" in uploads.examine(chosen).problem


def test_an_upload_that_is_gone_or_not_all_there_cannot_be_looked_into(uploads: UploadService) -> None:
    begun = uploads.begin(ANN, "churn", "t.csv", 4)
    with pytest.raises(UploadNotFound):
        uploads.examine(begun)
    upload = staged(uploads)
    uploads.discard(ANN, upload.id)
    with pytest.raises(UploadNotFound):
        uploads.examine(upload)
    assert not uploads.path(upload.id).exists()


def test_a_sweep_takes_what_nobody_kept_and_leaves_what_a_job_will_read(
    uploads: UploadService, store: MemoryStore, clock: FakeClock
) -> None:
    old, queued = staged(uploads), staged(uploads)
    with store.write() as work:
        work.jobs.add(job_request(kind=JobKind.INGEST, payload={"upload": queued.id}), "local", clock.now())
        work.commit()
    clock.advance(timedelta(hours=25).total_seconds())
    fresh = staged(uploads)
    stray = uploads.path("0" * 32)
    stray.write_bytes(b"left by a project that was deleted")
    assert uploads.sweep() == 2
    left = [path.exists() for path in map(uploads.path, (old.id, queued.id, fresh.id))]
    assert (left, stray.exists()) == ([False, True, True], False)
    with pytest.raises(UploadNotFound):
        uploads.get(ANN, None, old.id)
    assert uploads.sweep() == 0
