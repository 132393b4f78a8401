"""A study whose worker or processes are killed goes on: no trial is lost, none is done or recorded twice."""

import io
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from core.jobs.engines import groups
from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import JobState
from core.records.project import Task
from core.records.study import PruningKind, SamplerKind, Study, StudySpec, StudyState, Trial, TrialState
from core.records.training import RunStatus
from tests.core.training.test_service import csv
from tests.faults.test_reproduction_kill import until, worker

FOLDS = 3


@pytest.fixture
def started(platform: Platform) -> Iterator[list["subprocess.Popen[bytes]"]]:
    platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    platform.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(csv()), "customers.csv")
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        groups.end(process.pid)
        process.wait()


def submit(platform: Platform, trials: int, **changes: object) -> Study:
    project = platform.projects.get("churn")
    base = platform.training.spec(project, dataset=None, estimator="random_forest")
    space = platform.tuning.parse_space(project.task, "random_forest", {"n_estimators": "20:60", "max_depth": "2:9"})
    fields = {"base": base, "space": space, "trials": trials, "folds": FOLDS, "sampler": SamplerKind.RANDOM,
              "pruning": PruningKind.NONE, **changes}  # fmt: skip
    return platform.tuning.submit(LOCAL, StudySpec.model_validate(fields))


def kill_study(platform: Platform, study: Study, dice: random.Random) -> None:
    """Kill -9 the process of the study or one of its hands, if they are there now."""
    process = platform.queue.get(study.job_id or "").process
    inside = [one.pid for one in groups.members(process.pgid) if one.pid != process.pgid] if process else []
    if inside:
        victim = dice.choice(inside)
        if psutil.pid_exists(victim):
            os.kill(victim, signal.SIGKILL)


def kill(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def over(platform: Platform, study: Study) -> int:
    return sum(trial.state is not TrialState.RUNNING for trial in platform.tuning.trials(study.id))


def told(trials: list[Trial]) -> list[tuple[object, ...]]:
    return [(t.number, sorted(t.params.items()), t.state, t.scores, t.value) for t in trials]


def check(platform: Platform, study: Study, trials: int) -> None:
    """Every trial once, whole, and once in MLflow, below one run that is closed."""
    ended, found = platform.tuning.study(study.id), platform.tuning.trials(study.id)
    assert (ended.state, ended.done) == (StudyState.FINISHED, trials)
    assert [trial.number for trial in found] == list(range(trials))
    assert {(trial.state, len(trial.scores)) for trial in found} == {(TrialState.FINISHED, FOLDS)}
    (parent,) = platform.training.runs("churn")
    assert (parent.run_id, parent.status) == (ended.run_id, RunStatus.FINISHED)
    nested = platform.training.nested_runs("churn", parent.run_id)
    assert sorted(int(run.tags["pilothouse.trial"]) for run in nested) == list(range(trials))
    assert {run.run_id for run in nested} == {trial.run_id for trial in found}
    assert {run.status for run in nested} == {RunStatus.FINISHED}


def test_a_study_goes_on_after_its_worker_and_its_own_process_were_killed(platform: Platform, started):
    study = submit(platform, trials=6)
    started.append(worker(platform))
    until(lambda: over(platform, study) >= 1)
    kill_study(platform, study, random.Random(0))
    until(lambda: over(platform, study) >= 3)
    kill(started[0])
    started.append(worker(platform))
    until(lambda: platform.queue.get(study.job_id or "").state.is_finished)
    assert platform.queue.get(study.job_id or "").state is JobState.SUCCEEDED
    check(platform, study, 6)
    undisturbed = submit(platform, trials=6)
    kill(started[1])
    run_here(platform, undisturbed.job_id or "")
    assert told(platform.tuning.trials(study.id)) == told(platform.tuning.trials(undisturbed.id))


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("parallel", [1, 2])
def test_nothing_is_lost_or_done_twice_over_a_dozen_kills_at_random_moments(
    platform: Platform, started, parallel, capsys
):
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(2**32)))
    with capsys.disabled():
        sys.stdout.write(f" [KILL_SEED={seed}] ")
    dice = random.Random(seed)
    study = submit(platform, trials=40, parallel=parallel)
    started.append(worker(platform))
    for _ in range(12):
        before = over(platform, study)
        wanted = min(before + dice.randint(0, 3), 38)
        until(lambda wanted=wanted: over(platform, study) >= wanted)
        if dice.random() < 0.5:
            kill_study(platform, study, dice)
        else:
            kill(started[-1])
            started.append(worker(platform))
    until(lambda: platform.queue.get(study.job_id or "").state.is_finished)
    check(platform, study, 40)


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_a_time_budget_is_kept_over_kills(platform: Platform, started):
    study = submit(platform, trials=None, seconds=20)
    started.append(worker(platform))
    for wanted in (2, 4, 6):
        until(lambda wanted=wanted: over(platform, study) >= wanted)
        kill(started[-1])
        started.append(worker(platform))
    until(lambda: platform.queue.get(study.job_id or "").state.is_finished)
    ended = platform.tuning.study(study.id)
    assert ended.state is StudyState.FINISHED
    assert 20 <= ended.seconds < 25
