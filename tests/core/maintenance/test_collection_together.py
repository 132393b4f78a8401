"""Tidying while other processes write: nothing that is referred to ever goes."""

import multiprocessing
import random
from pathlib import Path

from storage.blobs import FileBlobs
from storage.database import migrate, open_store
from tests.builders import project
from tests.core.maintenance.actors import tidy, write_and_delete

SECONDS = 4.0


def test_no_blob_goes_that_a_process_beside_refers_to(tmp_path: Path) -> None:
    url, root = f"sqlite:///{tmp_path}/pilothouse.db", tmp_path / "blobs"
    migrate(url, tmp_path)
    store = open_store(url)
    with store.write() as work:
        work.projects.add(project())
        work.commit()
    blobs = FileBlobs(root)
    unused = [blobs.put_bytes(f"left behind {number}".encode()) for number in range(10)]
    seed = random.SystemRandom().randrange(1 << 32)
    context = multiprocessing.get_context("forkserver")
    actors = [context.Process(target=write_and_delete, args=(number, url, root, SECONDS, seed)) for number in range(3)]
    actors += [context.Process(target=tidy, args=(url, root, SECONDS)) for _ in range(2)]
    for actor in actors:
        actor.start()
    for actor in actors:
        actor.join()
    assert [actor.exitcode for actor in actors] == [0] * len(actors), f"seed {seed}"
    with store.read() as work:
        kept = {version.sha256 for version in work.datasets.find("churn")}
    assert kept
    assert all(blobs.verify(sha256) for sha256 in kept), f"seed {seed}"
    assert not set(unused) & set(blobs.names()), f"seed {seed}: what nothing needs is still there"
    store.close()
