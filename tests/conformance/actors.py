"""What other processes do in these tests."""

import multiprocessing
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Barrier
from typing import Any

from core.records.event import AuditEvent
from core.records.job import JobState
from storage.database import open_store
from tests.builders import START


def in_processes(count: int, actor: Callable[..., Any], *arguments: Any) -> list[Any]:
    """Run ``actor(number, *arguments)`` in ``count`` processes that start together; return their answers."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    barrier = context.Barrier(count)
    with context.Pool(count, initializer=line_up, initargs=(barrier,)) as pool:
        answers = pool.starmap(actor, [(number, *arguments) for number in range(count)], chunksize=1)
        pool.close()
        pool.join()
    return answers


def line_up(barrier: Barrier) -> None:
    barrier.wait()


def push_schedule(_number: int, url: str, id: str, times: int) -> None:
    """Move the schedule's next moment one second on, reading before writing."""
    store = open_store(url)
    for _ in range(times):
        with store.write() as work:
            before = work.schedules.get(id)
            assert before.next_at
            work.schedules.update(before.model_copy(update={"next_at": before.next_at + timedelta(seconds=1)}))
            work.commit()
    store.close()


def claim_all(number: int, url: str) -> list[tuple[str, int]]:
    """Claim and finish jobs until there are none; return (id, token) of each."""
    store = open_store(url)
    done = []
    while True:
        with store.write() as work:
            job = work.jobs.claim(f"worker-{number}", START, 60)
            work.commit()
        if job is None:
            break
        with store.write() as work:
            work.jobs.finish(job.id, job.token, JobState.SUCCEEDED, START)
            work.commit()
        done.append((job.id, job.token))
    store.close()
    return done


def append_events(number: int, url: str, times: int) -> None:
    """Append events whose hash tells their writer and whose ``previous`` is the hash of the head."""
    store = open_store(url)
    for turn in range(times):
        with store.write() as work:
            last, head = work.events.head()
            work.events.append(event(last + 1, previous=head, hash=f"{number}-{turn}"))
            work.commit()
    store.close()


def open_intervals(number: int, url: str, times: int) -> None:
    """Make versions champion, one after another."""
    from core.records.model import Alias

    store = open_store(url)
    for turn in range(times):
        with store.write() as work:
            moment = START + timedelta(seconds=turn)
            work.deployments.open("churn", Alias.CHAMPION, number + 1, "run", "b" * 64, "ann", "better", moment)
            work.commit()
    store.close()


def open_traffic(number: int, url: str) -> None:
    """Try to give a candidate its part in the traffic, unless another process was faster."""
    from core.errors import Conflict
    from tests.conformance.test_traffic import traffic

    store = open_store(url)
    with store.write() as work:
        try:
            work.traffic.open(traffic(version=number + 2))
            work.commit()
        except Conflict:
            pass
    store.close()


def event(number: int, **changes: Any) -> AuditEvent:
    fields: dict[str, Any] = {
        "number": number,
        "at": START,
        "actor": "ann",
        "action": "project.create",
        "project": "churn",
        "subject": "churn",
        "details": {"task": "binary"},
        "previous": "0" * 64,
        "hash": f"{number:064d}",
    }
    return AuditEvent(**{**fields, **changes})


def flat(answers: Sequence[Sequence[Any]]) -> list[Any]:
    return [item for answer in answers for item in answer]
