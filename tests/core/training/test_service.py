"""Trainings from the form to the version."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.datasets.contracts.service import ContractService
from core.datasets.service import DatasetService
from core.errors import (
    ContractFails,
    DatasetNotFound,
    Denied,
    InvalidParameter,
    InvalidSpec,
    JobCancelled,
    LeaseLost,
    ProjectNotFound,
    TrackingUnavailable,
    UnknownEstimator,
)
from core.jobs.context import detached
from core.jobs.queue import JobQueue
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.contract import Draft, RangeCheck
from core.records.job import Job, JobKind
from core.records.model import Alias
from core.records.project import Project, Task
from core.records.training import RunStatus, Split, SplitKind, TrainingSpec
from core.settings import Settings
from core.training import bundle, environment, tables
from core.training.execution import ENVIRONMENT
from core.training.manifests import read_manifest
from core.training.service import TrainingService
from storage.memory import MemoryBlobs, MemoryStore, MemoryTracking
from tests.builders import FakeClock, project
from tests.core.training.tables import SMALL, customers

COLUMNS = ["tenure", "charges", "contract", "senior", "churn"]


def csv(**changes: object) -> bytes:
    table = customers()[COLUMNS].assign(day=customers()["day"].dt.strftime("%Y-%m-%d"), code="x", **changes)
    table["customer"] = [f"c-{row:04}" for row in range(len(table))]
    return table.to_csv(index=False).encode()


@dataclass
class House:
    """The services over memory, a project with a dataset, and the clock."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    tracking: MemoryTracking = field(default_factory=MemoryTracking)

    def __post_init__(self) -> None:
        self.datasets = DatasetService(self.store, self.blobs, self.clock)
        self.queue = JobQueue(self.store, self.clock, Settings(home=self.folder))
        self.training = TrainingService(self.store, self.blobs, self.tracking, self.datasets, self.queue, self.clock)
        self.project = self.add_project()
        self.add_data(csv())

    def add_project(self, **changes: object) -> Project:
        made = project(**changes)
        self.tracking.create_project(made.name)
        with self.store.write() as work:
            work.projects.add(made)
            work.commit()
        return made

    def add_data(self, content: bytes, name: str = "churn", dataset: str = "customers") -> None:
        self.datasets.add_version(LOCAL, name, dataset, io.BytesIO(content), "customers.csv")

    def spec(self, **changes: object) -> TrainingSpec:
        wanted = {"dataset": None, "estimator": "logistic_regression", **changes}
        return self.training.spec(wanted.pop("project", self.project), **wanted)

    def job(self, attempt: int = 1) -> Job:
        spec = self.spec()
        job = self.training.submit(LOCAL, spec, key="job")
        return job.model_copy(update={"attempt": attempt, "token": attempt})


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


class Interrupted:
    """A context in which something happens on entering a stage."""

    def __init__(self, job: Job, clock: FakeClock, stage: str, happen: Callable[[], None]) -> None:
        self.job, self.clock, self.told = job, clock, []
        self._stage, self._happen = stage, happen

    def progress(self, stage: str, fraction: float, message: str = "") -> None:
        self.told.append((stage, fraction))
        if stage == self._stage:
            self._happen()

    def check(self) -> None:
        pass

    def tell(self, figures: object) -> None:
        pass

    def fence(self, work: object) -> None:
        pass


def raising(error: BaseException) -> Callable[[], None]:
    def happen() -> None:
        raise error

    return happen


def test_features_by_default_leave_out_what_no_model_should_learn_from(house: House):
    version = house.datasets.resolve("churn", None)
    assert house.training.default_features(house.project, version) == ("tenure", "charges", "contract", "senior")
    with_roles = house.project.model_copy(update={"id_column": "tenure", "time_column": "charges"})
    assert house.training.default_features(with_roles, version) == ("contract", "senior")


