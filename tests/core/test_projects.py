"""Projects: checked, and known to the store and to MLflow alike."""

from typing import Any

import pytest

from core.errors import (
    Denied,
    InvalidName,
    InvalidProject,
    NameMissing,
    ProjectExists,
    ProjectIsAtWork,
    ProjectIsBusy,
    ProjectIsFixed,
    ProjectIsServing,
    ProjectNotFound,
    TrackingUnavailable,
)
from core.projects import ProjectService
from core.records.access import LOCAL, Actor, Role
from core.records.job import JobState
from core.records.model import Alias
from core.records.prediction import LoggedPrediction
from core.records.project import CostMatrix, Project, Task
from storage.memory import MemoryPredictionLog, MemoryStore
from storage.memory.tracking import MemoryTracking
from tests.builders import START, FakeClock, job_request, training_spec

SCIENTIST = Actor(name="ann", role=Role.SCIENTIST)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def tracking() -> MemoryTracking:
    return MemoryTracking()


@pytest.fixture
def log() -> MemoryPredictionLog:
    return MemoryPredictionLog()


@pytest.fixture
def projects(store: MemoryStore, tracking: MemoryTracking, log: MemoryPredictionLog) -> ProjectService:
    return ProjectService(store, tracking, (log,), FakeClock())


def create(projects: ProjectService, **changes: Any) -> Project:
    fields: dict[str, Any] = {"name": "churn", "task": Task.BINARY, "target": "churn", "positive": "Yes"}
    return projects.create(SCIENTIST, **{**fields, **changes})


def trail(store: MemoryStore) -> list[tuple[str, str, str]]:
    with store.read() as work:
        return [(event.actor, event.action, event.subject) for event in work.events.all()]


def serve(store: MemoryStore) -> None:
    with store.write() as work:
        work.deployments.open("churn", Alias.CHAMPION, 3, "run", "b" * 64, "ann", "best", START)
        work.commit()


def test_a_project_is_kept_with_everything_said_of_it(projects: ProjectService, store: MemoryStore) -> None:
    made = create(
        projects,
        id_column="customer id",
        time_column="signed up",
        metric="f1",
        cost_matrix=CostMatrix(true_positive=100.0, false_positive=-10.0),
        description="Who leaves?\x00",
    )
    assert made == Project(
        name="churn",
        task=Task.BINARY,
        target="churn",
        positive="Yes",
        id_column="customer id",
        time_column="signed up",
        metric="f1",
        cost_matrix=CostMatrix(true_positive=100.0, false_positive=-10.0),
        description="Who leaves?",
        created_at=START,
        created_by="ann",
    )
    assert projects.get("churn") == made
    assert projects.all() == [made]
    assert trail(store) == [("ann", "project.create", "churn")]


def test_a_project_can_be_trained_at_once(projects: ProjectService, tracking: MemoryTracking) -> None:
    create(projects)
    assert tracking.start_run(training_spec(), "first", {})


