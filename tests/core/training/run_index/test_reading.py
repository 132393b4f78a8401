"""The index follows a real MLflow: new runs, ended ones, versions, notebooks, and what only a sweep can find."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from core.errors import NoSuchRun, RunNotFound
from core.records.access import Actor, Role
from core.records.run_index import RunKind
from core.records.run_query import RunQuestion
from core.records.training import RunStatus
from core.training.run_index import reading
from core.training.run_index.notes import RunNoteService
from core.training.run_index.query import read_field
from core.training.run_index.service import RunIndexService
from core.training_errors import InvalidNote
from storage.memory import MemoryStore
from storage.mlflow_gateway import MlflowGateway, prepare
from tests.builders import START, FakeClock, project, training_spec

ANN = Actor(name="ann", role=Role.SCIENTIST)
EXAMPLE = pd.DataFrame({"tenure": [1.0, 2.0]})


class House:
    """An index over a real MLflow, and an MLflow client as a notebook would have it."""

    def __init__(self, folder: Path) -> None:
        uri = f"sqlite:///{folder}/mlflow.db"
        self.clock, self.store = FakeClock(), MemoryStore()
        self.tracking = MlflowGateway(uri, folder / "artifacts")
        self.client = MlflowClient(uri, uri)
        with self.store.write() as work:
            work.projects.add(project())
            work.commit()
        self.tracking.create_project("churn")
        self.service = RunIndexService(self.store, self.tracking, self.clock)
        self.notes = RunNoteService(self.store, self.tracking, self.service.reading, self.clock)

    def notebook(self, **changes: object) -> str:
        experiment = self.client.get_experiment_by_name("churn")
        assert experiment is not None
        return str(self.client.create_run(experiment.experiment_id, run_name="nb", **changes).info.run_id)

    def ids(self, **changes: object) -> list[str]:
        self.service.refresh("churn")
        page = self.service.page("churn", RunQuestion.model_validate(changes))
        return [row.entry.run_id for row in page.rows]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("mlflow")
    prepare(f"sqlite:///{home}/mlflow.db", home)
    return home / "mlflow.db"


@pytest.fixture
def house(prepared: Path, tmp_path: Path) -> House:
    shutil.copy(prepared, tmp_path / "mlflow.db")
    return House(tmp_path)


def test_new_ended_and_registered_runs_arrive_and_nothing_is_written_twice(house: House) -> None:
    ours = house.tracking.start_run(training_spec(params={"C": 2.0}), "ours", {"pilothouse.job_id": "j"})
    assert house.ids() == [ours]
    house.tracking.log_metrics(ours, {"roc_auc": 0.75})
    house.tracking.finish_run(ours, RunStatus.FINISHED)
    theirs = house.notebook(tags={"team": "risk"})
    assert house.ids() == [theirs, ours]
    entry = house.service.entries([ours])[ours]
    assert (entry.status, entry.metrics, entry.params["C"]) == (RunStatus.FINISHED, {"roc_auc": 0.75}, "2.0")
    assert (entry.kind, entry.target, house.service.entries([theirs])[theirs].kind) == (
        RunKind.TRAINING,
        "churn",
        RunKind.OUTSIDE,
    )
    house.tracking.log_model(ours, b"model", EXAMPLE, np.array(["Yes", "No"]), [], ["x"], {})
    house.tracking.register("churn", ours, {"pilothouse.bundle_sha256": "b" * 64})
    house.ids()
    assert house.service.entries([ours])[ours].version == 1
    stood = house.store.revision()
    house.ids()
    assert house.store.revision() == stood


def test_nothing_is_read_while_mlflow_did_not_change(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = house.notebook()
    assert house.ids() == [run_id]
    monkeypatch.setattr(house.tracking, "open_runs", None)
    assert house.ids() == [run_id]


def test_a_process_that_looks_first_reads_nothing_that_the_last_sweep_saw(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = house.notebook()
    assert house.ids() == [first]
    house.service.reading.sweep("churn")
    another = RunIndexService(house.store, house.tracking, house.clock)
    with monkeypatch.context() as broken:
        broken.setattr(house.tracking, "open_runs", None)
        assert another.refresh("churn").whole
    second = house.notebook()
    another.refresh("churn")
    assert set(house.service.entries([second])) == {second}


def test_many_older_runs_are_read_in_pieces(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 2)
    at = int(START.timestamp() * 1000)
    starts = [at + step * 600_000 for step in (0, 1, 1, 1, 2, 3)]
    made = [house.notebook(start_time=start) for start in starts]
    for run_id, start in zip(made, starts, strict=True):
        house.client.set_terminated(run_id, end_time=start + 10)
    sizes = []
    while not house.service.refresh("churn").whole:
        sizes.append(house.service.page("churn", RunQuestion()).total)
    assert sizes == [2, 5]
    assert set(house.ids()) == set(made)


def test_a_sweep_finds_late_tags_deleted_and_backdated_runs(house: House) -> None:
    tagged, deleted = house.notebook(), house.notebook()
    for run_id in (tagged, deleted):
        house.client.set_terminated(run_id)
    assert set(house.ids()) == {tagged, deleted}
    house.client.set_tag(tagged, "team", "risk")
    house.client.delete_run(deleted)
    old = house.notebook(start_time=1)
    house.client.set_terminated(old, end_time=2)
    assert house.service.tidy() == ["churn: 3 runs were not as the index had them."]
    assert house.service.tidy() == []
    assert set(house.ids()) == {tagged, old}
    assert house.service.entries([deleted])[deleted].gone_at == START
    assert house.service.cursor("churn").tags == ("team",)


def test_a_run_that_was_open_and_is_gone_is_found_gone(house: House) -> None:
    run_id = house.notebook()
    assert house.ids() == [run_id]
    house.client.delete_run(run_id)
    assert house.ids() == []


def test_tags_and_descriptions_go_to_mlflow_and_are_known_at_once(house: House) -> None:
    run_id = house.notebook()
    house.ids()
    house.notes.tag(ANN, "churn", run_id, "team", "risk")
    house.notes.describe(ANN, "churn", run_id, " the good one ")
    assert house.client.get_run(run_id).data.tags["mlflow.note.content"] == "the good one"
    entry = house.service.entries([run_id])[run_id]
    assert (entry.tags, entry.note) == ({"team": "risk"}, "the good one")
    house.notes.remove_tag(ANN, "churn", run_id, "team")
    assert house.service.entries([run_id])[run_id].tags == {}
    with pytest.raises(InvalidNote, match="tags that begin with mlflow"):
        house.notes.tag(ANN, "churn", run_id, "mlflow.user", "x")
    house.client.delete_run(run_id)
    with pytest.raises(RunNotFound):
        house.notes.tag(ANN, "churn", run_id, "team", "x")
    with house.store.read() as work:
        assert [event.action for event in work.events.find("churn")] == ["run.tag_remove", "run.describe", "run.tag"]


def test_marks_comments_and_views_are_told_in_the_trail(house: House) -> None:
    run_id = house.notebook()
    house.ids()
    house.notes.star(ANN, "churn", [run_id])
    house.notes.archive(ANN, "churn", [run_id])
    made = house.notes.comment(ANN, "churn", run_id, "why so slow?")
    assert house.ids() == []
    assert house.ids(archived=True) == [run_id]
    assert house.notes.mark("churn", run_id).starred
    assert house.notes.comments(run_id) == [made]
    house.notes.remove_comment(ANN, made)
    house.notes.save_view(ANN, "churn", "slow", "q=took+%3E+60")
    assert [view.name for view in house.notes.views("churn")] == ["slow"]
    house.notes.remove_view(ANN, "churn", "slow")
    with house.store.read() as work:
        assert [event.action for event in work.events.find("churn")] == [
            "run_view.remove",
            "run_view.save",
            "run.comment_remove",
            "run.comment",
            "run.archive",
            "run.star",
        ]


def test_ids_are_completed_from_how_they_begin(house: House) -> None:
    run_id = house.notebook()
    house.ids()
    assert house.service.whole_id(run_id[:8]) == run_id
    with pytest.raises(NoSuchRun):
        house.service.whole_id("abc")
    with pytest.raises(NoSuchRun):
        house.service.whole_id("zzzz")


def test_groups_have_means_with_bands(house: House) -> None:
    for depth, auc in (("5", 0.5), ("5", 0.75), ("7", 0.8)):
        run_id = house.notebook()
        house.client.log_param(run_id, "max_depth", depth)
        house.client.log_metric(run_id, "roc_auc", auc)
    house.ids()
    found = house.service.groups("churn", RunQuestion(), read_field("params.max_depth"), ["roc_auc", "other"])
    assert [(group.value, group.runs, group.figures) for group in found] == [
        ("5", 2, {"roc_auc": (0.625, pytest.approx(0.1767766952966369), 2)}),
        ("7", 1, {"roc_auc": (0.8, 0.0, 1)}),
    ]


def test_the_first_run_of_a_project_that_was_looked_at_before_is_found_though_it_ended_unseen(house: House) -> None:
    assert house.ids() == []
    ours = house.tracking.start_run(training_spec(), "ours", {"pilothouse.job_id": "j"})
    house.tracking.finish_run(ours, RunStatus.FINISHED)
    assert house.ids() == [ours]