def test_a_spec_is_filled_with_every_default(house: House):
    spec = house.spec(params={"C": 2})
    assert str(spec.dataset) == "customers@1"
    assert (spec.target, spec.positive, spec.metric, spec.seed) == ("churn", "Yes", "roc_auc", 0)
    assert spec.params == {
        "C": 2.0,
        "l1_ratio": 0.0,
        "class_weight": None,
        "solver": "lbfgs",
        "max_iter": 1000,
        "tol": 1e-4,
        "fit_intercept": True,
    }
    assert spec.split == Split()


def test_a_project_with_a_time_column_is_split_by_time(house: House):
    timed = house.project.model_copy(update={"time_column": "day"})
    assert house.spec(project=timed).split == Split(kind=SplitKind.TIME, time_column="day")
    assert house.training.split(timed, SplitKind.HOLDOUT, 0.3) == Split(test_size=0.3)
    with pytest.raises(InvalidSpec, match="has no time column"):
        house.training.split(house.project, SplitKind.TIME)
    with pytest.raises(InvalidSpec, match=r"between 0 and 1, not 1\."):
        house.training.split(house.project, SplitKind.HOLDOUT, 1.0)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"estimator": "oracle"}, UnknownEstimator, "no estimator 'oracle' for binary"),
        ({"estimator": "ridge"}, UnknownEstimator, "no estimator 'ridge' for binary"),
        ({"params": {"C": -1}}, InvalidParameter, "C=-1 of logistic_regression"),
        ({"params": {"l1_ratio": 0.5}}, InvalidParameter, "with l1_ratio above 0 the solver must be saga"),
        ({"dataset": "customers@9"}, DatasetNotFound, "customers@9"),
        ({"seed": -1}, InvalidSpec, "seed"),
        ({"features": ["tenure", "shoe size"]}, InvalidSpec, "customers@1 has no column 'shoe size'. It has: tenure,"),
        ({"features": ["tenure", "churn"]}, InvalidSpec, "target 'churn' is among the features"),
        ({"features": ["tenure", "tenure"]}, InvalidSpec, "named twice"),
        ({"features": []}, InvalidSpec, "no feature is left"),
        ({"features": ["day"]}, InvalidSpec, "'day' holds dates"),
        ({"metric": "rmse"}, InvalidSpec, "'rmse' is no metric of binary projects. Choose one of: roc_auc,"),
        ({"metric": "luck"}, InvalidSpec, "'luck' is no metric"),
        ({"split": Split(kind=SplitKind.TIME, time_column="hour")}, InvalidSpec, "no time column 'hour'"),
        ({"split": Split(kind=SplitKind.TIME, time_column="contract")}, InvalidSpec, "'contract' is"),
    ],
)
def test_bad_wishes_are_refused_before_anything_is_queued(house: House, changes, error, said):
    with pytest.raises(error) as caught:
        house.training.submit(LOCAL, house.spec(**changes))
    assert said in str(caught.value)
    assert house.queue.find() == []


@pytest.mark.parametrize(
    ("churn", "said"),
    [
        ("Yes", "is constant"),
        (["Yes"] + ["No"] * 239, "the class 'Yes' of the target 'churn' has one row only"),
        (["Yes", "No", "Maybe"] * 80, "has 3 classes"),
        (["left", "stayed"] * 120, "positive class 'Yes' is not in the target"),
        ([None] * 240, "is empty in every row"),
    ],
)
def test_targets_with_nothing_to_learn_are_refused_before_anything_is_queued(house: House, churn, said):
    house.add_data(csv(churn=churn))
    with pytest.raises(InvalidSpec, match=said):
        house.training.submit(LOCAL, house.spec())
    assert house.queue.find() == []


def test_a_dataset_without_the_target_is_refused(house: House):
    stale = house.spec()
    with house.store.write() as work:
        work.projects.replace(project(target="chrun"))
        work.commit()
    with pytest.raises(InvalidSpec, match=r"has no column 'chrun', the target\. Did you mean 'churn'\?"):
        house.training.check(stale.model_copy(update={"target": "chrun"}))
    with pytest.raises(InvalidSpec, match=r"predicts 'churn' \('Yes'\), but 'churn' predicts 'chrun' \('Yes'\) now"):
        house.training.check(stale)