@pytest.mark.parametrize(
    ("task", "metric"), [(Task.BINARY, "roc_auc"), (Task.MULTICLASS, "accuracy"), (Task.REGRESSION, "rmse")]
)
def test_a_project_without_a_metric_gets_its_tasks_own(projects: ProjectService, task: Task, metric: str) -> None:
    assert create(projects, task=task, positive=None).metric == metric


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Churn",
        "a b",
        "../churn",
        "/etc/passwd",
        "churn/",
        "churn\n",
        ".",
        "..",
        "x" * 64,
        "chürn",
        "-x",
        "a.b",
        "%2e",
    ],
)
def test_a_name_of_another_shape_is_refused(projects: ProjectService, tracking: MemoryTracking, name: str) -> None:
    with pytest.raises(InvalidName):
        create(projects, name=name)
    assert projects.all() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"target": ""}, "the target is empty"),
        ({"target": " churn"}, "the target 'churn' is longer than 200 characters, has spaces around it"),
        ({"target": "a\nb"}, "control characters"),
        ({"target": "x" * 201}, "longer than 200 characters"),
        ({"id_column": "churn"}, "three different columns"),
        ({"id_column": "x", "time_column": "x"}, "three different columns"),
        ({"time_column": "a\tb"}, "the time column"),
        ({"positive": "a\x00b"}, "the positive class"),
        ({"metric": "rmse"}, "'rmse' is no metric of binary projects. Choose one of: roc_auc,"),
        ({"metric": "nonsense"}, "'nonsense' is no metric"),
        ({"task": Task.REGRESSION}, "a regression project has no positive class"),
        ({"task": Task.MULTICLASS, "positive": None, "cost_matrix": CostMatrix()}, "no cost matrix"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(
    projects: ProjectService, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidProject) as refused:
        create(projects, **changes)
    assert reason in refused.value.message
    assert projects.all() == []


def test_a_positive_class_may_begin_with_a_space_as_data_does(projects: ProjectService) -> None:
    assert create(projects, positive=" >50K").positive == " >50K"


def test_a_taken_name_is_refused(projects: ProjectService, store: MemoryStore) -> None:
    create(projects)
    with pytest.raises(ProjectExists):
        create(projects, target="other")
    assert len(trail(store)) == 1


def test_when_mlflow_fails_nothing_is_kept_and_the_next_try_succeeds(
    projects: ProjectService, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(self: MemoryTracking, project: str) -> None:
        raise TrackingUnavailable(problem="no answer")

    monkeypatch.setattr(MemoryTracking, "create_project", down)
    with pytest.raises(TrackingUnavailable):
        create(projects)
    assert (projects.all(), trail(store)) == ([], [])
    monkeypatch.undo()
    assert create(projects).name == "churn"


def test_when_the_store_fails_after_mlflow_the_next_try_takes_over(
    projects: ProjectService, tracking: MemoryTracking
) -> None:
    tracking.create_project("churn")
    assert create(projects) == projects.get("churn")


def test_a_deleted_project_leaves_its_name_free_and_only_the_audit_trail(
    projects: ProjectService, store: MemoryStore, tracking: MemoryTracking, log: MemoryPredictionLog
) -> None:
    create(projects)
    tracking.start_run(training_spec(), "first", {})
    answer = LoggedPrediction(
        prediction_id="p", at=START, version=1, features={}, prediction="Yes", score=None, latency_ms=1.0
    )
    log.append("churn", [answer])
    projects.delete(SCIENTIST, "churn")
    assert projects.all() == []
    assert log.count("churn") == 0
    create(projects)
    assert tracking.runs("churn") == []
    assert [event[1] for event in trail(store)] == ["project.create", "project.delete", "project.create"]


def test_a_serving_project_is_deleted_only_when_confirmed(projects: ProjectService, store: MemoryStore) -> None:
    create(projects)
    serve(store)
    with pytest.raises(ProjectIsServing, match="version 3"):
        projects.delete(SCIENTIST, "churn")
    assert [project.name for project in projects.all()] == ["churn"]
    projects.delete(SCIENTIST, "churn", confirmed=True)
    assert projects.all() == []
    with store.read() as work:
        assert work.deployments.live() == []


def test_a_project_with_a_running_job_is_deleted_once_that_is_over(
    projects: ProjectService, store: MemoryStore
) -> None:
    create(projects)
    with store.write() as work:
        job = work.jobs.add(job_request(project="churn", title="Train a tree"), "local", START)
        claimed = work.jobs.claim("worker", START, 20.0)
        work.commit()
    assert claimed is not None
    with pytest.raises(ProjectIsAtWork, match=rf"running: Train a tree \({job.id}\)\. Cancel them"):
        projects.delete(SCIENTIST, "churn", confirmed=True)
    assert projects.get("churn").name == "churn"
    with store.write() as work:
        work.jobs.finish(claimed.id, claimed.token, JobState.CANCELLED, START)
        work.commit()
    projects.delete(SCIENTIST, "churn")
    assert projects.all() == []


def test_when_mlflow_fails_to_delete_the_project_stays_to_be_deleted_again(
    projects: ProjectService, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(projects)

    def down(self: MemoryTracking, project: str) -> None:
        raise TrackingUnavailable(problem="no answer")

    monkeypatch.setattr(MemoryTracking, "delete_project", down)
    with pytest.raises(TrackingUnavailable):
        projects.delete(SCIENTIST, "churn")
    assert projects.get("churn").name == "churn"
    monkeypatch.undo()
    projects.delete(SCIENTIST, "churn")
    assert projects.all() == []


def test_a_delete_that_stopped_before_the_rows_is_finished_by_the_next(
    projects: ProjectService, tracking: MemoryTracking
) -> None:
    create(projects)
    tracking.delete_project("churn")
    projects.delete(SCIENTIST, "churn")
    assert projects.all() == []


def test_a_project_that_does_not_exist_is_named(projects: ProjectService) -> None:
    with pytest.raises(ProjectNotFound, match="'nothing'"):
        projects.get("nothing")
    with pytest.raises(ProjectNotFound):
        projects.delete(LOCAL, "nothing", confirmed=True)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER, Role.OPERATOR, Role.AUDITOR])
def test_only_those_who_may_manage_projects_do(projects: ProjectService, role: Role) -> None:
    actor = Actor(name="vic", role=role)
    with pytest.raises(Denied):
        projects.create(actor, name="churn", task=Task.REGRESSION, target="y")
    with pytest.raises(Denied):
        projects.delete(actor, "churn")


def test_what_was_said_wrongly_is_mended_and_the_change_is_in_the_trail(
    projects: ProjectService, store: MemoryStore
) -> None:
    create(projects, target="Ausfal", id_column="id")
    changed = projects.edit(SCIENTIST, "churn", target="Ausfall", positive="Ja", id_column="")
    assert (changed.target, changed.positive, changed.id_column, changed.metric) == ("Ausfall", "Ja", None, "roc_auc")
    assert projects.get("churn") == changed
    with store.read() as work:
        event = work.events.all()[-1]
    assert event.action == "project.edit"
    assert event.details == {"target": ["Ausfal", "Ausfall"], "positive": ["Yes", "Ja"], "id_column": ["id", None]}


def test_an_edit_that_changes_nothing_leaves_no_trace(projects: ProjectService, store: MemoryStore) -> None:
    made = create(projects)
    assert projects.edit(SCIENTIST, "churn", target="churn") == made
    assert len(trail(store)) == 1


def test_another_task_drops_what_it_cannot_have(projects: ProjectService) -> None:
    create(projects, cost_matrix=CostMatrix(true_positive=1.0))
    changed = projects.edit(SCIENTIST, "churn", task=Task.REGRESSION)
    assert (changed.positive, changed.cost_matrix, changed.metric) == (None, None, "rmse")


def test_an_edit_that_cannot_work_is_refused_whole(projects: ProjectService) -> None:
    made = create(projects, id_column="id")
    with pytest.raises(InvalidProject, match="three different columns"):
        projects.edit(SCIENTIST, "churn", target="id", description="other")
    assert projects.get("churn") == made


def test_what_models_answer_is_fixed_but_the_metric_is_not(
    projects: ProjectService, tracking: MemoryTracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(projects)
    monkeypatch.setattr(MemoryTracking, "versions", lambda self, project: [object()])
    with pytest.raises(ProjectIsFixed, match="has 1 model version, so the target and the positive class can no longer"):
        projects.edit(SCIENTIST, "churn", target="left", positive="No")
    assert projects.edit(SCIENTIST, "churn", metric="f1").metric == "f1"
    assert projects.edit(SCIENTIST, "churn", metric="").metric == "roc_auc"


def test_what_a_training_learns_is_not_changed_under_it(projects: ProjectService, store: MemoryStore) -> None:
    create(projects)
    with store.write() as work:
        job = work.jobs.add(job_request(), "local", START)
        work.commit()
    with pytest.raises(ProjectIsBusy):
        projects.edit(SCIENTIST, "churn", target="left")
    with store.write() as work:
        work.jobs.request_cancel(job.id, START)
        work.commit()
    assert projects.edit(SCIENTIST, "churn", target="left").target == "left"


@pytest.mark.parametrize(("given", "near"), [("Kredit Ausfall", "kredit-ausfall"), ("chürn", "churn")])
def test_a_refused_name_comes_with_the_nearest_that_works(projects: ProjectService, given: str, near: str) -> None:
    with pytest.raises(InvalidName, match=f"such as '{near}'"):
        create(projects, name=given)
    with pytest.raises(NameMissing, match="Give the project a name"):
        create(projects, name=" ")
