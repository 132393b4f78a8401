"""Judgements by the real services over stores in memory."""

import numpy as np
import pandas as pd
import pytest

from core.errors import Denied, ProjectNotFound, VersionNotFound
from core.jobs.context import detached
from core.jobs.run import run_here
from core.model_errors import GatesChanged, InvalidGates, NothingToJudge
from core.models.gates import policy
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.gate import GateDraft, GateResult, ParityGate, Standing, Verdict, VerdictOutcome
from core.records.job import JobKind, JobState
from core.records.model import Deployment
from core.records.project import Task
from core.training import environment
from tests.builders import FakeClock
from tests.core.monitoring.house import PROJECT, create, house, job_context, upload

ANN = Actor(name="ann", role=Role.APPROVER)
SAM = Actor(name="sam", role=Role.SCIENTIST)


def customers(rows: int = 1500, seed: int = 0) -> pd.DataFrame:
    """Customers who leave by age and plan, with a third column that says nothing."""
    rng = np.random.default_rng(seed)
    age, weight = rng.normal(40, 10, rows), rng.normal(70, 10, rows)
    plan = rng.choice(["basic", "gold"], size=rows)
    odds = (age - 40) / 6 + np.where(plan == "gold", 1.5, -1.5)
    left = np.where(rng.random(rows) < 1 / (1 + np.exp(-odds)), "yes", "no")
    return pd.DataFrame(
        {"id": np.arange(rows) + 10_000 * seed, "age": age, "plan": plan, "weight": weight, "left": left}
    )


def train(platform: Platform, *features: str, data: str = "customers@1", **changes: object) -> int:
    project = platform.projects.get(PROJECT)
    spec = platform.training.spec(project, dataset=data, estimator="logistic_regression", features=features, **changes)
    made = platform.training.execute(spec, job_context(platform, JobKind.TRAIN))
    assert made.version is not None
    return made.version


def judge(platform: Platform, version: int) -> Verdict:
    return platform.gates.execute(PROJECT, version, job_context(platform, JobKind.JUDGE))


def gate(verdict: Verdict, kind: str) -> GateResult:
    return next(one for one in verdict.gates if one.kind == kind)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """A shop whose versions are: 1 by age alone, 2 by age and plan, 3 like 1, 4 by weight alone; none serves."""
    platform = house(tmp_path_factory.mktemp("shop"), FakeClock())
    create(platform, Task.BINARY)
    upload(platform, customers())
    for features in (("age",), ("age", "plan"), ("age",), ("weight",)):
        train(platform, *features)
    return platform


@pytest.fixture
def serving(shop: Platform) -> Deployment:
    """Version 1 serves."""
    found = shop.models.champion(PROJECT)
    return found or shop.models.promote(LOCAL, PROJECT, 1, "first", override=True)


def test_the_first_version_needs_no_champion_to_be_promoted(tmp_path) -> None:
    platform = house(tmp_path, FakeClock())
    create(platform, Task.BINARY)
    upload(platform, customers(400))
    verdict = judge(platform, train(platform, "age", "plan"))
    assert (verdict.outcome, verdict.champion, verdict.policy) == (VerdictOutcome.PROMOTE, 0, 0)
    with platform.store.read() as work:
        assert work.deployments.is_proven(verdict.bundle_sha256, environment.answering())
    standings = {one.kind: one.standing.value for one in verdict.gates}
    assert standings == {
        "minimum": "passed",
        "not_worse": "not_applicable",
        "slices": "not_applicable",
        "calibration": "passed",
        "contract": "not_applicable",
        "latency": "passed",
        "size": "passed",
        "parity": "passed",
        "replay": "not_applicable",
    }
    assert platform.gates.in_force(PROJECT, 1) == verdict == platform.gates.verdict(verdict.id)
    event = platform.audit.events(LOCAL, PROJECT)[0]
    assert (event.action, event.subject, event.details["outcome"]) == ("version.judge", "version 1", "promote")


def test_a_better_version_is_promoted_a_tie_is_held_and_a_worse_one_rejected(shop, serving) -> None:
    better, tie, worse = judge(shop, 2), judge(shop, 3), judge(shop, 4)
    assert [one.outcome.value for one in (better, tie, worse)] == ["promote", "hold", "reject"]
    found = gate(better, "not_worse")
    assert found.rows == 300
    assert found.value == pytest.approx(shop.training.run(PROJECT, better.run_id).metrics["roc_auc"])
    assert found.champion == pytest.approx(shop.training.run(PROJECT, serving.run_id).metrics["roc_auc"])
    assert gate(tie, "not_worse").measured == 0.0
    assert gate(worse, "not_worse").certain
    assert tie.summary.endswith("A tie is no.")


def test_a_verdict_holds_while_champion_and_policy_are_those_it_was_given_by(shop, serving) -> None:
    verdict = judge(shop, 2)
    assert shop.gates.in_force(PROJECT, 2) == verdict
    set_ = shop.gates.set(ANN, PROJECT, GateDraft(gates=(ParityGate(),)), "only sound")
    assert shop.gates.in_force(PROJECT, 2) is None
    assert shop.gates.newest(PROJECT, 2) == verdict
    again = judge(shop, 4)
    assert (again.outcome, again.policy, len(again.gates)) == (VerdictOutcome.PROMOTE, set_.number, 1)
    shop.gates.set(ANN, PROJECT, GateDraft(gates=shop.gates.policies(PROJECT)[-1].gates), "as at first")


