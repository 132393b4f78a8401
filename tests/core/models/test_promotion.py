from datetime import timedelta

import pytest

from core.errors import (
    AlreadyChampion,
    ChampionChanged,
    NeverChampion,
    NoEarlierChampion,
    ProjectNotFound,
    ReasonMissing,
)
from core.models import promotion
from core.models.promotion import NO_CHAMPION, Candidate
from core.records.model import Alias, Deployment
from storage.memory import MemoryStore
from tests.builders import START, project


def candidate(version: int = 1, **changes: str) -> Candidate:
    fields = {
        "project": "churn",
        "run_id": f"run{version}",
        "bundle_sha256": str(version) * 64,
        "action": "model.promote",
        "reason": "better",
        **changes,
    }
    return Candidate(version=version, **fields)


def interval(id: int, version: int, *, open: bool = False) -> Deployment:
    return Deployment(
        id=id,
        project="churn",
        alias=Alias.CHAMPION,
        version=version,
        run_id=f"run{version}",
        bundle_sha256=str(version) * 64,
        since=START,
        until=None if open else START,
        actor="ann",
        reason="better",
    )


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    with made.write() as work:
        work.projects.add(project())
        work.commit()
    return made


def switch(store: MemoryStore, wanted: Candidate, seen: int, later: float = 0, actor: str = "ann") -> Deployment:
    with store.write() as work:
        opened = promotion.switch(work, START + timedelta(seconds=later), actor, wanted, seen)
        work.commit()
    return opened


def test_a_switch_closes_the_old_interval_opens_the_new_one_and_records_it(store: MemoryStore) -> None:
    switch(store, candidate(1), NO_CHAMPION)
    opened = switch(store, candidate(2), 1, later=60)
    with store.read() as work:
        history = work.deployments.history("churn", Alias.CHAMPION)
        events = work.events.find("churn")
    assert history[0] == opened
    assert [(one.version, one.since, one.until) for one in history] == [
        (2, START + timedelta(seconds=60), None),
        (1, START, START + timedelta(seconds=60)),
    ]
    assert [(event.action, event.subject, event.details["from"]) for event in events] == [
        ("model.promote", "version 2", 1),
        ("model.promote", "version 1", None),
    ]


def test_a_switch_that_is_not_committed_leaves_nothing(store: MemoryStore) -> None:
    with store.write() as work:
        promotion.switch(work, START, "ann", candidate(1), NO_CHAMPION)
    with store.read() as work:
        assert work.deployments.history("churn", Alias.CHAMPION) == []
        assert work.events.all() == []


def test_of_two_who_decided_against_the_same_champion_the_second_is_told_who_was_first(store: MemoryStore) -> None:
    switch(store, candidate(1), NO_CHAMPION)
    switch(store, candidate(2), 1, actor="bob")
    with pytest.raises(ChampionChanged, match=r"bob made version 2 the champion of project 'churn'"):
        switch(store, candidate(3), 1)


def test_a_champion_taken_down_meanwhile_is_noticed(store: MemoryStore) -> None:
    with pytest.raises(ChampionChanged, match="no version"):
        switch(store, candidate(3), 1)


def test_the_champion_cannot_be_promoted_again(store: MemoryStore) -> None:
    switch(store, candidate(1), NO_CHAMPION)
    with pytest.raises(AlreadyChampion):
        switch(store, candidate(1), 1)


def test_a_project_deleted_meanwhile_is_noticed() -> None:
    with pytest.raises(ProjectNotFound):
        switch(MemoryStore(), candidate(1), NO_CHAMPION)


def test_a_clock_that_went_back_never_makes_an_interval_end_before_it_began(store: MemoryStore) -> None:
    switch(store, candidate(1), NO_CHAMPION)
    assert switch(store, candidate(2), 1, later=-60).since == START


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_a_reason_is_needed(reason: str) -> None:
    with pytest.raises(ReasonMissing, match="A promotion needs a reason"):
        promotion.stated(reason, "A promotion")


def test_the_champion_before_this_one_is_chosen() -> None:
    history = [interval(3, 2, open=True), interval(2, 2), interval(1, 1)]
    assert promotion.earlier("churn", history, None) == history[2]


def test_after_a_rollback_the_next_goes_back_to_what_was_rolled_back() -> None:
    history = [interval(3, 1, open=True), interval(2, 2), interval(1, 1)]
    assert promotion.earlier("churn", history, None).version == 2


def test_after_the_champion_was_taken_down_the_last_one_is_chosen() -> None:
    assert promotion.earlier("churn", [interval(1, 1)], None).version == 1


def test_a_named_version_is_taken_as_it_served_last() -> None:
    history = [interval(4, 3, open=True), interval(3, 1), interval(2, 2), interval(1, 1)]
    assert promotion.earlier("churn", history, 1).id == 3


@pytest.mark.parametrize("history", [[], [interval(1, 1, open=True)]])
def test_without_an_earlier_champion_there_is_nothing_to_roll_back_to(history: list[Deployment]) -> None:
    with pytest.raises(NoEarlierChampion):
        promotion.earlier("churn", history, None)


def test_a_version_that_never_served_cannot_be_rolled_back_to() -> None:
    with pytest.raises(NeverChampion, match="Version 9 of project 'churn' was never its champion"):
        promotion.earlier("churn", [interval(1, 1, open=True)], 9)


def test_rolling_back_to_the_champion_changes_nothing() -> None:
    with pytest.raises(AlreadyChampion):
        promotion.earlier("churn", [interval(1, 1, open=True)], 1)
