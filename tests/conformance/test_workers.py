from datetime import timedelta

import pytest

from core.ports.unit_of_work import Store
from core.records.job import WorkerBeat
from tests.builders import START

LATER = START + timedelta(seconds=20)


def beat(**changes: object) -> WorkerBeat:
    fields = {
        "worker": "w1",
        "host": "here",
        "pid": 42,
        "slots": 2,
        "leader": False,
        "started_at": START,
        "seen_at": START,
    }
    return WorkerBeat.model_validate({**fields, **changes})


def test_the_newest_beat_of_each_worker_is_kept(store: Store) -> None:
    with store.write() as work:
        work.workers.beat(beat())
        work.workers.beat(beat(worker="w2", seen_at=START + timedelta(seconds=5)))
        work.workers.beat(beat(leader=True, seen_at=LATER))
        work.commit()
    with store.read() as work:
        assert work.workers.all() == [
            beat(leader=True, seen_at=LATER),
            beat(worker="w2", seen_at=START + timedelta(seconds=5)),
        ]


def test_a_worker_that_left_is_forgotten(store: Store) -> None:
    with store.write() as work:
        work.workers.beat(beat())
        work.workers.leave("w1")
        work.workers.leave("never seen")
        assert work.workers.all() == []


def test_one_holder_leads_until_its_lease_ends(store: Store) -> None:
    with store.write() as work:
        assert work.workers.lead("scheduler", "w1", START, 20)
        assert not work.workers.lead("scheduler", "w2", LATER - timedelta(microseconds=1), 20)
        assert work.workers.lead("other", "w2", START, 20)
        assert work.workers.lead("scheduler", "w2", LATER, 20)
        assert not work.workers.lead("scheduler", "w1", LATER, 20)


def test_a_holder_that_asks_again_keeps_the_lease(store: Store) -> None:
    with store.write() as work:
        assert work.workers.lead("scheduler", "w1", START, 20)
        assert work.workers.lead("scheduler", "w1", START + timedelta(seconds=15), 20)
        assert not work.workers.lead("scheduler", "w2", LATER, 20)


@pytest.mark.parametrize(("who", "free"), [("w1", True), ("w2", False)])
def test_only_the_holder_can_resign(store: Store, who: str, free: bool) -> None:
    with store.write() as work:
        work.workers.lead("scheduler", "w1", START, 20)
        work.workers.resign("scheduler", who)
        assert work.workers.lead("scheduler", "w3", START, 20) is free
