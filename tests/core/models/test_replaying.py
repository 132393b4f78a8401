"""Replays by the real services over stores in memory."""

from datetime import timedelta

import numpy as np
import pytest

from core.errors import Denied, VersionNotFound
from core.model_errors import NothingToJudge, TooFewToReplay
from core.models.replaying import findings, scoring
from core.models.replaying.scoring import Scored
from core.models.replaying.service import ReplayService
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.gate import GateDraft, ReplayGate, Standing
from core.records.job import JobKind
from core.records.prediction import LoggedPrediction
from core.records.project import Task
from core.records.replay import Replay, ReplayRequest
from storage.memory import MemoryBlobs, MemoryPredictionLog
from tests import bundles
from tests.builders import START, FakeClock, project
from tests.core.models.gates.test_service import customers, gate, judge, train
from tests.core.monitoring.house import PROJECT, create, house, job_context, upload


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Version 1 serves by age and answered 400 requests, of which 60 were labelled; 2 knows the plan, 3 is like 1."""
    platform = house(tmp_path_factory.mktemp("shop"), FakeClock())
    create(platform, Task.BINARY)
    upload(platform, customers())
    for features in (("age",), ("age", "plan"), ("age",)):
        train(platform, *features)
    platform.models.promote(LOCAL, PROJECT, 1, "first", override=True)
    table = customers(400, seed=3)
    rows = table[["age", "plan"]].to_dict(orient="records")
    champion = scoring.Scorer(platform.blobs, platform.models.version(PROJECT, 1).bundle_sha256, "v1")
    shares = champion.score(rows, lambda _: None).scores[:, 1]
    logged = [
        LoggedPrediction(
            prediction_id=f"p{number}",
            at=START + timedelta(seconds=number),
            version=1,
            features=row,
            prediction="yes" if share >= 0.5 else "no",
            score=share,
            latency_ms=1.0,
        )
        for number, (row, share) in enumerate(zip(rows, shares, strict=True))
    ]
    platform.log.append(PROJECT, logged)
    shadow = logged[0].model_copy(update={"prediction_id": "s", "cohort": "shadow"})
    platform.log.append(PROJECT, [shadow])
    truths = [{"prediction_id": f"p{number}", "label": table["left"][number]} for number in range(60)]
    platform.labels.add(LOCAL, PROJECT, truths)
    return platform


def run(platform: Platform, version: int, **request: object) -> Replay:
    wanted = ReplayRequest(version=version, **request)
    return platform.replays.execute(PROJECT, wanted, job_context(platform, JobKind.REPLAY))


def test_a_challenger_that_knows_more_flips_answers_both_ways(shop: Platform) -> None:
    found = run(shop, 2)
    seen = found.findings
    assert (seen.rows, seen.logged_as_champion, seen.refused) == (400, 400, 0)
    assert {(flip.before, flip.after) for flip in seen.flips} == {("no", "yes"), ("yes", "no")}
    assert sum(flip.rows for flip in seen.flips) == round(seen.flip_share * 400)
    assert seen.low < seen.flip_share < seen.high
    assert seen.psi > 0
    assert 0 < seen.ks <= 1
    assert seen.segments[0].name.startswith("plan is") or seen.segments[0].name.startswith("age is")
    assert sum(one.champion for one in seen.scores) == pytest.approx(1.0)
    assert (seen.labels.metric, seen.labels.rows) == ("roc_auc", 60)
    assert seen.labels.gain == pytest.approx(seen.labels.challenger - seen.labels.champion)
    assert seen.ms > 0
    assert (found.since, found.until) == (START, START + timedelta(seconds=399))
    assert shop.replays.replays(PROJECT, 2)[0] == found
    assert shop.audit.events(LOCAL, PROJECT)[0].action == "version.replay"


def test_a_model_that_is_the_same_flips_nothing(shop: Platform) -> None:
    seen = run(shop, 3).findings
    assert (seen.flip_share, seen.flips, seen.moved, seen.psi, seen.ks, seen.segments) == (0.0, (), 0.0, 0.0, 0.0, ())
    assert seen.labels.gain == 0.0


def test_the_last_requests_or_those_of_a_time_are_taken(shop: Platform) -> None:
    assert run(shop, 2, last=150).findings.rows == 150
    part = run(shop, 2, since=START + timedelta(seconds=100), until=START + timedelta(seconds=300))
    assert (part.findings.rows, part.since) == (200, START + timedelta(seconds=100))
    with pytest.raises(TooFewToReplay, match="Only 50 answers were logged in that time"):
        run(shop, 2, since=START + timedelta(seconds=350))
    with pytest.raises(TooFewToReplay, match="No answer was logged"):
        run(shop, 2, since=START + timedelta(days=9))


def test_requests_that_lack_what_the_challenger_needs_are_counted_and_named(shop: Platform) -> None:
    version = train(shop, "age", "weight")
    with pytest.raises(TooFewToReplay, match=r"can answer 0 of 400 .*Most often: weight is missing \(400\)"):
        run(shop, version)


def test_what_cannot_be_replayed_is_refused_before_a_job_is_queued(shop: Platform) -> None:
    with pytest.raises(NothingToJudge):
        shop.replays.submit(LOCAL, PROJECT, ReplayRequest(version=1))
    with pytest.raises(VersionNotFound):
        shop.replays.submit(LOCAL, PROJECT, ReplayRequest(version=99))
    with pytest.raises(Denied):
        shop.replays.submit(Actor(name="eve", role=Role.VIEWER), PROJECT, ReplayRequest(version=2))


def test_an_empty_log_is_told_before_a_job_is_queued(shop: Platform) -> None:
    log = MemoryPredictionLog()
    service = ReplayService(shop.store, shop.blobs, shop.tracking, log, shop.queue, shop.clock)
    with pytest.raises(TooFewToReplay, match=r"No answer was logged .* at least 100 are needed"):
        service.submit(LOCAL, PROJECT, ReplayRequest(version=2))


def test_the_gate_speaks_from_its_least_on_and_makes_the_replay_it_needs(shop: Platform) -> None:
    before = shop.gates.policy(PROJECT)
    shop.gates.set(LOCAL, PROJECT, GateDraft(gates=(ReplayGate(least=1000),)))
    silent = gate(judge(shop, 2), "replay")
    assert (silent.standing, "1,000" in silent.sentence) == (Standing.NOT_APPLICABLE, True)
    shop.gates.set(LOCAL, PROJECT, GateDraft(gates=(ReplayGate(least=400, most=0.01),)))
    strict = gate(judge(shop, 2), "replay")
    assert (strict.standing, strict.certain, strict.rows) == (Standing.FAILED, False, 400)
    assert strict.measured == shop.replays.replays(PROJECT, 2)[0].findings.flip_share
    assert {part.name for part in strict.parts} == {"no → yes", "yes → no"}
    shop.gates.set(LOCAL, PROJECT, GateDraft(gates=(ReplayGate(least=400, most=0.9),)))
    assert gate(judge(shop, 3), "replay").standing is Standing.PASSED
    shop.gates.set(LOCAL, PROJECT, GateDraft(gates=before.gates))


def test_a_replay_is_made_anew_when_much_was_logged_since_or_it_looked_at_too_little(shop: Platform) -> None:
    version, serving = shop.models.version(PROJECT, 3), shop.models.champion(PROJECT)
    assert serving is not None
    whole = run(shop, 3)
    assert shop.replays.current(version, serving, 10_000, 100) == whole
    few = run(shop, 3, last=150)
    assert shop.replays.current(version, serving, 10_000, 100) is None
    assert shop.replays.current(version, serving, 200, 100) == few
    assert shop.replays.current(version, serving, 200, 200) is None
    old = run(shop, 3, until=START + timedelta(seconds=250))
    assert old.findings.rows == 250
    assert shop.replays.current(version, serving, 250, 100) is None
    assert judged_anew(shop, old)


def judged_anew(shop: Platform, old: Replay) -> bool:
    """The gate does not go by the old replay, and says what it went by."""
    before = shop.gates.policy(PROJECT)
    shop.gates.set(LOCAL, PROJECT, GateDraft(gates=(ReplayGate(least=200, most=0.9),)))
    told = gate(judge(shop, 3), "replay")
    shop.gates.set(LOCAL, PROJECT, GateDraft(gates=before.gates))
    assert told.sentence.endswith(f"Requests until {START + timedelta(seconds=399):%Y-%m-%d %H:%M} UTC, "
                                  f"replayed {shop.clock.now():%Y-%m-%d %H:%M} UTC.")  # fmt: skip
    return shop.replays.replays(PROJECT, 3)[0].id != old.id and told.rows == 400


def test_requests_are_held_against_the_inputs_of_the_model() -> None:
    manifest = bundles.stored(MemoryBlobs()).manifest
    fine = {"tenure": 3, "monthly charges": None, "plan": "gold"}
    records = [
        fine,
        {**fine, "tenure": "three"},
        {**fine, "plan": None},
        {"tenure": 1, "plan": "gold"},
        {**fine, "tenure": True},
    ]
    mask, faults = scoring.fitting(manifest, records)
    assert mask.tolist() == [True, False, False, False, False]
    assert {(fault.field, fault.problem, fault.rows) for fault in faults} == {
        ("tenure", "is no integer", 2),
        ("plan", "may not be null", 1),
        ("monthly charges", "is missing", 1),
    }


def test_a_number_flips_when_it_moves_by_a_tenth_of_the_spread() -> None:
    before = np.arange(101.0)
    after = before + np.where(np.arange(101) < 10, 9.1, np.where(np.arange(101) > 95, -20.0, 0.0))
    of = project(task=Task.REGRESSION, positive=None, metric="rmse")
    empty = np.empty((101, 0))
    both = findings.Both(of, (), Scored(before, empty), Scored(after, empty), None)
    flips = {(flip.before, flip.after): flip.rows for flip in findings.directions(both)}
    assert flips == {("lower", "higher"): 10, ("higher", "lower"): 5}
    found = findings.labelled(both, [float(value) for value in before])
    assert (found.rows, found.champion) == (101, 0.0)
    assert found.gain == -found.challenger
