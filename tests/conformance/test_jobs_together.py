"""Several processes and threads at one queue."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import create_engine, update

from core.ports.unit_of_work import Store
from core.records.job import JobState
from storage.tables import job as jobs
from tests.builders import START, job_request
from tests.conformance.actors import claim_all, flat, in_processes


def test_eight_processes_claim_each_of_200_jobs_once(shared: Store, url: str) -> None:
    with shared.write() as work:
        ids = {work.jobs.add(job_request(), "local", START).id for _ in range(200)}
        work.commit()
    done = flat(in_processes(8, claim_all, url))
    assert len(done) == 200
    assert {job_id for job_id, _ in done} == ids
    assert {token for _, token in done} == {1}
    with shared.read() as work:
        assert {job.state for job in work.jobs.find(limit=500)} == {JobState.SUCCEEDED}


def test_twenty_parallel_submits_with_one_key_make_one_job(store: Store) -> None:
    def submit(number: int) -> str:
        with store.write() as work:
            job = work.jobs.add(job_request(key="click", title=str(number)), "local", START)
            work.commit()
        return job.id

    with ThreadPoolExecutor(20) as threads:
        ids = set(threads.map(submit, range(20)))
    assert len(ids) == 1
    with store.read() as work:
        assert [job.id for job in work.jobs.find()] == list(ids)


def test_a_running_job_that_never_got_a_lease_is_claimed(shared: Store, url: str) -> None:
    with shared.write() as work:
        job_id = work.jobs.add(job_request(), "local", START).id
        work.jobs.claim("w1", START, 20)
        work.commit()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(update(jobs).values(lease_until=None))
    engine.dispose()
    with shared.write() as work:
        again = work.jobs.claim("w2", START + timedelta(seconds=1), 20)
        assert again is not None
        assert (again.id, again.attempt) == (job_id, 2)