def test_a_spec_of_another_task_or_project_is_refused(house: House):
    spec = house.spec()
    with pytest.raises(InvalidSpec, match="made for a regression project, but 'churn' is binary"):
        house.training.check(spec.model_copy(update={"task": Task.REGRESSION}))
    with pytest.raises(ProjectNotFound):
        house.training.check(spec.model_copy(update={"project": "elsewhere"}))


def test_a_job_carries_the_spec_and_the_same_key_makes_one_job(house: House):
    spec = house.spec(estimator="random_forest")
    jobs = [house.training.submit(LOCAL, spec, key="k") for _ in range(2)]
    assert jobs[0] == jobs[1]
    assert TrainingSpec.model_validate(jobs[0].payload) == spec
    assert (jobs[0].kind, jobs[0].title) == (JobKind.TRAIN, "Train Random forest on customers@1")


def test_who_may_not_train_is_refused(house: House):
    with pytest.raises(Denied):
        house.training.submit(Actor(name="vera", role=Role.VIEWER), house.spec())


def test_parameters_are_read_from_text(house: House):
    assert house.training.parse_params(Task.BINARY, "random_forest", {"max_depth": "8"}) == {"max_depth": 8}


def test_a_training_is_recorded_and_registered_as_challenger(house: House):
    job = house.job()
    context = Interrupted(job, house.clock, "", lambda: None)
    result = house.training.execute(house.spec(), context)
    run = house.training.run("churn", result.run_id)
    assert (run.status, run.job_id, run.version, run.dataset) == (RunStatus.FINISHED, job.id, 1, "customers@1")
    assert run.spec == house.spec()
    assert run.metrics["roc_auc"] == result.metrics["roc_auc"]
    assert "train_roc_auc" in run.metrics
    assert "train_roc_auc" not in result.metrics
    evaluation = house.training.evaluation(run)
    assert evaluation is not None
    assert evaluation.metrics == result.metrics
    version = house.tracking.version("churn", 1)
    assert (version.aliases, version.bundle_sha256) == ((Alias.CHALLENGER,), run.bundle_sha256)
    assert (version.job_id, version.estimator, version.dataset) == (job.id, "logistic_regression", "customers@1")
    manifest = read_manifest(house.blobs, version.bundle_sha256)
    assert (manifest.run_id, manifest.model_sha256) == (run.run_id, version.model_sha256)
    lock = house.tracking.document(run.run_id, ENVIRONMENT) or {}
    assert manifest.packages["numpy"] == lock["packages"]["numpy"]
    with house.store.read() as work:
        assert not work.deployments.is_proven(version.bundle_sha256, environment.answering())
        assert [event.subject for event in work.events.find("churn") if event.action == "version.register"] == [
            "version 1"
        ]


def test_the_rows_for_the_signature_show_every_gap_there_is(house: House, monkeypatch: pytest.MonkeyPatch):
    seen = []
    monkeypatch.setattr(house.tracking, "log_model", lambda run_id, model, example, *rest: seen.append(example))
    monkeypatch.setattr("core.training.execution.EXAMPLE_ROWS", 1)
    house.training.execute(house.spec(register_version=False), detached(house.job(), house.clock))
    assert seen[0].isna().any().to_dict() == {"tenure": False, "charges": True, "contract": True, "senior": True}
    assert len(seen[0]) <= 4


def test_a_job_that_was_taken_over_registers_nothing(house: House):
    context = Interrupted(house.job(), house.clock, "", lambda: None)
    context.fence = lambda work: raising(LeaseLost(id="j", token=1))()
    with pytest.raises(LeaseLost):
        house.training.execute(house.spec(), context)
    (run,) = house.training.runs("churn")
    assert run.status is RunStatus.KILLED
    assert house.tracking.versions("churn") == []


