"""The index of runs: the same answers from memory, SQLite and PostgreSQL."""

from datetime import timedelta

import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.run_index import RunCursor, RunEntry, RunKind, RunMark
from core.records.run_query import FieldGroup, RunField, RunQuestion
from core.records.training import RunStatus
from core.training.run_index.query import read, read_field
from tests.builders import START, run_entry

LATER = START + timedelta(days=1)
RUNS = (
    run_entry(
        run_id="a1",
        params={"max_depth": "5", "class_weight": "None"},
        metrics={"roc_auc": 0.75, "log_loss": 0.5},
        tags={"team": "risk", 'od"d': "x"},
        version=3,
    ),
    run_entry(
        run_id="b2",
        name="Second",
        estimator="random_forest",
        dataset="customers@2",
        params={"max_depth": "12", "grow fast": "yes"},
        metrics={"roc_auc": 0.875},
        note="the 100% one",
        started_at=LATER,
        finished_at=None,
        took=None,
        status=RunStatus.RUNNING,
        author="bob",
    ),
    run_entry(
        run_id="c3",
        name="notebook",
        kind=RunKind.OUTSIDE,
        estimator=None,
        dataset=None,
        params={"max_depth": "deep"},
        metrics={"val.loss": 1e-05},
        started_at=LATER,
        took=120.0,
    ),
    run_entry(run_id="d4", kind=RunKind.TRIAL, parent_id="a1", metrics={"roc_auc": 0.99}),
    run_entry(run_id="e5", project="bikes", metrics={"roc_auc": 0.9}),
)


def filled(store: Store, *entries: RunEntry) -> None:
    with store.write() as work:
        work.run_index.put(entries or RUNS)
        work.run_notes.set_mark(RunMark(project="churn", run_id="a1", starred=True))
        work.commit()


def asked(store: Store, where: str = "", **changes: object) -> list[str]:
    question = RunQuestion.model_validate({"where": read(where), **changes})
    with store.read() as work:
        page = work.run_index.page("churn", question, 0, 100)
    assert page.total == len(page.rows)
    return [row.entry.run_id for row in page.rows]


QUERIES = {
    "": ["c3", "b2", "a1"],
    "metrics.roc_auc > 0.8": ["b2"],
    "metrics.roc_auc >= 0.75 and params.max_depth <= 10": ["a1"],
    "metrics.roc_auc != 0.75": ["b2"],
    "not metrics.roc_auc = 0.75": ["c3", "b2"],
    "metrics.roc_auc is null or metrics.log_loss < 1": ["c3", "a1"],
    "metrics.val.loss < 0.001": ["c3"],
    "params.max_depth = 12": ["b2"],
    "params.max_depth = 'deep'": ["c3"],
    "params.max_depth != 5": ["c3", "b2"],
    "params.max_depth in (5, 'deep')": ["c3", "a1"],
    "params.max_depth not in (5, 'deep')": ["b2"],
    "params.`grow fast` = 'yes'": ["b2"],
    "params.class_weight is not null": ["a1"],
    "params.class_weight != 'balanced'": ["a1"],
    'tags.team = "risk"': ["a1"],
    "tags.`od\"d` contains 'X'": ["a1"],
    'data = "customers@2"': ["b2"],
    'data = "customers"': ["b2", "a1"],
    'data != "customers"': [],
    "data is null": ["c3"],
    'estimator in ("ridge", "random_forest")': ["b2", "a1"],
    "name contains 'SEC'": ["b2"],
    "note contains '100%'": ["b2"],
    "note is null": ["c3", "a1"],
    "version = 3": ["a1"],
    "version is null": ["c3", "b2"],
    "took > 60": ["c3"],
    "started > '2026-03-02T12:00'": ["c3", "b2"],
    "finished is null": ["b2"],
    "status = 'running'": ["b2"],
    "kind = 'outside' or starred = true": ["c3", "a1"],
    "starred = false": ["c3", "b2"],
    "(author = 'ann' and not (kind = 'outside')) or author = 'bob'": ["b2", "a1"],
}


def test_a_query_finds_what_it_says(store: Store) -> None:
    filled(store)
    assert {where: asked(store, where) for where in QUERIES} == QUERIES


ORDERS = {
    ("metrics.roc_auc", True): ["b2", "a1", "c3"],
    ("metrics.roc_auc", False): ["a1", "b2", "c3"],
    ("params.max_depth", True): ["b2", "a1", "c3"],
    ("took", False): ["a1", "c3", "b2"],
    ("tags.team", True): ["a1", "c3", "b2"],
    ("started", False): ["a1", "c3", "b2"],
    ("starred", True): ["a1", "c3", "b2"],
}


def test_runs_come_in_order_and_those_without_the_field_last(store: Store) -> None:
    filled(store)
    found = {(name, down): asked(store, order=read_field(name), descending=down) for name, down in ORDERS}
    assert found == ORDERS


