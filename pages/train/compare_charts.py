"""Runs in one picture: curves, features, any two axes, parallel coordinates, histories."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.charts import matrices
from core.charts import runs as charts
from core.records.comparison import SideBySide
from core.records.evaluation import Evaluation
from core.records.project import Project
from core.records.run_index import RunEntry
from core.records.run_query import FieldGroup, RunField
from core.training.run_index.query import read_field
from pages.shared import actions, parts, run_loaders, state, typed
from pages.shared.context import theme
from pages.train import run_asking, run_names

MOST_CURVES = 20
MOST_AXES = 10


def ordered(found: SideBySide) -> list[RunEntry]:
    """Return the runs, the baseline first."""
    return [found.runs[found.base], *(run for place, run in enumerate(found.runs) if place != found.base)]


def judged(found: SideBySide) -> list[tuple[str, Evaluation]]:
    """Return the runs that stored a judgement by name, the baseline first."""
    runs = ordered(found)[:MOST_CURVES]
    known = run_loaders.judgements(runs)
    return [(run_names.name_of(run), known[run.run_id]) for run in runs if run.run_id in known]


def _none(runs: Sequence[object], what: str) -> bool:
    if not runs:
        parts.note(f"None of these runs has {what}.")
    return not runs


def curves(found: SideBySide, _: Project) -> None:
    """Draw ROC, precision and recall, and calibration of all runs on each other, confusion matrices below."""
    runs = judged(found)
    if _none(runs, "stored curves"):
        return
    if len(found.runs) > MOST_CURVES:
        parts.note(f"The first {MOST_CURVES} runs are drawn")
    drawn = [
        ("ROC curves", charts.roc, any(one.roc for _, one in runs)),
        ("Precision and recall", charts.precision_recall, any(one.pr for _, one in runs)),
        ("Calibration", charts.calibration, any(one.calibration for _, one in runs)),
    ]
    st.html(matrices.legend([name for name, _ in runs], theme()))
    grid = st.grid(2, min_column_width=380, gap="medium")
    for heading, draw, is_there in drawn:
        if is_there:
            with grid.cell():
                parts.section(heading)
                parts.chart(draw(runs, theme()), key=f"compare.{heading}")
    if any(one.confusion for _, one in runs):
        parts.section("Confusion matrices", "Counts, and the share of each true class")
        st.html(matrices.confusion(runs, theme()))


def features(found: SideBySide, _: Project) -> None:
    """Draw what each run relies on, those features first in which they differ most."""
    runs = [run for run in judged(found) if run[1].importances]
    if _none(runs, "stored importances"):
        return
    parts.section("What they rely on", "Those features first in which the runs differ most from the baseline")
    parts.chart(charts.importances(runs, theme()), key="compare.importances")


def _fields(found: SideBySide, project: Project) -> list[str]:
    metrics = sorted({name for run in found.runs for name in run.metrics})
    params = [row.name for row in found.params]
    own = f"metrics.{project.metric}"
    return list(dict.fromkeys([own, "took", *(f"metrics.{m}" for m in metrics), *(f"params.{p}" for p in params),
                               "started", "data", "estimator"]))  # fmt: skip


def value_of(run: RunEntry, field: RunField) -> float | str | None:
    """Return a value of a run as a chart places it: a number where it is one."""
    if field.group is FieldGroup.METRICS:
        return run.metrics.get(field.name)
    if field.group is FieldGroup.PARAMS:
        return _number(run.params.get(field.name))
    plain: dict[str, Callable[[], float | str | None]] = {
        "took": lambda: run.took,
        "started": lambda: run.started_at.isoformat(),
        "data": lambda: run.dataset,
        "estimator": lambda: run.estimator,
    }
    return plain[field.name]() if field.name in plain else None


def _number(text: str | None) -> float | str | None:
    found = None if text is None else typed.number(text)
    return text if found is None else found


def _axis(name: str, label: str, fields: list[str], usual: str) -> RunField:
    asked = st.query_params.get(name, usual)
    st.session_state[f"compare.{name}"] = asked if asked in fields else usual
    st.selectbox(label, fields, key=f"compare.{name}", format_func=run_asking.label_of, on_change=_say, args=(name,))
    found, _ = actions.outcome(lambda: read_field(str(st.session_state[f"compare.{name}"])))
    return read_field(usual) if found is None else found


def _say(name: str) -> None:
    st.query_params[name] = str(st.session_state[f"compare.{name}"])


def scatter(found: SideBySide, project: Project) -> None:
    """Draw the runs by any two of their values; at first training time against quality."""
    fields = _fields(found, project)
    left, right = st.columns(2)
    with left:
        across = _axis(state.X, "Across", fields, "took")
    with right:
        upwards = _axis(state.Y, "Upwards", fields, f"metrics.{project.metric}")
    named = [(run_names.name_of(run), value_of(run, across), value_of(run, upwards)) for run in found.runs]
    spots = [(name, x, y) for name, x, y in named if x is not None and y is not None]
    if _none(spots, "both values"):
        return
    labels = (run_asking.label_of(str(across)), run_asking.label_of(str(upwards)))
    base = run_names.called(found, found.base)
    parts.chart(charts.scatter(spots, base, labels, theme()), key="compare.scatter")
    if len(spots) < len(named):
        parts.note(f"{len(named) - len(spots)} runs lack one of both values and are not drawn.")


def parallel(found: SideBySide, project: Project) -> None:
    """Draw each run as a line through what differs, up to the project's metric."""
    differing = [row.name for row in found.params if row.differs][: MOST_AXES - 2]
    axes = [read_field(f"params.{name}") for name in differing]
    axes += [read_field("took"), RunField(group=FieldGroup.METRICS, name=project.metric)]
    lines = [(run_names.name_of(run), [value_of(run, one) for one in axes]) for run in ordered(found)]
    names = [run_asking.label_of(str(one)).removeprefix("params.") for one in axes]
    parts.note("Parameters that differ, training time, and the metric; the dashed line is the baseline")
    parts.chart(charts.parallel(lines, names, theme()), key="compare.parallel")


def history(found: SideBySide, project: Project) -> None:
    """Draw a metric over the steps of each run that logged it more than once."""
    names = sorted({name for run in found.runs for name in run.metrics})
    if _none(names, "figures"):
        return
    usual = project.metric if project.metric in names else names[0]
    field = _axis(state.METRIC, "Metric", [f"metrics.{name}" for name in names], f"metrics.{usual}")
    lines = [
        (run_names.name_of(run), run_loaders.history(run.run_id, field.name))
        for run in ordered(found)
        if field.name in run.metrics
    ]
    longer = [(name, points) for name, points in lines if len(points) > 1]
    if not longer:
        parts.note("Each of these runs logged this figure once: there is no history to draw.")
        return
    parts.chart(charts.histories(longer, run_asking.label_of(str(field)), theme()), key="compare.history")