def test_the_first_error_is_told_even_when_the_run_cannot_be_closed(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(house.tracking, "finish_run", lambda *_: raising(TrackingUnavailable(problem="gone"))())
    context = Interrupted(house.job(), house.clock, "fit", raising(RuntimeError("broken")))
    with pytest.raises(RuntimeError, match="broken"):
        house.training.execute(house.spec(), context)


def test_stages_are_told_with_rising_fractions(house: House):
    context = Interrupted(house.job(), house.clock, "", lambda: None)
    house.training.execute(house.spec(), context)
    assert [stage for stage, _ in context.told] == ["read", "split", "fit", "evaluate", "record", "register"]
    fractions = [fraction for _, fraction in context.told]
    assert fractions == sorted(fractions)


def test_a_training_may_leave_the_registry_alone(house: House):
    result = house.training.execute(house.spec(register_version=False), detached(house.job(), house.clock))
    assert result.version is None
    assert house.tracking.versions("churn") == []
    assert house.training.run("churn", result.run_id).status is RunStatus.FINISHED


@pytest.mark.parametrize("stage", ["split", "fit", "evaluate", "record", "register"])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("broken"), RunStatus.FAILED),
        (JobCancelled(id="j"), RunStatus.KILLED),
        (LeaseLost(id="j", token=1), RunStatus.KILLED),
    ],
)
def test_a_training_that_ends_early_closes_its_run_and_registers_nothing(house: House, stage, error, status):
    with pytest.raises(type(error)):
        house.training.execute(house.spec(), Interrupted(house.job(), house.clock, stage, raising(error)))
    (run,) = house.training.runs("churn")
    assert run.status is status
    assert run.tags["pilothouse.error"] == str(error)
    assert house.tracking.versions("churn") == []


def test_a_second_attempt_closes_the_run_the_first_left_open(house: House):
    left = house.tracking.start_run(house.spec(), "x", {"pilothouse.job_id": house.job().id})
    result = house.training.execute(house.spec(), detached(house.job(attempt=2), house.clock))
    assert house.training.run("churn", left).status is RunStatus.KILLED
    assert result.run_id != left
    assert result.version == 1


def test_a_second_attempt_after_registering_makes_no_second_version(house: House, monkeypatch: pytest.MonkeyPatch):
    finish = house.tracking.finish_run
    monkeypatch.setattr(house.tracking, "finish_run", lambda *_: None)
    first = house.training.execute(house.spec(), detached(house.job(), house.clock))
    monkeypatch.setattr(house.tracking, "finish_run", finish)
    again = house.training.execute(house.spec(), detached(house.job(attempt=2), house.clock))
    assert again == first
    assert len(house.tracking.versions("churn")) == 1
    assert [run.status for run in house.training.runs("churn")] == [RunStatus.FINISHED]


def test_two_specs_of_one_job_are_two_runs(house: House):
    other = house.spec(params={"C": 0.5})
    for attempt in (1, 2):
        context = detached(house.job(attempt), house.clock)
        versions = [house.training.execute(spec, context).version for spec in (house.spec(), other)]
        assert versions == [1, 2]
    assert len(house.training.runs("churn")) == 2


