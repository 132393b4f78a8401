import numpy as np
import pytest

from core.models.gates import figures, ledger
from core.records.gate import CalibrationGate, MinimumGate, NotWorseGate, Standing, VerdictOutcome
from core.records.project import Task
from core.training import intervals
from core.training.measures import Outcome, measure_one
from tests.builders import project
from tests.core.models.gates.cases import ACTUAL, case, noisy, outcome


def test_a_tie_is_no_and_a_margin_makes_it_a_yes() -> None:
    same = case(noisy(1.0), noisy(1.0))
    found = figures.not_worse(NotWorseGate(), same)
    assert (found.standing, found.measured, found.low, found.high) == (Standing.FAILED, 0.0, 0.0, 0.0)
    assert found.sentence.endswith("A tie is no.")
    assert ledger.outcome_of([found]) is VerdictOutcome.HOLD
    assert figures.not_worse(NotWorseGate(margin=0.001), same).standing is Standing.PASSED


def test_the_lower_end_of_the_gain_decides() -> None:
    better = figures.not_worse(NotWorseGate(), case(noisy(2.0), noisy(0.5)))
    assert better.standing is Standing.PASSED
    assert 0 < better.low < better.measured < better.high
    assert better.measured == pytest.approx(better.value - better.champion)
    unsure = figures.not_worse(NotWorseGate(), case(noisy(1.1, seed=4), noisy(1.0)))
    assert (unsure.standing, unsure.certain) == (Standing.FAILED, False)
    assert unsure.low <= 0 < unsure.high
    assert "not sure" in unsure.sentence


def test_what_is_surely_worse_is_rejected() -> None:
    worse = figures.not_worse(NotWorseGate(margin=0.01), case(noisy(0.3), noisy(2.0)))
    assert (worse.standing, worse.certain) == (Standing.FAILED, True)
    assert worse.high < -0.01 == worse.threshold
    assert ledger.outcome_of([worse]) is VerdictOutcome.REJECT


def test_a_gain_is_positive_for_figures_of_which_less_is_better() -> None:
    found = figures.not_worse(NotWorseGate(metric="log_loss"), case(noisy(2.0), noisy(0.5)))
    assert found.value < found.champion
    assert found.measured == pytest.approx(found.champion - found.value)
    assert found.low > 0


def test_the_interval_of_the_gain_is_narrower_than_those_of_the_figures() -> None:
    first, second = noisy(1.0), outcome(np.clip(noisy(1.0).score + 0.01 * (2 * ACTUAL - 1), 0.0, 1.0))
    low, high = intervals.paired(first, second, "roc_auc", 0).band
    bands, _ = intervals.bootstrap(second, 0, {"roc_auc": measure_one(second, "roc_auc")})
    assert high - low < (bands["roc_auc"][1] - bands["roc_auc"][0]) / 3


def test_many_rows_are_compared_on_some_of_them_with_the_interval_shrunk() -> None:
    rng = np.random.default_rng(0)
    actual = rng.normal(size=40_000)
    first, second = (
        Outcome(Task.REGRESSION, actual, actual + scale * rng.normal(size=len(actual)), np.empty((40_000, 0)), None)
        for scale in (1.0, 0.9)
    )
    found = intervals.paired(first, second, "rmse", 0)
    assert found.difference == pytest.approx(-0.1, abs=0.02)
    spread = found.band[1] - found.band[0]
    assert found.band[0] < found.difference < found.band[1] < 0
    assert spread == pytest.approx(2 * 1.96 * np.sqrt((1 + 0.81) / 2 / 40_000), rel=0.2)


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss"])
def test_what_is_not_a_number_fails(metric: str) -> None:
    broken = noisy(1.0)
    broken.scores[3, 1] = np.nan
    for found in (
        figures.not_worse(NotWorseGate(metric=metric), case(broken, noisy(1.0))),
        figures.not_worse(NotWorseGate(metric=metric), case(noisy(1.0), broken)),
        figures.minimum(MinimumGate(metric=metric, bound=0.1), case(broken)),
    ):
        assert (found.standing, found.certain, found.measured) == (Standing.FAILED, True, None)
        assert "not a number" in found.sentence
    assert figures.calibration(CalibrationGate(), case(broken)).standing is Standing.FAILED
    one_class = outcome(np.full(60, 0.7), np.ones(60, dtype=np.int64))
    assert figures.minimum(MinimumGate(), case(one_class)).standing is Standing.FAILED


def test_a_bound_must_be_cleared_by_the_whole_interval() -> None:
    found = figures.minimum(MinimumGate(bound=0.5), case(noisy(1.0)))
    assert found.standing is Standing.PASSED
    assert found.low < found.value < found.high
    near = figures.minimum(MinimumGate(bound=found.value - 0.001), case(noisy(1.0)))
    assert (near.standing, near.certain) == (Standing.FAILED, False)
    above = figures.minimum(MinimumGate(bound=0.9999), case(noisy(1.0)))
    assert (above.standing, above.certain) == (Standing.FAILED, True)
    less = figures.minimum(MinimumGate(metric="log_loss", bound=5.0), case(noisy(1.0)))
    assert (less.standing, less.wanted) == (Standing.PASSED, "below")


@pytest.mark.parametrize(
    ("metric", "bound"), [("roc_auc", 0.5), ("accuracy", 0.5), ("log_loss", np.log(2)), ("brier", 0.25)]
)
def test_without_a_bound_the_best_constant_answer_is_to_be_beaten(metric: str, bound: float) -> None:
    found = figures.minimum(MinimumGate(metric=metric), case(noisy(1.0)))
    assert found.threshold == pytest.approx(bound)
    assert found.standing is Standing.PASSED
    empty = figures.minimum(MinimumGate(metric=metric), case(noisy(0.0)))
    assert empty.standing is Standing.FAILED


def test_a_regression_must_beat_the_mean() -> None:
    actual = np.arange(100.0)
    answered = Outcome(Task.REGRESSION, actual, actual + 1, np.empty((100, 0)), None)
    told = case(answered, project=project(task=Task.REGRESSION, positive=None, metric="rmse"))
    found = figures.minimum(MinimumGate(), told)
    assert (found.value, found.threshold) == (pytest.approx(1.0), pytest.approx(actual.std()))
    assert found.standing is Standing.PASSED
    assert figures.calibration(CalibrationGate(), told).standing is Standing.NOT_APPLICABLE


def test_without_a_champion_there_is_nothing_to_compare_with() -> None:
    assert figures.not_worse(NotWorseGate(), case(noisy(1.0))).standing is Standing.NOT_APPLICABLE


def test_calibration_is_the_mean_distance_over_bins() -> None:
    stated = np.repeat([0.2, 0.8], 200)
    came = np.concatenate([np.arange(200) < 40, np.arange(200) < 120]).astype(np.int64)
    assert figures.calibration_error(outcome(stated, came)) == (pytest.approx((0 + 0.2) / 2), 2)
    exact = outcome(np.repeat([0.2, 0.8], 50), np.tile([1, 0, 0, 0, 0], 20))
    value, bins = figures.calibration_error(exact)
    assert (bins, value) == (2, pytest.approx((0.0 + 0.6) / 2))
    found = figures.calibration(CalibrationGate(most=0.1), case(exact))
    assert (found.standing, found.value) == (Standing.FAILED, pytest.approx(0.3))
    assert figures.calibration(CalibrationGate(most=0.31), case(exact)).standing is Standing.PASSED
