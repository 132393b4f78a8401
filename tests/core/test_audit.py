"""The chain of audit events."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core import audit
from core.audit import AuditService, first_broken, seal
from core.errors import Denied
from core.records.access import LOCAL, Actor, Role
from core.records.event import NO_HASH, AuditEvent
from storage.memory import MemoryStore
from tests.builders import START, FakeClock

Trail = list[AuditEvent]


def write(store: MemoryStore, count: int, project: str | None = "churn") -> None:
    clock = FakeClock()
    for number in range(count):
        with store.write() as work:
            now = clock.advance(1.5)
            audit.record(work, now, "ann", "model.promote", project, f"churn v{number}", {"n": number, "x": 0.1})
            work.commit()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def trail(store: MemoryStore) -> Trail:
    write(store, 20)
    with store.read() as work:
        return work.events.all()


def test_the_first_event_has_number_one_and_a_hash_that_others_can_compute(store: MemoryStore) -> None:
    with store.write() as work:
        event = audit.record(work, START, "ann", "project.create", "churn", "Ünï", {"b": (1, 2), "a": None})
        work.commit()
    assert (event.number, event.previous) == (1, NO_HASH)
    assert event.details == {"a": None, "b": [1, 2]}
    canonical = (
        '{"action":"project.create","actor":"ann","at":"2026-03-02T09:00:00.000000+00:00",'
        '"details":{"a":null,"b":[1,2]},"number":1,"previous":"' + "0" * 64 + '","project":"churn",'
        '"subject":"\\u00dcn\\u00ef"}'
    )
    assert event.hash == audit.hashlib.sha256(canonical.encode()).hexdigest()


def test_each_event_names_the_hash_of_the_one_before(trail: Trail) -> None:
    assert [event.number for event in trail] == list(range(1, 21))
    assert [event.previous for event in trail[1:]] == [event.hash for event in trail[:-1]]
    assert first_broken(trail) is None
    assert first_broken([]) is None


def test_an_event_that_is_not_committed_leaves_no_gap(store: MemoryStore) -> None:
    write(store, 1)
    with store.write() as work:
        audit.record(work, START, "ann", "project.create", None, "lost", {})
    write(store, 1)
    with store.read() as work:
        assert first_broken(work.events.all()) is None
        assert len(work.events.all()) == 2


def test_facts_that_json_cannot_carry_are_not_recorded(store: MemoryStore) -> None:
    with store.write() as work, pytest.raises(ValueError, match="JSON"):
        audit.record(work, START, "ann", "run.end", None, "run", {"loss": float("nan")})


def edited(trail: Trail, dice: random.Random) -> int:
    place = dice.randrange(len(trail))
    changes: list[dict[str, Any]] = [
        {"actor": "bob"},
        {"action": "model.rollback"},
        {"project": None},
        {"subject": "churn v99"},
        {"details": {"n": -1, "x": 0.1}},
        {"details": {**trail[place].details, "more": True}},
        {"at": trail[place].at + timedelta(microseconds=1)},
        {"number": 77},
        {"previous": "f" * 64},
        {"hash": "f" * 64},
    ]
    trail[place] = trail[place].model_copy(update=dice.choice(changes))
    return place + 1


def edited_and_sealed_again(trail: Trail, dice: random.Random) -> int:
    place = dice.randrange(len(trail) - 1)
    forged = trail[place].model_copy(update={"subject": "churn v99"})
    trail[place] = forged.model_copy(update={"hash": seal(forged)})
    return place + 2


def removed(trail: Trail, dice: random.Random) -> int:
    place = dice.randrange(len(trail) - 1)
    del trail[place]
    return place + 1


def swapped(trail: Trail, dice: random.Random) -> int:
    first, second = sorted(dice.sample(range(len(trail)), 2))
    trail[first], trail[second] = trail[second], trail[first]
    return first + 1


def inserted(trail: Trail, dice: random.Random) -> int:
    place = dice.randrange(1, len(trail))
    forged = trail[place].model_copy(update={"subject": "never happened", "previous": trail[place - 1].hash})
    trail.insert(place, forged.model_copy(update={"hash": seal(forged)}))
    return place + 2


MUTATIONS: list[Callable[[Trail, random.Random], int]] = [
    edited,
    edited_and_sealed_again,
    removed,
    swapped,
    inserted,
]


def test_two_hundred_random_forgeries_are_each_found_where_they_are(trail: Trail) -> None:
    dice = random.Random(20260302)
    for turn in range(200):
        forged = list(trail)
        mutation = MUTATIONS[turn % len(MUTATIONS)]
        place = mutation(forged, dice)
        assert first_broken(forged) == place, (turn, mutation.__name__)


def test_a_cut_off_end_and_a_trail_written_anew_are_found_by_an_anchor_kept_elsewhere(trail: Trail) -> None:
    anchor = (20, trail[-1].hash)
    assert first_broken(trail, anchor) is None
    assert first_broken(trail[:15]) is None
    assert first_broken(trail[:15], anchor) == 16
    other = MemoryStore()
    write(other, 20, project="another")
    with other.read() as work:
        anew = work.events.all()
    assert first_broken(anew) is None
    assert first_broken(anew, anchor) == 20


def test_the_service_reads_newest_first_by_project_and_verifies_all(store: MemoryStore, trail: Trail) -> None:
    write(store, 2, project=None)
    service = AuditService(store)
    assert [event.number for event in service.events(LOCAL, limit=3)] == [22, 21, 20]
    assert [event.number for event in service.events(LOCAL, project="churn", limit=2)] == [20, 19]
    assert service.verify(LOCAL) is None
    head = service.head(LOCAL)
    assert head[0] == 22
    assert service.verify(LOCAL, head) is None
    assert service.verify(LOCAL, (22, "f" * 64)) == 22
    assert AuditService(MemoryStore()).head(LOCAL) == (0, NO_HASH)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.AUDITOR, Role.ADMIN}))
def test_only_auditors_and_administrators_read_the_trail(store: MemoryStore, role: Role) -> None:
    service, actor = AuditService(store), Actor(name="ann", role=role)
    for deed in (service.events, service.verify, service.head):
        with pytest.raises(Denied):
            deed(actor)