def test_rows_the_champion_learned_from_are_left_out(shop, serving) -> None:
    verdict = judge(shop, train(shop, "age", "plan", seed=5))
    found = gate(verdict, "not_worse")
    assert 40 < found.rows < 80 or found.rows == 300
    assert "the champion learned from" in found.sentence
    other = train(shop, "age", "plan", data=upload(shop, customers(3000, seed=1)))
    assert gate(judge(shop, other), "not_worse").rows == 600


def test_a_champion_that_needs_other_columns_cannot_be_compared(shop, serving) -> None:
    table = customers(seed=2).rename(columns={"age": "years"})
    verdict = judge(shop, train(shop, "years", "plan", data=upload(shop, table, "people")))
    found = gate(verdict, "not_worse")
    assert verdict.outcome is VerdictOutcome.HOLD
    assert "the champion needs 'age', which the challenger's data people@1 does not have" in found.sentence
    assert found.standing is Standing.FAILED


def test_altered_bytes_are_rejected_whatever_the_figures(tmp_path) -> None:
    platform = house(tmp_path, FakeClock())
    create(platform, Task.BINARY)
    upload(platform, customers(400))
    version = platform.models.version(PROJECT, train(platform, "age", "plan"))
    platform.blobs.overwrite(version.model_sha256, b"altered")
    verdict = judge(platform, version.version)
    assert verdict.outcome is VerdictOutcome.REJECT
    assert "do not match their hash" in gate(verdict, "parity").sentence


def test_what_serves_or_does_not_exist_is_not_judged(shop, serving) -> None:
    with pytest.raises(NothingToJudge):
        shop.gates.submit(LOCAL, PROJECT, serving.version)
    with pytest.raises(NothingToJudge):
        judge(shop, serving.version)
    with pytest.raises(VersionNotFound):
        shop.gates.submit(LOCAL, PROJECT, 99)
    with pytest.raises(ProjectNotFound):
        shop.gates.submit(LOCAL, "nope", 1)
    with pytest.raises(Denied):
        shop.gates.submit(Actor(name="eve", role=Role.VIEWER), PROJECT, 2)


def test_a_registered_version_is_judged_by_a_job_of_its_own(tmp_path) -> None:
    platform = house(tmp_path, FakeClock())
    create(platform, Task.BINARY)
    upload(platform, customers(300))
    spec = platform.training.spec(
        platform.projects.get(PROJECT), dataset=None, estimator="logistic_regression", features=("age", "plan")
    )
    done = run_here(platform, platform.training.submit(LOCAL, spec).id)
    (job,) = platform.queue.find(PROJECT, kinds=(JobKind.JUDGE,))
    assert (job.cause.id, job.payload, job.state) == (done.id, {"version": 1}, JobState.QUEUED)
    assert platform.gates.follow(done, 1) == job
    judged = run_here(platform, job.id)
    assert (judged.state, judged.result["outcome"]) == (JobState.SUCCEEDED, "promote")
    (verdict,) = platform.gates.verdicts(PROJECT, 1)
    assert verdict.id == judged.result["verdict"]
    again = platform.gates.execute(PROJECT, 1, detached(judged, platform.clock))
    assert platform.gates.verdicts(PROJECT, 1) == [verdict]
    assert again.id == verdict.id


def test_gates_are_set_by_those_who_may_and_every_version_is_kept(shop) -> None:
    draft = policy.parse("gates:\n- kind: parity\n- kind: minimum\n  metric: f1\n  bound: 0.4\n")
    with pytest.raises(Denied):
        shop.gates.set(SAM, PROJECT, draft)
    before = shop.gates.policy(PROJECT)
    made = shop.gates.set(ANN, PROJECT, draft, "why not", expected=before.number)
    assert (made.number, made.author, made.note) == (before.number + 1, "ann", "why not")
    assert shop.gates.set(ANN, PROJECT, draft) == made
    with pytest.raises(GatesChanged, match="ann set policy"):
        shop.gates.set(ANN, PROJECT, GateDraft(gates=(ParityGate(),)), expected=before.number)
    assert shop.gates.policies(PROJECT)[0] == made
    assert shop.gates.policies(PROJECT)[-1].number == 0
    assert policy.parse(policy.write(made)).gates == made.gates
    shop.gates.set(ANN, PROJECT, GateDraft(gates=before.gates), "as before")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a list of at least one gate"),
        ("gates: [", "it is no YAML"),
        ("- kind: magic", "there is no kind 'magic'. Kinds: minimum"),
        ("- 3", "there is no kind"),
        ("- kind: minimum\n  bound: .nan", "gate 1 (minimum), bound"),
        ("- kind: not_worse\n  margin: -1", "gate 1 (not_worse), margin"),
        ("- kind: size\n  most_kb: 3", "gate 1 (size), most_kb"),
        ("- kind: parity\n- kind: parity", "the gate 'parity' is there twice"),
    ],
)
def test_gates_that_cannot_be_read_say_where(text: str, said: str) -> None:
    with pytest.raises(InvalidGates) as refused:
        policy.parse(text)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- kind: minimum\n  metric: rmse", "'rmse' is no metric of binary projects"),
        ("- kind: slices\n  columns: [plann]", "has a column 'plann'. Did you mean 'plan'?"),
        ("- kind: fairness\n  columns: [left]", "groups of the target 'left'"),
        ("- kind: fairness\n  columns: [plan]\n  figure: mae", "'mae' cannot be compared"),
    ],
)
def test_gates_that_make_no_sense_for_the_project_are_refused(shop, text: str, said: str) -> None:
    with pytest.raises(InvalidGates) as refused:
        shop.gates.set(ANN, PROJECT, policy.parse(text))
    assert said in refused.value.message
