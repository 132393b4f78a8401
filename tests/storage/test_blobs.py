import errno
import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import BlobCorrupt, ExtraMissing, InvalidSetting, Unavailable
from storage.blobs import FileBlobs
from storage.remote_blobs import RemoteBlobs, open_blobs
from tests.storage.actors import in_a_process, put_on_a_full_disk

CONTENT = b"tenure,churn\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


def test_a_blob_is_synced_before_it_gets_its_name_and_its_folder_after(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, str]] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        steps.append(("sync", str(Path(f"/proc/self/fd/{handle}").readlink())))
        fsync(handle)

    def noted_replace(self: Path, target: Path) -> Path:
        steps.append(("rename", str(target)))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    FileBlobs(root).put_bytes(CONTENT)
    folder = root / SHA256[:2]
    assert steps[0][0] == "sync"
    assert steps[0][1].startswith(str(root / "incoming"))
    assert steps[1:] == [("sync", str(root)), ("rename", str(folder / SHA256[2:])), ("sync", str(folder))]


def test_a_blob_is_a_read_only_file_named_by_its_hash(root: Path) -> None:
    FileBlobs(root).put_bytes(CONTENT)
    file = root / SHA256[:2] / SHA256[2:]
    assert file.read_bytes() == CONTENT
    assert file.stat().st_mode & 0o777 == 0o444
    assert list((root / "incoming").iterdir()) == []


def test_a_failed_sync_is_not_tried_again_and_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def fail(_: int) -> None:
        nonlocal calls
        calls += 1
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Unavailable, match=r"could not be stored \(Input/output error\)"):
        FileBlobs(root).put_bytes(CONTENT)
    assert calls == 1
    assert [file for file in root.rglob("*") if file.is_file()] == []


def test_a_full_disk_leaves_no_half_blob_and_takes_a_smaller_one(root: Path) -> None:
    assert in_a_process(put_on_a_full_disk, root) == 0
    assert list(FileBlobs(root).names()) == [hashlib.sha256(b"small").hexdigest()]
    assert list((root / "incoming").iterdir()) == []


def test_a_corrupt_blob_goes_to_the_quarantine_for_those_who_want_to_look_at_it(root: Path) -> None:
    blobs = FileBlobs(root)
    blobs.put_bytes(CONTENT)
    file = blobs.path(SHA256)
    file.chmod(0o600)
    file.write_bytes(b"wrong")
    with pytest.raises(BlobCorrupt):
        blobs.path(SHA256)
    assert not file.exists()
    assert (root / "quarantine" / f"{SHA256}.{hashlib.sha256(b'wrong').hexdigest()}").read_bytes() == b"wrong"


def test_a_disk_that_fails_is_said_and_nothing_is_set_aside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = FileBlobs(root)
    blobs.put_bytes(CONTENT)

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(Unavailable, match="cannot be read"):
        blobs.path(SHA256)
    monkeypatch.undo()
    assert blobs.read(SHA256) == CONTENT


def test_bytes_that_are_right_on_a_second_look_stay(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = FileBlobs(root)
    blobs.put_bytes(CONTENT)
    answers = iter([b"a passing fault of the wire"])
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda file: next(answers, None) or read(file))
    assert blobs.read(SHA256) == CONTENT
    assert list(blobs.quarantined()) == []


def test_parts_of_puts_that_broke_off_are_removed_when_old(root: Path) -> None:
    blobs = FileBlobs(root)
    blobs.put_bytes(CONTENT)
    for name, age in (("old", 3600), ("new", 0)):
        part = root / "incoming" / name
        part.write_bytes(b"half")
        os.utime(part, (time.time() - age, time.time() - age))
    assert blobs.tidy(datetime.now(UTC) - timedelta(minutes=1)) == 1
    assert [file.name for file in (root / "incoming").iterdir()] == ["new"]
    assert blobs.read(SHA256) == CONTENT


def test_files_that_are_no_blobs_are_not_listed(root: Path) -> None:
    blobs = FileBlobs(root)
    blobs.put_bytes(CONTENT)
    (root / "ab").mkdir(exist_ok=True)
    (root / "ab" / "notes.txt").write_text("x")
    (root / "README").write_text("x")
    assert list(blobs.names()) == [SHA256]


@pytest.mark.parametrize("prefix", ["file://", ""])
def test_a_folder_is_opened_by_its_url_or_path_as_it_is_spelled(tmp_path: Path, prefix: str) -> None:
    folder = tmp_path / "with space %20 #1?"
    open_blobs(f"{prefix}{folder}").put_bytes(CONTENT)
    assert (folder / SHA256[:2] / SHA256[2:]).exists()


@pytest.mark.parametrize("url", ["", "file://", "file://relative/path", "blobs"])
def test_a_folder_without_its_full_path_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(InvalidSetting, match="PILOTHOUSE_BLOB_URL"):
        open_blobs(url)


def test_an_unknown_kind_of_store_is_a_wrong_setting() -> None:
    with pytest.raises(InvalidSetting, match="PILOTHOUSE_BLOB_URL"):
        open_blobs("nonsense://bucket")


def test_a_kind_of_store_that_needs_a_package_names_the_command() -> None:
    with pytest.raises(ExtraMissing, match=r"pip install 'fsspec\[abfs\]'"):
        open_blobs("abfs://container/blobs")


def test_a_damaged_local_copy_is_fetched_again(tmp_path: Path) -> None:
    blobs = open_blobs(f"memory://{tmp_path.name}", tmp_path)
    assert isinstance(blobs, RemoteBlobs)
    blobs.put_bytes(CONTENT)
    copy = blobs.path(SHA256)
    copy.chmod(0o600)
    copy.write_bytes(b"wrong")
    assert blobs.read(SHA256) == CONTENT
    copy.chmod(0o600)
    copy.write_bytes(b"wrong")
    assert blobs.path(SHA256).read_bytes() == CONTENT


def test_another_machine_reads_what_this_one_put(tmp_path: Path) -> None:
    open_blobs(f"memory://{tmp_path.name}", tmp_path / "here").put_bytes(CONTENT)
    there = open_blobs(f"memory://{tmp_path.name}", tmp_path / "there")
    assert there.read(SHA256) == CONTENT
    assert list(there.names()) == [SHA256]


def test_local_copies_go_to_the_users_cache_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    open_blobs("memory://somewhere").put_bytes(CONTENT)
    assert len(list(tmp_path.glob(f"pilothouse/blobs/*/{SHA256[:2]}/{SHA256[2:]}"))) == 1
