from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Role, SignInAttempt
from core.records.model import Alias
from tests.builders import START, dataset_version, job_request, project
from tests.conformance.actors import event
from tests.conformance.test_accounts import key, session, user
from tests.conformance.test_reports import report
from tests.conformance.test_schedules import firing, schedule
from tests.conformance.test_workers import beat

WRITES: dict[str, Callable[[UnitOfWork], object]] = {
    "projects.add": lambda work: work.projects.add(project(name="third")),
    "projects.delete": lambda work: work.projects.delete("churn"),
    "datasets.add": lambda work: work.datasets.add(dataset_version()),
    "jobs.add": lambda work: work.jobs.add(job_request(), "local", START),
    "jobs.claim": lambda work: work.jobs.claim("w1", START, 20),
    "jobs.take": lambda work: work.jobs.take(work.jobs.find()[0].id, "w1", START, 20),
    "jobs.request_cancel": lambda work: work.jobs.request_cancel(work.jobs.find()[0].id, START),
    "workers.beat": lambda work: work.workers.beat(beat()),
    "workers.leave": lambda work: work.workers.leave("w1"),
    "workers.lead": lambda work: work.workers.lead("scheduler", "w1", START, 20),
    "workers.resign": lambda work: work.workers.resign("scheduler", "w1"),
    "deployments.open": lambda work: work.deployments.open("churn", Alias.CHAMPION, 1, "r", "b", "a", "x", START),
    "deployments.close": lambda work: work.deployments.close("churn", Alias.CHAMPION, START),
    "reports.add": lambda work: work.reports.add(report()),
    "schedules.add": lambda work: work.schedules.add(schedule()),
    "schedules.update": lambda work: work.schedules.update(schedule(enabled=False)),
    "schedules.amend": lambda work: work.schedules.amend(firing()),
    "schedules.remove": lambda work: work.schedules.remove("s1"),
    "schedules.record": lambda work: work.schedules.record(firing()),
    "events.append": lambda work: work.events.append(event(1)),
    "accounts.add_user": lambda work: work.accounts.add_user(user(name="bob")),
    "accounts.set_role": lambda work: work.accounts.set_role("ann", Role.ADMIN),
    "accounts.set_disabled": lambda work: work.accounts.set_disabled("ann", disabled=True),
    "accounts.add_session": lambda work: work.accounts.add_session(session()),
    "accounts.touch_session": lambda work: work.accounts.touch_session("t1", START),
    "accounts.end_session": lambda work: work.accounts.end_session("t1"),
    "accounts.add_attempt": lambda work: work.accounts.add_attempt(SignInAttempt(user="ann", at=START)),
    "accounts.clear_attempts": lambda work: work.accounts.clear_attempts("ann"),
    "accounts.add_key": lambda work: work.accounts.add_key(key()),
    "accounts.revoke_key": lambda work: work.accounts.revoke_key("k1", START),
}


def names(store: Store) -> list[str]:
    with store.read() as work:
        return [item.name for item in work.projects.all()]


def add(store: Store, name: str) -> None:
    with store.write() as work:
        work.projects.add(project(name=name))
        work.commit()


def test_what_is_not_committed_is_undone(store: Store) -> None:
    with store.write() as work:
        work.projects.add(project(name="third"))
    assert names(store) == ["churn", "bikes"]


def test_an_exception_undoes_everything_and_goes_on_to_the_caller(store: Store) -> None:
    def fail() -> None:
        with store.write() as work:
            work.projects.add(project(name="third"))
            work.projects.delete("churn")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names(store) == ["churn", "bikes"]
    add(store, "fourth")
    assert names(store) == ["churn", "bikes", "fourth"]


def test_a_writer_sees_what_it_wrote_and_others_do_not_until_it_commits(store: Store) -> None:
    with store.write() as work:
        work.projects.add(project(name="third"))
        assert work.projects.get("third").name == "third"
        assert names(store) == ["churn", "bikes"]
        work.commit()
    assert names(store) == ["churn", "bikes", "third"]


def test_a_reader_keeps_seeing_the_moment_it_began_to_read(store: Store) -> None:
    with store.read() as work:
        before = work.projects.all()
        add(store, "third")
        assert work.projects.all() == before
    assert names(store) == ["churn", "bikes", "third"]


@pytest.mark.parametrize("write", WRITES)
def test_a_unit_of_work_that_reads_refuses_to_write(store: Store, write: str) -> None:
    with store.write() as work:
        work.jobs.add(job_request(), "local", START)
        work.schedules.add(schedule())
        work.accounts.add_user(user())
        work.deployments.open("churn", Alias.CHAMPION, 1, "r", "b", "a", "x", START)
        work.commit()
    before = store.revision()
    with store.read() as work, pytest.raises(RuntimeError, match="only reads cannot write"):
        WRITES[write](work)
    assert store.revision() == before


def test_a_unit_of_work_is_over_after_its_commit(store: Store) -> None:
    with store.write() as work:
        work.projects.add(project(name="third"))
        work.commit()
        with pytest.raises(RuntimeError, match="over"):
            work.projects.all()
        with pytest.raises(RuntimeError, match="over"):
            work.projects.add(project(name="fourth"))
        with pytest.raises(RuntimeError):
            work.commit()
    with pytest.raises(RuntimeError, match="opened once"), work:
        pass


def test_a_unit_of_work_that_reads_has_nothing_to_commit(store: Store) -> None:
    with store.read() as work, pytest.raises(RuntimeError):
        work.commit()


def test_the_revision_grows_with_each_commit_that_changed_something(store: Store) -> None:
    seen = [store.revision()]
    add(store, "third")
    seen.append(store.revision())
    with store.write() as work:
        work.jobs.add(job_request(), "local", START)
        work.jobs.claim("w1", START, 20)
        work.commit()
    seen.append(store.revision())
    assert seen == sorted(set(seen))


def test_the_revision_stands_still_while_nothing_is_changed(store: Store) -> None:
    before = store.revision()
    with store.write() as work:
        assert work.jobs.claim("w1", START, 20) is None
        work.commit()
    with store.write() as work:
        work.projects.add(project(name="undone"))
    names(store)
    assert store.revision() == before


def test_threads_share_a_store(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: add(store, f"p{number}"), range(40)))
    assert sorted(names(store)[2:]) == sorted(f"p{number}" for number in range(40))
