"""One window of served answers, measured and estimated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.monitoring.performance import counts, money
from core.monitoring.production.answers import Answers, Labelled, labelled
from core.monitoring.production.estimating import Calibration, estimate, none
from core.monitoring.production.losses import Losses
from core.records.evaluation import Slice
from core.records.metric import metrics_of
from core.records.performance import Band, MetricFigure, ProductionWindow
from core.records.project import Project, Task
from core.training import intervals, slices
from core.training.measures import Outcome, measure, measure_one

FEWEST = 30
"""Labelled answers below which a metric is no measurement, and answers below which there is no estimate."""

UNRANKED = ("log_loss", "roc_auc_macro")
"""Metrics of several classes that need every probability; the log keeps that of the answer alone."""

NO_LOSSES = "The error cannot be estimated without labels: the held-out rows of the version are not known any more."


@dataclass(frozen=True)
class Expectation:
    """What a version had on its held-out rows, and what its probabilities are worth, or its errors are like."""

    figures: Mapping[str, float]
    bands: Mapping[str, Band]
    calibration: Calibration
    losses: Losses | str = NO_LOSSES
    worth: float | None = None
    """What an answer was worth on average, by the project's cost matrix."""


NOTHING = Expectation({}, {}, none("the model's own probabilities: its held-out answers are not known"))


@dataclass(frozen=True)
class Judge:
    """All that a window is measured by."""

    project: Project
    classes: Sequence[str]
    positive: int | None
    expectations: Mapping[int, Expectation]

    def window(self, answers: Answers) -> ProductionWindow:
        """Measure what has a label, estimate all."""
        known = labelled(self.project, self.classes, self.positive, answers)
        share = len(known.places) / len(answers) if len(answers) else 0.0
        values, bands, reason = self._measured(answers, known)
        guessed, why_not, calibration = self._estimated(answers)
        expected = self._expected(answers)
        names = [metric.name for metric in metrics_of(self.project.task)]
        figures = [
            MetricFigure(
                name=name,
                value=values.get(name),
                band=bands.get(name),
                estimated=guessed[name][0] if name in guessed else None,
                estimated_band=guessed[name][1] if name in guessed else None,
                expected=expected.figures.get(name),
                expected_band=expected.bands.get(name),
            )
            for name in names
            if name in values or name in guessed or name in expected.figures
        ]
        return ProductionWindow(
            predictions=len(answers),
            labelled=len(known.places),
            foreign=known.foreign,
            early=int((answers.lag < 0).sum()),
            versions=tuple(sorted({int(one) for one in answers.version})),
            enough=self.project.enough_labels,
            provisional=share < self.project.enough_labels,
            metrics=tuple(figures),
            reason=reason,
            estimate_reason=why_not,
            calibration=calibration,
            **self._worth(known.outcome, expected.worth, is_known=not reason),
        )

    def _worth(self, outcome: Outcome, usual: float | None, *, is_known: bool) -> dict[str, float | None]:
        costs = self.project.cost_matrix
        if costs is None or outcome.positive is None or not is_known:
            return {}
        return {
            "worth": money(counts(outcome), costs),
            "worth_expected": None if usual is None else usual * len(outcome.actual),
        }

    def slices(self, answers: Answers) -> tuple[Slice, ...]:
        """Return the kinds of labelled answers that fare worst."""
        known = labelled(self.project, self.classes, self.positive, answers)
        if len(known.places) < 2 * FEWEST:
            return ()
        return slices.worst(answers.frame.iloc[known.places].reset_index(drop=True), known.outcome)

    def _measured(self, answers: Answers, known: Labelled) -> tuple[dict[str, float], Mapping[str, Band], str]:
        if not len(answers):
            return {}, {}, "No prediction was logged in this window."
        if len(known.places) < FEWEST:
            return {}, {}, f"{len(known.places)} of {len(answers):,} answers have a label; {FEWEST} are needed."
        several = self.project.task is Task.MULTICLASS
        values = _ranked_less(known) if several else measure(known.outcome)
        bands, _ = intervals.bootstrap(known.outcome, 0, values)
        return values, bands, ""

    def _estimated(self, answers: Answers) -> tuple[dict[str, tuple[float, Band]], str, str]:
        if self.project.task is Task.REGRESSION:
            return self._errors(answers)
        stated = np.isfinite(answers.score)
        if stated.sum() < FEWEST:
            return {}, f"{int(stated.sum())} answers state a probability; {FEWEST} are needed.", ""
        worth, words = np.zeros(len(answers)), []
        for version in sorted({int(one) for one in answers.version}):
            calibration = self.expectations.get(version, NOTHING).calibration
            mine = answers.version == version
            worth[mine] = calibration.of(answers.score[mine])
            words.append(f"version {version}: {calibration.words}")
        said = np.array([str(value) == self._positive_class for value in answers.prediction])
        found = estimate(self.project.task, said[stated], answers.score[stated], worth[stated], 0)
        return found, "", "; ".join(words)

    def _errors(self, answers: Answers) -> tuple[dict[str, tuple[float, Band]], str, str]:
        """Estimate the errors of numbers; the version that answered most speaks for all."""
        if len(answers) < FEWEST:
            return {}, f"{len(answers)} answers; {FEWEST} are needed.", ""
        versions, counts = np.unique(answers.version, return_counts=True)
        version = int(versions[counts.argmax()])
        learned = self.expectations.get(version, NOTHING).losses
        if isinstance(learned, str):
            return {}, learned, ""
        mine = answers.version == version
        found = learned.estimate(answers.frame[mine], answers.prediction[mine].astype(np.float64))
        return found, "", f"version {version}: {learned.words}"

    @property
    def _positive_class(self) -> str:
        return "" if self.positive is None else self.classes[self.positive]

    def _expected(self, answers: Answers) -> Expectation:
        """Return what the version that answered most had at its training."""
        versions, counts = np.unique(answers.version, return_counts=True)
        if not len(versions):
            return NOTHING
        return self.expectations.get(int(versions[counts.argmax()]), NOTHING)


def _ranked_less(known: Labelled) -> dict[str, float]:
    """Return the metrics of several classes that need no ranking."""
    names = [metric.name for metric in metrics_of(Task.MULTICLASS) if metric.name not in UNRANKED]
    return {name: measure_one(known.outcome, name) for name in names}
