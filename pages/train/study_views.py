"""The pictures and tables of a study."""

from collections.abc import Callable

import streamlit as st

from core.charts import parallel, studies
from core.records.study import Study, Trial, TrialState
from core.training.tuning import space
from pages.shared import loaders, parts, tables, tabs
from pages.shared.context import theme
from pages.shared.words import count, metric_title, number
from pages.train import preparation_choice, study_trials
from pages.train.study_words import PRUNING, SAMPLERS, limits, score_of, searched, spelled

CHOSEN = "study.tab"
Draw = Callable[[Study, list[Trial]], None]


def show(study: Study, trials: list[Trial]) -> None:
    """Draw the main pictures, then the side the address names."""
    if studies.scored(trials) or any(trial.state is TrialState.FAILED for trial in trials):
        left, right = parts.pair()
        with left:
            parts.section("History")
            parts.chart(studies.history(study, trials, theme()), key="study.history")
        with right:
            _best(study, trials)
            _importance(study)
    elif study.state.is_open:
        parts.note("No trial is over yet: its first folds are being computed.")
    tabs.by_address(CHOSEN, TABS, study, trials)


def _best(study: Study, trials: list[Trial]) -> None:
    best = next((trial for trial in trials if trial.number == study.best), None)
    if best is None:
        return
    parts.section("Best so far" if study.state.is_open else "Best", f"Trial {best.number}, {score_of(best, study)}")
    parts.facts([(name, spelled(value)) for name, value in best.params.items()], columns=120)


def _importance(study: Study) -> None:
    parts.section("What mattered", "Share of the score's variation among good trials")
    if study.importances:
        parts.chart(studies.importances(study, theme()), key="study.importances")
    else:
        parts.note("Told once eight trials are finished and their scores differ.")


def _parallel(study: Study, trials: list[Trial]) -> None:
    if not studies.scored(trials):
        parts.note("No trial is finished yet.")
        return
    parts.note("Each line is a finished trial; the stronger, the better its score. The best one is green.")
    parts.chart(parallel.lines(study, trials, searched(study)[:10], theme()), key="study.parallel")


def _slices(study: Study, trials: list[Trial]) -> None:
    if not studies.scored(trials):
        parts.note("No trial is finished yet.")
        return
    parts.note("The score of each finished trial by one hyperparameter; later trials are darker.")
    grid = st.grid(3, min_column_width=280, gap="medium")
    for place, dimension in enumerate(searched(study)[:12]):
        with grid.cell():
            parts.chart(studies.slice_of(study, trials, dimension, theme()), key=f"study.slice.{place}")


OUTER = {
    "fold": st.column_config.NumberColumn("Outer fold", width=80),
    "score": tables.figure("Score", help="On the rows that the outer fold kept back, which its search never met."),
    "inner": tables.figure("Chosen by", help="The mean over the folds within it, by which its search chose."),
    "params": st.column_config.TextColumn("Chosen", width="large"),
    "trials": st.column_config.NumberColumn("Trials", width=70),
    "problem": st.column_config.TextColumn("Problem"),
}


def _outer(study: Study, trials: list[Trial]) -> None:
    """Show what the search found when it was made anew within each outer fold."""
    del trials
    if not study.spec.outer:
        parts.note(
            "The best of many trials looks better than it is. Clone the study with some outer folds: the search is "
            "then made anew within each, and what it chooses is scored on rows it never met."
        )
        return
    wanted = count(study.spec.outer, "outer fold")
    if study.nested_value is not None:
        parts.section(
            f"{metric_title(study.metric)} {number(study.nested_value)} over {wanted}",
            f"A search such as this one promises so much; its best trial was chosen by {number(study.value)}.",
        )
    else:
        parts.note(f"{len(study.nested)} of {wanted} searched; they follow the trials.")
    rows = [
        {
            "fold": place,
            "score": one.score,
            "inner": one.inner,
            "params": ", ".join(f"{name.replace('_', ' ')} {spelled(value)}" for name, value in one.params.items()),
            "trials": one.trials,
            "problem": one.problem,
        }
        for place, one in enumerate(study.nested, start=1)
    ]
    if rows:
        tables.show(rows, OUTER, "study.outer")


SPACE = {
    "name": st.column_config.TextColumn("Hyperparameter", pinned=True),
    "values": st.column_config.TextColumn("May be", width="large"),
}


def _settings(study: Study, trials: list[Trial]) -> None:
    del trials
    spec, base = study.spec, study.spec.base
    parts.facts(
        [
            ("Data", str(base.dataset)),
            ("Features", count(len(base.features), "column"), ", ".join(base.features)),
            ("Preparation", preparation_choice.named(base.preprocessing)),
            ("Held out", f"{base.split.test_size:.0%}, {base.split.kind.value}"),
            ("Judged by", metric_title(study.metric)),
            ("Trials are chosen by", SAMPLERS[spec.sampler]),
            ("Given up early", PRUNING[spec.pruning]),
            ("Budget", limits(spec)),
            ("Folds", spec.folds),
            ("Outer folds", spec.outer or "none"),
            ("Trials at once", spec.parallel),
            ("Seed of the search", spec.seed),
            ("Seed of the models", base.seed),
        ]
    )
    rows = [{"name": d.name.replace("_", " "), "values": space.in_words(d)} for d in spec.space]
    searched = {dimension.name for dimension in spec.space}
    rows += [
        {"name": name.replace("_", " "), "values": f"{spelled(value)}, in every trial"}
        for name, value in base.params.items()
        if name not in searched
    ]
    tables.show(rows, SPACE, "study.space")
    with st.container(horizontal=True):
        if study.job_id:
            parts.link("jobs", "Its job", job=study.job_id)
        if study.run_id:
            parts.link("runs", "Its run in MLflow", run=study.run_id)


def _log(study: Study, trials: list[Trial]) -> None:
    del trials
    text = loaders.log_tail(study.job_id) if study.job_id else ""
    if text.strip():
        st.code(text[-6000:], language=None, wrap_lines=True, height=280)
    else:
        parts.note("Nothing written yet.")


TABS: dict[str, tuple[str, Draw]] = {
    "trials": ("Trials", study_trials.show),
    "parallel": ("Parallel coordinates", _parallel),
    "slices": ("Slices", _slices),
    "outer": ("Outer folds", _outer),
    "settings": ("Settings", _settings),
    "log": ("Log", _log),
}
"""What ``?tab=`` says, the label, and what draws it."""
