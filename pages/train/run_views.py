"""The sides of a run's judgement, each a tab with an address of its own, drawn when it is open."""

from collections.abc import Callable

import streamlit as st

from core.charts import evaluation as charts
from core.charts import judgement
from core.charts.template import Figure
from core.records.access import Permission
from core.records.evaluation import Evaluation
from core.records.metric import metrics_of
from core.records.project import Project
from core.records.training import Run
from pages.shared import parts, tabs
from pages.shared.context import may, theme
from pages.shared.words import metric_title, number, plain
from pages.train import run_tables
from pages.train.run_tables import Seen

CHOSEN = "runs.tab"


Draw = Callable[[Seen], None]


def show(project: Project, run: Run, found: Evaluation) -> None:
    """Draw the tab the address names; those the run has nothing for are left out."""
    offered = {key: (label, draw) for key, (label, draw, has) in TABS.items() if has(found)}
    tabs.by_address(CHOSEN, offered, Seen(project, run, found))


def pictures(drawn: list[tuple[str, Figure]], key: str, columns: int = 2, of: str = "") -> None:
    """Draw figures under their headings, side by side."""
    grid = st.grid(columns, min_column_width=320, gap="medium")
    for place, (heading, figure) in enumerate(drawn):
        with grid.cell():
            parts.section(heading, of)
            parts.chart(figure, key=f"{key}.chart.{place}")


def answers(found: Evaluation) -> list[tuple[str, Figure]]:
    """Return the pictures of how right the answers are."""
    drawn: list[tuple[str, Figure]] = []
    if found.confusion:
        at = f" at threshold {number(found.threshold)}" if found.threshold is not None else ""
        drawn.append((f"Confusion{at}", charts.confusion(found, theme())))
    if found.roc:
        drawn.append(("ROC curve", charts.roc(found, theme())))
    if found.pr:
        drawn.append(("Precision and recall", charts.precision_recall(found, theme())))
    if found.calibration:
        drawn.append(("Calibration", judgement.calibration(found, theme())))
    if found.gain:
        drawn.append(("Gain", judgement.gain(found, theme())))
    if found.residuals:
        drawn.append(("Predicted and actual", charts.residuals(found, theme())))
        drawn.append(("Errors by prediction", judgement.residual_spread(found, theme())))
    if found.residual_counts:
        drawn.append(("Distribution of errors", judgement.residual_counts(found, theme())))
    if found.residual_quantiles:
        drawn.append(("Errors beside the normal", judgement.residual_quantiles(found, theme())))
    return drawn


def _answers(seen: Seen) -> None:
    pictures(answers(seen.found), "run.answers")


def _thresholds(seen: Seen) -> None:
    assert seen.found.threshold is not None  # noqa: S101
    parts.note(f"In force: {seen.found.threshold:.4g}, {seen.found.threshold_reason}.")
    on = "out-of-fold answers to the training rows" if seen.found.validation else "held-out rows"
    counts = seen.found.validation or seen.found.thresholds
    mark = st.slider(
        "Try a threshold", 0.0, 1.0, round(seen.found.threshold, 2), 0.01, key=f"run.threshold.{seen.run.run_id}"
    )
    entry = min(counts, key=lambda one: abs(one[0] - mark))
    _, hits, alarms, _, misses = entry
    with st.grid(5, min_column_width=120):
        parts.tile("Precision", number(hits / (hits + alarms)) if hits + alarms else "—")
        parts.tile("Recall", number(hits / (hits + misses)) if hits + misses else "—")
        parts.tile("Said positive", f"{(hits + alarms) / max(sum(entry[1:]), 1):.1%}")
        parts.tile("Right and wrong alarms", f"{hits:,} / {alarms:,}")
        if seen.project.cost_matrix:
            parts.tile("Value", number(judgement.worth(entry, seen.project.cost_matrix)))
        else:
            parts.tile("Missed", f"{misses:,}")
    drawn = [(f"Figures by threshold, on {on}", judgement.thresholds(counts, mark, theme()))]
    if seen.project.cost_matrix:
        drawn.append(("Value by threshold", judgement.values(counts, seen.project.cost_matrix, mark, theme())))
    pictures(drawn, "run.thresholds")
    if may(Permission.TRAIN) and seen.run.spec is not None and 0 < mark < 1:
        note = "A version keeps its threshold. To change it, train the same recipe with another one."
        if not seen.found.validation:
            note += " A threshold picked here has seen the held-out rows; a rule on folds has not."
        parts.note(note)
        parts.link("train", f"Train with threshold {mark:.2f}", clone=seen.run.run_id, threshold=f"{mark:.2f}")


def _features(seen: Seen) -> None:
    if seen.found.importances:
        parts.section("What it relies on", f"Loss of {metric_title(seen.project.metric)} when a column is shuffled")
        parts.chart(charts.importances(seen.found, theme()), key="run.importances")
    if seen.found.dependence:
        title = f"probability of {seen.found.positive}" if seen.found.positive else "answer"
        parts.section("What single features do", "Mean answer to 60 held-out rows when only this feature changes")
        drawn = [(one.feature, judgement.dependence(one, title, theme())) for one in seen.found.dependence]
        pictures(drawn, "run.dependence")


def _folds(seen: Seen) -> None:
    size = len(next(iter(seen.found.folds.values())))
    parts.note(f"{size} folds of the training rows; the line is the figure on the held-out rows, which no fold saw.")
    if seen.found.fold_thresholds:
        chosen = ", ".join(f"{value:.3g}" for value in seen.found.fold_thresholds)
        parts.note(f"Nested: each fold is judged at the threshold its inner folds chose: {chosen}.")
    names = [metric.name for metric in metrics_of(seen.project.task) if metric.name in seen.found.folds]
    names.sort(key=lambda name: name != seen.project.metric)
    drawn = [
        (metric_title(name), judgement.folds(seen.found.folds[name], seen.found.metrics.get(name), "", theme()))
        for name in names[:6]
    ]
    pictures(drawn, "run.folds", columns=3)


TABS: dict[str, tuple[str, Draw, Callable[[Evaluation], bool]]] = {
    "answers": ("Answers", _answers, lambda _: True),
    "figures": ("Figures", run_tables.figures, lambda _: True),
    "threshold": ("Threshold", _thresholds, lambda found: bool(found.thresholds)),
    "features": ("Features", _features, lambda found: bool(found.importances)),
    "slices": ("Worst slices", run_tables.slices, lambda found: bool(found.slices)),
    "groups": ("Groups", run_tables.groups, lambda found: bool(found.fairness)),
    "folds": ("Folds", _folds, lambda found: bool(found.folds)),
}
"""What ``?tab=`` says, the label, what draws it, and whether a run has it."""


def warnings(found: Evaluation) -> None:
    """Show what a careful colleague would point out."""
    for warning in found.warnings:
        st.warning(plain(warning), icon=":material/warning:")
