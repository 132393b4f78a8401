"""Who may take part in the traffic, and how that ends."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import AppError, Denied, NoChampion, ReasonMissing, VersionNotFound
from core.models import promotion
from core.models.promotion import Candidate
from core.records.access import LOCAL, Actor, Role
from core.records.model import Alias, ModelVersion
from core.records.traffic import Guards, TrafficEnd, TrafficMode
from core.serving.faults import Faults
from core.serving.traffic import TrafficService
from core.serving_errors import InvalidTraffic, NoCandidate, OnlyChampion, TrafficChanged
from storage.memory import MemoryBlobs, MemoryStore
from storage.memory.tracking import MemoryTracking
from tests.builders import FakeClock, project
from tests.bundles import registered


class House:
    """A project with a champion, version 1, and a challenger, version 2."""

    def __init__(self) -> None:
        self.clock, self.store, self.blobs, self.tracking = FakeClock(), MemoryStore(), MemoryBlobs(), MemoryTracking()
        self.service = TrafficService(self.store, self.blobs, self.tracking, self.clock)
        with self.store.write() as work:
            work.projects.add(project())
            work.commit()
        self.first = registered(self.store, self.blobs, self.tracking, self.clock)
        self.second = registered(self.store, self.blobs, self.tracking, self.clock, flipped=True)
        self.promote(self.first)
        with self.store.write() as work:
            second = self.second
            work.deployments.open(
                "churn", Alias.CHALLENGER, 2, second.run_id, second.bundle_sha256, "ann", "r", self.clock.now()
            )
            work.commit()

    def promote(self, version: ModelVersion) -> None:
        with self.store.write() as work:
            seen = promotion.number(work.deployments.current("churn", Alias.CHAMPION))
            promotion.switch(work, self.clock.now(), "ann", Candidate.promoted(version, "better"), seen)
            work.commit()

    def start(self, mode: TrafficMode = TrafficMode.CANARY, **more: Any) -> Any:
        return self.service.start(LOCAL, "churn", mode, **{"reason": "looks good", "share": 0.1, **more})

    def events(self) -> list[tuple[str, str, str]]:
        with self.store.read() as work:
            found = work.events.find("churn", 100)
        return [(one.action, one.actor, one.subject) for one in reversed(found) if one.action.startswith("traffic")]


@pytest.fixture
def house() -> Iterator[House]:
    return House()


def test_the_challenger_takes_part_until_it_is_stopped_and_the_trail_has_both(house: House) -> None:
    started = house.start(sticky="X-Customer")
    assert (started.version, started.share, started.sticky, started.guards) == (2, 0.1, "x-customer", Guards())
    assert house.service.current("churn") == started
    ended = house.service.stop(LOCAL, "churn", reason="enough", expected=started.id)
    assert (ended.end, ended.ended_by, ended.end_reason) == (TrafficEnd.STOPPED, "local", "enough")
    assert house.service.current("churn") is None
    assert house.service.history("churn") == [ended]
    assert house.events() == [("traffic.start", "local", "version 2"), ("traffic.stop", "local", "version 2")]


def test_a_growing_share_replaces_the_interval_before(house: House) -> None:
    first = house.start()
    second = house.start(share=0.5, expected=first.id)
    ended = house.service.history("churn")[1]
    assert (ended.id, ended.end, ended.until) == (first.id, TrafficEnd.CHANGED, second.since)
    with pytest.raises(TrafficChanged, match="meanwhile local changed it"):
        house.start(share=0.9, expected=first.id)
    assert house.service.current("churn") == second


def test_guards_are_for_canaries_unless_they_are_given(house: House) -> None:
    none = Guards(errors=None, latency=None, loss=None)
    assert house.start(TrafficMode.AB).guards == none
    assert house.start(TrafficMode.SHADOW, share=1.0).guards == none
    assert house.start(TrafficMode.AB, guards=Guards(minimum=20)).guards == Guards(minimum=20)


def test_a_promotion_ends_the_part_of_whom_it_promotes_and_of_any_other(house: House) -> None:
    house.start()
    house.promote(house.second)
    assert house.service.history("churn")[0].end is TrafficEnd.PROMOTED
    house.start(version=1)
    third = registered(house.store, house.blobs, house.tracking, house.clock)
    house.promote(third)
    assert house.service.history("churn")[0].end is TrafficEnd.CHAMPION_CHANGED
    assert house.service.current("churn") is None


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"reason": " "}, ReasonMissing, "needs a reason"),
        ({"share": 0.0}, InvalidTraffic, "more than 0"),
        ({"share": 1.2}, InvalidTraffic, "more than 0"),
        ({"share": 1.0, "mode": TrafficMode.AB}, InvalidTraffic, "both sides"),
        ({"sticky": "x y"}, InvalidTraffic, "name of a header"),
        ({"version": 1}, InvalidTraffic, "is the champion"),
        ({"version": 9}, VersionNotFound, "9"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    house: House, given: dict[str, Any], error: type[AppError], told: str
) -> None:
    with pytest.raises(error, match=told):
        house.start(**given)
    assert house.service.history("churn") == []
    assert house.events() == []


def test_nobody_takes_part_beside_nobody(house: House) -> None:
    with house.store.write() as work:
        work.deployments.close("churn", Alias.CHALLENGER, house.clock.now())
        work.commit()
    with pytest.raises(NoCandidate):
        house.start()
    with pytest.raises(OnlyChampion):
        house.service.stop(LOCAL, "churn", reason="r")
    with house.store.write() as work:
        work.deployments.close("churn", Alias.CHAMPION, house.clock.now())
        work.commit()
    with pytest.raises(NoChampion):
        house.start(version=2)


def test_who_may_not_promote_may_not_divide_the_traffic(house: House) -> None:
    scientist = Actor(name="bo", role=Role.SCIENTIST)
    with pytest.raises(Denied):
        house.service.start(scientist, "churn", TrafficMode.CANARY, reason="r", share=0.1)
    started = house.start()
    with pytest.raises(Denied):
        house.service.stop(scientist, "churn", reason="r")
    assert house.service.current("churn") == started


def test_a_rollback_happens_once_and_only_to_the_traffic_that_was_judged(house: House) -> None:
    first = house.start()
    second = house.start(share=0.5)
    assert not house.service.roll_back(first, "it failed")
    assert house.service.roll_back(second, "it failed")
    assert not house.service.roll_back(second, "it failed")
    assert house.service.history("churn")[0].end is TrafficEnd.ROLLED_BACK
    assert house.events()[-1] == ("traffic.rollback", "system", "version 2")


def test_a_version_that_cannot_be_loaded_is_told_once_and_a_candidate_is_out(house: House) -> None:
    with house.store.read() as work:
        champion = work.deployments.current("churn", Alias.CHAMPION)
    for process in (Faults(house.store, house.clock), Faults(house.store, house.clock)):
        process.champion(champion, "its bytes are missing")
        process.champion(champion, "its bytes are missing")
    with house.store.read() as work:
        told = [one for one in work.events.find("churn", 100) if one.action == "model.load_failed"]
    assert [(one.subject, one.details["problem"]) for one in told] == [("version 1", "its bytes are missing")]
    started = house.start()
    Faults(house.store, house.clock).candidate(started, "its bytes are missing")
    Faults(house.store, house.clock).candidate(started, "its bytes are missing")
    ended = house.service.history("churn")[0]
    assert (ended.end, ended.end_reason) == (TrafficEnd.ROLLED_BACK, "It cannot be loaded: its bytes are missing")
    assert len(house.events()) == 2