def test_words_are_found_wherever_they_stand(store: Store) -> None:
    filled(store)
    assert asked(store, words=("RISK",)) == ["a1"]
    assert asked(store, words=("max_depth=12", "bob")) == ["b2"]
    assert asked(store, words=("100%",)) == ["b2"]
    assert asked(store, words=("100_",)) == []


def test_nested_and_archived_runs_come_only_when_asked_for(store: Store) -> None:
    filled(store)
    with store.write() as work:
        work.run_notes.set_mark(RunMark(project="churn", run_id="b2", archived=True))
        work.commit()
    assert asked(store) == ["c3", "a1"]
    assert asked(store, archived=True) == ["c3", "b2", "a1"]
    assert asked(store, "archived = true", archived=True) == ["b2"]
    assert asked(store, "metrics.roc_auc > 0.9", nested=True) == ["d4"]


def test_a_page_is_part_of_the_answer(store: Store) -> None:
    filled(store)
    with store.read() as work:
        page = work.run_index.page("churn", RunQuestion(), 1, 1)
    assert ([row.entry.run_id for row in page.rows], page.total) == (["b2"], 3)


def test_values_come_in_order_each_of_its_kind(store: Store) -> None:
    filled(store)
    fields = [read_field(name) for name in ("id", "metrics.roc_auc", "params.max_depth", "version", "started")]
    with store.read() as work:
        found = work.run_index.values("churn", RunQuestion(), fields)
    assert found == [
        ("c3", None, "deep", None, LATER.isoformat()),
        ("b2", 0.875, 12.0, None, LATER.isoformat()),
        ("a1", 0.75, 5.0, 3, START.isoformat()),
    ]


def test_an_entry_comes_back_as_it_was_put_and_only_changes_count(store: Store) -> None:
    with store.write() as work:
        assert work.run_index.put(RUNS) == 5
        assert work.run_index.put([RUNS[0], run_entry(run_id="b2")]) == 1
        work.commit()
    with store.read() as work:
        found = work.run_index.find(["a1", "b2", "nope"])
        assert found == {"a1": RUNS[0], "b2": run_entry(run_id="b2")}
        assert work.run_index.versions("churn") == {"a1": 3}
        assert work.run_index.open_ids("churn") == set()


def test_a_deleted_run_is_told_of_but_not_listed(store: Store) -> None:
    filled(store)
    with store.write() as work:
        assert work.run_index.gone("churn", ["a1", "e5"], LATER) == 1
        assert work.run_index.gone("churn", ["a1"], LATER) == 0
        work.commit()
    assert asked(store) == ["c3", "b2"]
    with store.read() as work:
        assert work.run_index.find(["a1"])["a1"].gone_at == LATER
        assert work.run_index.ids("churn") == {"b2", "c3", "d4"}


def test_ids_are_known_by_how_they_begin(store: Store) -> None:
    filled(store, run_entry(run_id="abc1"), run_entry(run_id="abc2"), run_entry(run_id="a%c"))
    with store.read() as work:
        assert work.run_index.beginning("abc", 10) == ["abc1", "abc2"]
        assert work.run_index.beginning("abc", 1) == ["abc1"]
        assert work.run_index.beginning("a%", 10) == ["a%c"]


def test_the_cursor_is_kept(store: Store) -> None:
    moved = RunCursor(project="churn", newest=LATER, whole=True, metrics=("a", "b"), swept_at=START, swept_mark="m")
    with store.write() as work:
        assert work.run_index.cursor("churn") == RunCursor(project="churn")
        work.run_index.move(moved)
        work.commit()
    with store.read() as work:
        assert work.run_index.cursor("churn") == moved
        assert work.run_index.cursor("bikes") == RunCursor(project="bikes")


def test_everything_goes_with_the_project(store: Store) -> None:
    filled(store)
    with store.write() as work:
        work.run_index.move(RunCursor(project="churn", whole=True))
        work.projects.delete("churn")
        work.commit()
    with store.read() as work:
        assert set(work.run_index.find([entry.run_id for entry in RUNS])) == {"e5"}
        assert work.run_notes.mark("a1") is None
        assert work.run_index.cursor("churn") == RunCursor(project="churn")


def test_runs_of_an_unknown_project_are_refused(store: Store) -> None:
    with store.write() as work:
        with pytest.raises(ProjectNotFound):
            work.run_index.put([run_entry(project="nope")])
        with pytest.raises(ProjectNotFound):
            work.run_index.move(RunCursor(project="nope"))


def test_a_reader_cannot_put_runs(store: Store) -> None:
    with store.read() as work, pytest.raises(RuntimeError):
        work.run_index.put(RUNS)


def test_a_field_is_read_as_addresses_have_it() -> None:
    assert read_field("params.grow fast") == RunField(group=FieldGroup.PARAMS, name="grow fast")
    assert str(read_field("metrics.val.loss")) == "metrics.val.loss"
