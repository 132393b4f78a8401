"""What other processes do while blobs are tidied away."""

import random
import time
from datetime import timedelta
from pathlib import Path

from core.clock import SystemClock
from core.maintenance.collection import CollectionService
from core.maintenance.watch import MetadataWatch
from core.records.access import LOCAL
from core.records.dataset import DatasetRef
from core.records.removal import DeletedVersion
from storage.blobs import FileBlobs
from storage.database import open_store
from storage.memory import MemoryTracking
from tests.builders import START, dataset_version

GRACE = 1.0
CONTENTS = [f"content {number}".encode() * 50 for number in range(12)]


def write_and_delete(number: int, url: str, root: Path, seconds: float, seed: int) -> None:
    """Keep bytes, refer to them, read them, drop the reference; again and again, some bytes resting long between."""
    chance, store = random.Random(seed + number), open_store(url)
    blobs = FileBlobs(root, MetadataWatch(store, SystemClock()))
    end, turn = time.monotonic() + seconds, 0
    while True:
        turn += 1
        content = chance.choice(CONTENTS[: 4 if turn % 6 else None])
        name = f"d{number}"
        sha256 = blobs.put_bytes(content)
        with store.write() as work:
            version = dataset_version(dataset=name, number=turn, sha256=sha256, parquet_sha256=sha256)
            work.datasets.add(version)
            work.commit()
        time.sleep(chance.random() * 0.2)
        assert blobs.read(sha256) == content, f"seed {seed}: {sha256} is referred to and gone"
        if time.monotonic() > end:
            break
        with store.write() as work:
            assert work.datasets.get("churn", DatasetRef(name=name, number=turn)).sha256 == sha256
            work.datasets.remove(tombstone(name, turn, sha256))
            work.commit()
        time.sleep(chance.random() * 0.2)
    store.close()


def tombstone(name: str, number: int, sha256: str) -> DeletedVersion:
    return DeletedVersion(
        project="churn", dataset=name, number=number, sha256=sha256, rows=1, source="c", deleted_at=START,
        deleted_by="ann", reason="",
    )  # fmt: skip


def tidy(url: str, root: Path, seconds: float) -> None:
    """Tidy all the time."""
    store, clock = open_store(url), SystemClock()
    blobs = FileBlobs(root, MetadataWatch(store, clock))
    grace = timedelta(seconds=GRACE)
    service = CollectionService(store, blobs, MemoryTracking(), clock, grace)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        service.collect(LOCAL, grace=grace)
        time.sleep(0.05)
    store.close()
