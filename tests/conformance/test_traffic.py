from datetime import timedelta
from typing import Any

import pytest

from core.errors import Conflict, ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.traffic import Guards, ServingTally, Traffic, TrafficEnd, TrafficMode
from tests.builders import START
from tests.conformance.actors import in_processes, open_traffic

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def traffic(**changes: Any) -> Traffic:
    fields: dict[str, Any] = {
        "id": 0,
        "project": "churn",
        "mode": TrafficMode.CANARY,
        "version": 2,
        "run_id": "run2",
        "bundle_sha256": "b" * 64,
        "share": 0.05,
        "sticky": "x-customer",
        "guards": Guards(minimum=50, errors=0.02, latency=None, loss=0.1),
        "since": START,
        "actor": "ann",
        "reason": "looks better",
    }
    return Traffic(**{**fields, **changes})


def tally(**changes: Any) -> ServingTally:
    fields: dict[str, Any] = {
        "project": "churn",
        "process": "p1",
        "minute": START,
        "version": 1,
        "cohort": "champion",
        "requests": 5,
        "refused": 1,
        "failed": 1,
        "rows": 3,
        "buckets": (1, 2) + (0,) * 12,
        "seconds": 0.004,
        "cpu_s": 1.5,
        "memory_mb": 210.5,
    }
    return ServingTally(**{**fields, **changes})


def test_an_interval_comes_back_as_it_was_given_with_a_number(store: Store) -> None:
    with store.write() as work:
        first = work.traffic.open(traffic())
        assert first == traffic(id=first.id)
        other = work.traffic.open(traffic(project="bikes", mode=TrafficMode.SHADOW, share=1.0))
        work.commit()
    with store.read() as work:
        assert work.traffic.current("churn") == first
        assert work.traffic.live() == [other, first]
    assert first.id < other.id


def test_a_second_one_has_to_wait_for_the_end_of_the_first(store: Store) -> None:
    with store.write() as work:
        first = work.traffic.open(traffic())
        work.commit()
    with store.write() as work, pytest.raises(Conflict, match="changed at the same moment"):
        work.traffic.open(traffic(version=3))
    with store.write() as work:
        closed = work.traffic.close("churn", TrafficEnd.ROLLED_BACK, "system", "it failed", START + HOUR)
        second = work.traffic.open(traffic(version=3, since=START + HOUR))
        work.commit()
    ended = {
        "until": START + HOUR,
        "end": TrafficEnd.ROLLED_BACK,
        "ended_by": "system",
        "end_reason": "it failed",
    }
    assert closed == first.model_copy(update=ended)
    with store.read() as work:
        assert work.traffic.history("churn") == [second, closed]
        assert work.traffic.current("churn") == second


def test_an_interval_never_ends_before_it_began_and_ends_once(store: Store) -> None:
    with store.write() as work:
        work.traffic.open(traffic())
        closed = work.traffic.close("churn", TrafficEnd.STOPPED, "ann", "", START - HOUR)
        assert closed is not None
        assert closed.until == START
        assert work.traffic.close("churn", TrafficEnd.STOPPED, "ann", "", START + HOUR) is None
        assert work.traffic.current("churn") is None
        assert work.traffic.live() == []


def test_a_project_that_is_not_there_has_no_traffic(store: Store) -> None:
    with store.write() as work, pytest.raises(ProjectNotFound):
        work.traffic.open(traffic(project="nope"))
    with store.read() as work:
        assert work.traffic.current("nope") is None
        assert work.traffic.history("nope") == []


def test_of_four_processes_that_start_one_at_once_one_succeeds(shared: Store, url: str) -> None:
    in_processes(4, open_traffic, url)
    with shared.read() as work:
        assert len(work.traffic.history("churn")) == 1


def test_a_tally_replaces_the_one_of_its_process_and_minute(store: Store) -> None:
    others = [
        tally(process="p2"),
        tally(minute=START + MINUTE),
        tally(version=2, cohort="canary"),
        tally(project="bikes"),
    ]
    with store.write() as work:
        work.tallies.put([tally(), *others, tally(project="nope")])
        work.commit()
    more = tally(requests=9, refused=2, failed=2, rows=5, buckets=(2, 3) + (0,) * 12, seconds=0.25)
    with store.write() as work:
        work.tallies.put([more])
        work.tallies.put([more])
        work.commit()
    with store.read() as work:
        found = work.tallies.find("churn", START)
        assert sorted(found, key=lambda one: (one.minute, one.process, one.version)) == [
            more,
            others[2],
            others[0],
            others[1],
        ]
        assert found[-1] == others[1]
        assert work.tallies.find("churn", START, START + MINUTE, ["canary"]) == [others[2]]
        assert work.tallies.find("churn", START + MINUTE, START + HOUR) == [others[1]]
        assert work.tallies.find("nope", START) == []


def test_old_tallies_go(store: Store) -> None:
    with store.write() as work:
        work.tallies.put([tally(), tally(minute=START + MINUTE)])
        assert work.tallies.expire(START + MINUTE) == 1
        assert work.tallies.expire(START + MINUTE) == 0
        work.commit()
    with store.read() as work:
        assert work.tallies.find("churn", START - HOUR) == [tally(minute=START + MINUTE)]


def test_tallies_do_not_tell_screens_to_read_everything_again(store: Store) -> None:
    before = store.revision()
    with store.write() as work:
        work.tallies.put([tally()])
        work.commit()
    assert store.revision() == before
    with store.read() as work:
        assert len(work.tallies.find("churn", START)) == 1
