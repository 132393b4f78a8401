"""What the metadata knows of blobs."""

from datetime import timedelta

import pytest

from core.ports.unit_of_work import Store
from core.records.integrity import BlobFault
from core.records.job import JobState
from tests.builders import START, dataset_version, job_request

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
LATER = START + timedelta(hours=1)


def fault(sha256: str = A) -> BlobFault:
    return BlobFault(sha256=sha256, found=B, size=5, at=START)


def test_a_fault_is_open_until_it_is_mended_and_noted_once(store: Store) -> None:
    with store.write() as work:
        assert work.blobs.note(fault())
        assert not work.blobs.note(fault())
        assert work.blobs.note(fault(C))
        work.commit()
    with store.read() as work:
        assert [item.sha256 for item in work.blobs.faults()] == [C, A]
    with store.write() as work:
        assert work.blobs.mend(A, LATER)
        assert not work.blobs.mend(A, LATER)
        assert work.blobs.note(fault())
        work.commit()
    with store.read() as work:
        assert [(item.sha256, item.mended_at) for item in work.blobs.faults(only_open=False)] == [
            (A, None),
            (C, None),
            (A, LATER),
        ]


def test_a_mark_keeps_its_first_moment_and_is_taken_or_spared_once(store: Store) -> None:
    with store.write() as work:
        assert work.blobs.mark({A, B}, START) == 2
        assert work.blobs.mark({B, C}, LATER) == 1
        work.commit()
    with store.write() as work:
        assert work.blobs.marks() == {A: START, B: START, C: LATER}
        assert (work.blobs.is_marked(A), work.blobs.is_marked("d" * 64)) == (True, False)
        assert not work.blobs.take(C, LATER)
        assert work.blobs.take(A, LATER)
        assert not work.blobs.take(A, LATER)
        assert work.blobs.spare([A, B]) == 1
        work.commit()
    with store.read() as work:
        assert work.blobs.marks() == {C: LATER}


def test_every_hash_in_any_row_is_a_reference(store: Store) -> None:
    profile = {"note": f"like {C}, not {'d' * 63} or {'e' * 65}"}
    with store.write() as work:
        work.datasets.add(dataset_version(reading=profile))
        work.blobs.note(fault("9" * 64))
        work.blobs.mark({"8" * 64}, START)
        work.commit()
    with store.read() as work:
        assert work.blobs.references(START) == {A, B, C}


@pytest.mark.parametrize(
    ("state", "since", "kept"),
    [
        (None, LATER, True),
        (JobState.SUCCEEDED, START, False),
        (JobState.FAILED, START, True),
        (JobState.FAILED, LATER, False),
    ],
)
def test_jobs_that_can_be_run_again_keep_their_bytes(
    store: Store, state: JobState | None, since: object, kept: bool
) -> None:
    with store.write() as work:
        job = work.jobs.add(job_request(payload={"sha256": A}), "local", START)
        if state is not None:
            taken = work.jobs.take(job.id, "w", START, 20.0)
            work.jobs.finish(job.id, taken.token, state, START)
        work.commit()
    with store.read() as work:
        assert (A in work.blobs.references(since)) is kept  # type: ignore[arg-type]