def test_no_training_begins_that_could_not_be_recorded(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(house.tracking, "start_run", lambda *_: raising(TrackingUnavailable(problem="gone"))())
    with pytest.raises(TrackingUnavailable):
        house.training.execute(house.spec(), detached(house.job(), house.clock))
    assert house.training.runs("churn") == []


def test_a_training_shows_its_figures_before_it_is_registered(house: House):
    context = Interrupted(house.job(), house.clock, "", lambda: None)
    shown: list[object] = []
    context.tell = shown.append
    result = house.training.execute(house.spec(), context)
    assert shown == [result.metrics]


def test_a_stopped_process_leaves_a_run_that_says_so(house: House):
    context = Interrupted(house.job(), house.clock, "fit", raising(SystemExit(143)))
    with pytest.raises(SystemExit):
        house.training.execute(house.spec(), context)
    (run,) = house.training.runs("churn")
    assert (run.status, run.tags["pilothouse.error"]) == (RunStatus.KILLED, "The job was stopped.")


def test_a_run_is_cloned_with_one_value_changed(house: House):
    result = house.training.execute(house.spec(), detached(house.job(), house.clock))
    cloned = house.training.clone_spec("churn", result.run_id, {"C": 0.5}, seed=3)
    assert cloned == house.spec(params={"C": 0.5}, seed=3)
    assert house.training.clone_spec("churn", result.run_id) == house.spec()
    with pytest.raises(InvalidParameter):
        house.training.clone_spec("churn", result.run_id, {"C": -1.0})


@pytest.mark.parametrize("estimator", ["logistic_regression", "svm", "lightgbm", "xgboost"])
def test_the_loop_runs_on_real_mlflow_and_its_model_answers_from_the_store(platform: Platform, estimator: str):
    made = platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    platform.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(csv()), "customers.csv")
    spec = platform.training.spec(made, dataset=None, estimator=estimator, params=SMALL.get(estimator))
    job = platform.training.submit(LOCAL, spec)
    result = platform.training.execute(spec, detached(job, platform.clock))
    run = platform.training.run("churn", result.run_id)
    assert (run.status, run.spec, run.version, run.job_id) == (RunStatus.FINISHED, spec, 1, job.id)
    assert run.params["estimator"] == estimator
    assert {name: run.metrics[name] for name in result.metrics} == result.metrics
    evaluation = platform.training.evaluation(run)
    assert evaluation is not None
    assert evaluation.rows_test == 48
    manifest = read_manifest(platform.blobs, platform.tracking.version("churn", 1).bundle_sha256)
    frame = tables.to_frame(manifest, [row.features for row in manifest.probe])
    found = tables.score(manifest, bundle.load_pipeline(platform.blobs, manifest), frame)
    assert found.predictions == [row.prediction for row in manifest.probe]
    again = platform.training.execute(spec, detached(job.model_copy(update={"token": 2}), platform.clock))
    assert again == result
    assert len(platform.tracking.versions("churn")) == 1


def test_data_that_fails_its_contract_is_trained_on_only_with_a_reason_which_is_kept(house: House):
    draft = Draft(checks=(RangeCheck(column="tenure", maximum=-1),))
    contracts = ContractService(house.store, house.blobs, house.clock)
    contracts.set(LOCAL, "churn", "customers", draft)
    with pytest.raises(ContractFails, match="customers@1 fails its contract"):
        house.training.submit(LOCAL, house.spec())
    spec = house.spec(override="the outliers are real")
    job = house.training.submit(LOCAL, spec, key="once")
    assert house.training.submit(LOCAL, spec, key="once").id == job.id
    with house.store.read() as work:
        told = [event for event in work.events.find("churn") if event.action == "training.override"]
    assert [(event.subject, event.details["reason"]) for event in told] == [(job.id, "the outliers are real")]
    result = house.training.execute(spec, detached(job.model_copy(update={"attempt": 1, "token": 1})))
    tags = house.training.run("churn", result.run_id).tags
    assert tags["pilothouse.contract"] == "fails, contract 1"
    assert tags["pilothouse.contract_override"] == "the outliers are real"


def test_a_job_refuses_data_that_failed_its_contract_after_it_was_queued(house: House):
    job = house.training.submit(LOCAL, house.spec())
    contracts = ContractService(house.store, house.blobs, house.clock)
    contracts.set(LOCAL, "churn", "customers", Draft(checks=(RangeCheck(column="tenure", maximum=-1),)))
    spec = TrainingSpec.model_validate(job.payload)
    with pytest.raises(ContractFails):
        house.training.execute(spec, detached(job.model_copy(update={"attempt": 1, "token": 1})))
    assert house.training.runs("churn") == []
