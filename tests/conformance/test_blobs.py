import hashlib
import io
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import BlobCorrupt, BlobNotFound
from core.ports.blobs import BlobStore
from storage.blobs import FileBlobs
from storage.memory import MemoryBlobs
from storage.remote_blobs import RemoteBlobs

CONTENT = b"tenure,churn\n1,Yes\n" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def damage(blobs: BlobStore, sha256: str, content: bytes) -> None:
    """Change the bytes behind a name as failing hardware would."""
    if isinstance(blobs, MemoryBlobs):
        blobs.overwrite(sha256, content)
    elif isinstance(blobs, RemoteBlobs):
        blobs._files.pipe_file(blobs._address(sha256), content)
        blobs._cache.delete(sha256)
    else:
        assert isinstance(blobs, FileBlobs)
        file = blobs._file(sha256)
        if file.exists():
            file.chmod(0o600)
        file.write_bytes(content)
        file.chmod(0o444)


def test_bytes_come_back_by_their_sha256(blobs: BlobStore) -> None:
    assert blobs.put(io.BytesIO(CONTENT)) == (SHA256, len(CONTENT))
    assert blobs.read(SHA256) == CONTENT
    assert blobs.path(SHA256).read_bytes() == CONTENT
    assert blobs.exists(SHA256)


def test_bytes_of_many_chunks_and_of_none_are_kept(blobs: BlobStore) -> None:
    large = random.Random(1).randbytes(3 * 1024 * 1024 + 7)
    assert blobs.read(blobs.put(io.BytesIO(large))[0]) == large
    assert blobs.put(io.BytesIO(b"")) == (hashlib.sha256(b"").hexdigest(), 0)
    assert blobs.read(blobs.put_bytes(b"")) == b""


def test_the_same_bytes_are_kept_once(blobs: BlobStore) -> None:
    assert {blobs.put_bytes(CONTENT) for _ in range(3)} == {SHA256}
    other = blobs.put_bytes(b"other")
    assert sorted(blobs.names()) == sorted([SHA256, other])


def test_missing_bytes_are_not_found(blobs: BlobStore) -> None:
    for step in (blobs.read, blobs.path):
        with pytest.raises(BlobNotFound, match=SHA256):
            step(SHA256)
    assert not blobs.exists(SHA256)
    assert list(blobs.names()) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "/" * 64, "." * 64, "a" * 63 + "\n"])
def test_a_name_that_is_no_sha256_reaches_no_file(blobs: BlobStore, name: str) -> None:
    with pytest.raises(BlobNotFound):
        blobs.read(name)
    with pytest.raises(BlobNotFound):
        blobs.path(name)
    assert not blobs.exists(name)
    blobs.delete(name)


def test_deleted_bytes_are_gone_and_may_be_deleted_again(blobs: BlobStore) -> None:
    blobs.put_bytes(CONTENT)
    blobs.delete(SHA256)
    blobs.delete(SHA256)
    assert not blobs.exists(SHA256)
    with pytest.raises(BlobNotFound):
        blobs.read(SHA256)


def test_each_flipped_bit_is_found_on_read_and_set_aside(blobs: BlobStore) -> None:
    chance = random.Random(20)
    names = [blobs.put_bytes(chance.randbytes(chance.randrange(1, 2000))) for _ in range(5)]
    kept = {name: blobs.read(name) for name in names}
    for turn in range(30):
        name = names[turn % len(names)]
        wrong = bytearray(kept[name])
        wrong[chance.randrange(len(wrong))] ^= 1 << chance.randrange(8)
        damage(blobs, name, bytes(wrong))
        step = (blobs.read, blobs.path, blobs.verify)[turn % 3]
        found = hashlib.sha256(wrong).hexdigest()
        with pytest.raises(BlobCorrupt, match=found):
            step(name)
        assert not blobs.exists(name)
    assert sorted(blobs.quarantined()) == sorted(names)
    assert list(blobs.names()) == []


class Heard:
    """A watch that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def keeping(self, sha256: str) -> None:
        self.told.append(("keeping", sha256))

    def corrupt(self, sha256: str, found: str, size: int) -> None:
        self.told.append(("corrupt", sha256, found, size))

    def mended(self, sha256: str) -> None:
        self.told.append(("mended", sha256))


def test_the_watch_hears_of_each_wish_and_of_each_fault_once(watched: tuple[BlobStore, Heard]) -> None:
    blobs, heard = watched
    blobs.put_bytes(CONTENT)
    assert heard.told == [("keeping", SHA256)]
    damage(blobs, SHA256, b"wrong")
    for step in (blobs.read, blobs.path, blobs.verify, blobs.size, blobs.read):
        with pytest.raises(BlobCorrupt):
            step(SHA256)
    told = [entry for entry in heard.told if entry[0] != "keeping"]
    assert told == [("corrupt", SHA256, hashlib.sha256(b"wrong").hexdigest(), 5)]
    blobs.put_bytes(CONTENT)
    assert heard.told[-1] == ("mended", SHA256)
    heard.told.clear()
    assert blobs.exists(SHA256)
    assert heard.told == [("keeping", SHA256)]
    assert list(blobs.quarantined()) == []


def test_a_deleted_blob_leaves_nothing_in_quarantine(blobs: BlobStore) -> None:
    blobs.put_bytes(CONTENT)
    damage(blobs, SHA256, b"wrong")
    with pytest.raises(BlobCorrupt):
        blobs.verify(SHA256)
    blobs.delete(SHA256)
    assert list(blobs.quarantined()) == []
    with pytest.raises(BlobNotFound):
        blobs.read(SHA256)


def test_sizes_are_those_of_the_bytes(blobs: BlobStore) -> None:
    blobs.put_bytes(CONTENT)
    assert (blobs.size(SHA256), blobs.verify(SHA256)) == (len(CONTENT), len(CONTENT))
    with pytest.raises(BlobNotFound):
        blobs.size("0" * 64)


@pytest.mark.parametrize("wrong", [b"", CONTENT[:-1], CONTENT + b"\n"], ids=["empty", "shorter", "longer"])
def test_truncated_and_grown_bytes_are_found_on_read(blobs: BlobStore, wrong: bytes) -> None:
    blobs.put_bytes(CONTENT)
    damage(blobs, SHA256, wrong)
    with pytest.raises(BlobCorrupt):
        blobs.read(SHA256)
    assert not blobs.exists(SHA256)


def test_putting_the_right_bytes_again_mends_a_corrupt_blob(blobs: BlobStore) -> None:
    blobs.put_bytes(CONTENT)
    damage(blobs, SHA256, b"wrong")
    blobs.put_bytes(CONTENT)
    assert blobs.read(SHA256) == CONTENT


def test_threads_put_and_read_the_same_bytes_at_once(blobs: BlobStore) -> None:
    barrier = threading.Barrier(8)

    def put_and_read(_: int) -> bytes:
        barrier.wait()
        return blobs.read(blobs.put_bytes(CONTENT))

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(put_and_read, range(8))) == {CONTENT}
    assert list(blobs.names()) == [SHA256]


def test_a_source_that_breaks_leaves_nothing_behind(blobs: BlobStore, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            if self.tell() > 0:
                raise ValueError("the other side went away")
            return super().read(8)

    with pytest.raises(ValueError, match="went away"):
        blobs.put(Broken(CONTENT))
    assert list(blobs.names()) == []
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
