import pytest

from core.errors import Conflict
from core.ports.unit_of_work import Store
from tests.conformance.actors import append_events, event, in_processes


def test_before_the_first_event_the_head_is_number_zero_with_an_empty_hash(store: Store) -> None:
    with store.read() as work:
        assert work.events.head() == (0, "0" * 64)


def test_events_come_back_as_they_were_stored_and_move_the_head(store: Store) -> None:
    events = [event(1), event(2, project=None, details={"rows": 3, "note": "ü"}), event(3, project="bikes")]
    with store.write() as work:
        for item in events:
            work.events.append(item)
        work.commit()
    with store.read() as work:
        assert work.events.head() == (3, events[2].hash)
        assert work.events.all() == events
        assert work.events.find() == events[::-1]
        assert work.events.find(limit=2) == [events[2], events[1]]
        assert work.events.find("churn") == [events[0]]


def test_a_taken_number_is_a_conflict(store: Store) -> None:
    with store.write() as work:
        work.events.append(event(1))
        with pytest.raises(Conflict, match="event 1 exists"):
            work.events.append(event(1, actor="bob"))
        assert work.events.all() == [event(1)]


def test_four_processes_never_fork_the_chain(shared: Store, url: str) -> None:
    in_processes(4, append_events, url, 25)
    with shared.read() as work:
        events = work.events.all()
    assert [item.number for item in events] == list(range(1, 101))
    assert [item.previous for item in events] == ["0" * 64, *(item.hash for item in events[:-1])]
    assert {item.hash for item in events} == {f"{number}-{turn}" for number in range(4) for turn in range(25)}
