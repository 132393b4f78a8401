from datetime import timedelta
from itertools import pairwise

import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.model import Alias, AliasExpectation, Deployment
from tests.builders import START
from tests.conformance.actors import in_processes, open_intervals

HOUR = timedelta(hours=1)


def promote(
    work: UnitOfWork, version: int, hour: int, project: str = "churn", alias: Alias = Alias.CHAMPION
) -> Deployment:
    return work.deployments.open(
        project, alias, version, f"run{version}", "b" * 64, "ann", "better", START + hour * HOUR
    )


def test_a_new_interval_ends_the_one_before_at_the_same_moment(store: Store) -> None:
    with store.write() as work:
        first = promote(work, 1, 0)
        second = promote(work, 2, 1)
        work.commit()
    assert (first.version, first.since, first.until, first.actor, first.reason) == (1, START, None, "ann", "better")
    with store.read() as work:
        assert work.deployments.history("churn", Alias.CHAMPION) == [
            second,
            first.model_copy(update={"until": START + HOUR}),
        ]
        assert work.deployments.current("churn", Alias.CHAMPION) == second


def test_aliases_and_projects_do_not_touch_each_other(store: Store) -> None:
    with store.write() as work:
        promote(work, 1, 0)
        challenger = promote(work, 2, 1, alias=Alias.CHALLENGER)
        other = promote(work, 7, 2, project="bikes")
        current = work.deployments.current("churn", Alias.CHAMPION)
        assert current is not None
        assert current.version == 1
        assert work.deployments.current("churn", Alias.CHALLENGER) == challenger
        assert work.deployments.live() == [other, current]
        assert work.deployments.live(Alias.CHALLENGER) == [challenger]


def test_closing_gives_the_interval_that_ended_or_none(store: Store) -> None:
    with store.write() as work:
        assert work.deployments.close("churn", Alias.CHAMPION, START) is None
        promote(work, 1, 0)
        closed = work.deployments.close("churn", Alias.CHAMPION, START + HOUR)
        assert closed is not None
        assert closed.until == START + HOUR
        assert work.deployments.current("churn", Alias.CHAMPION) is None
        assert work.deployments.live() == []


@pytest.mark.parametrize(
    ("moment", "version"),
    [
        (START - timedelta(microseconds=1), None),
        (START, 1),
        (START + HOUR - timedelta(microseconds=1), 1),
        (START + HOUR, 2),
        (START + 2 * HOUR, None),
        (START + 3 * HOUR, 3),
        (START + 900 * HOUR, 3),
    ],
)
def test_the_past_tells_what_held_at_a_moment(store: Store, moment: object, version: int | None) -> None:
    with store.write() as work:
        promote(work, 1, 0)
        promote(work, 2, 1)
        work.deployments.close("churn", Alias.CHAMPION, START + 2 * HOUR)
        promote(work, 3, 3)
        held = work.deployments.at("churn", Alias.CHAMPION, moment)  # type: ignore[arg-type]
        assert (held.version if held else None) == version


def test_an_unknown_project_has_no_intervals_and_gets_none(store: Store) -> None:
    with store.write() as work:
        assert work.deployments.current("nope", Alias.CHAMPION) is None
        with pytest.raises(ProjectNotFound):
            promote(work, 1, 0, project="nope")


def test_four_processes_promoting_leave_one_open_interval_and_lose_none(shared: Store, url: str) -> None:
    in_processes(4, open_intervals, url, 25)
    with shared.read() as work:
        history = work.deployments.history("churn", Alias.CHAMPION)
    assert len(history) == 100
    assert [item.until is None for item in history] == [True] + [False] * 99
    for later, earlier in pairwise(history):
        assert earlier.until == later.since


def test_a_proof_counts_for_its_bundle_and_surroundings_only(store: Store) -> None:
    with store.write() as work:
        work.deployments.prove("b" * 64, "python 3.11", START)
        work.deployments.prove("b" * 64, "python 3.11", START + HOUR)
        work.commit()
    with store.read() as work:
        assert work.deployments.is_proven("b" * 64, "python 3.11")
        assert not work.deployments.is_proven("b" * 64, "python 3.12")
        assert not work.deployments.is_proven("c" * 64, "python 3.11")


def test_an_interval_names_its_verdict(store: Store) -> None:
    with store.write() as work:
        made = work.deployments.open(
            "churn", Alias.CHAMPION, 1, "r", "b" * 64, "ann", "so", START, verdict="v1", overridden=True
        )
        assert (made.verdict, made.overridden) == ("v1", True)
        assert work.deployments.current("churn", Alias.CHAMPION) == made
        assert not promote(work, 2, 1).overridden


def test_what_an_alias_may_say_is_kept_for_each_project_and_alias(store: Store) -> None:
    expected = AliasExpectation(project="churn", alias=Alias.CHAMPION, versions=(1, 2), noticed=5)
    with store.write() as work:
        assert work.deployments.expectation("churn", Alias.CHAMPION).versions == (0,)
        work.deployments.expect(expected.model_copy(update={"versions": (1,), "noticed": None}))
        work.deployments.expect(expected)
        with pytest.raises(ProjectNotFound):
            work.deployments.expect(expected.model_copy(update={"project": "nope"}))
        work.commit()
    with store.read() as work:
        assert work.deployments.expectation("churn", Alias.CHAMPION) == expected
        assert work.deployments.expectation("bikes", Alias.CHAMPION).versions == (0,)
        assert work.deployments.expectation("churn", Alias.CHALLENGER).noticed is None
