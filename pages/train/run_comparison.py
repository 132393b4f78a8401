"""Several runs beside the champion or a pinned run; selection, baseline and axes stand in the address."""

import streamlit as st

from core.records.comparison import SideBySide
from core.records.project import Project
from core.training.comparing import exporting
from core.training.comparing.service import CHAMPION
from pages.shared import loaders, parts, run_loaders, state, tabs
from pages.shared.words import plain
from pages.train import compare_answers, compare_charts, compare_tables
from pages.train.run_names import called, name_of

TABS = {
    "figures": ("Figures", compare_tables.figures),
    "recipe": ("Recipe and data", compare_tables.recipe),
    "curves": ("Curves", compare_charts.curves),
    "answers": ("Answers that differ", compare_answers.show),
    "features": ("Features", compare_charts.features),
    "scatter": ("Any two axes", compare_charts.scatter),
    "parallel": ("Parallel coordinates", compare_charts.parallel),
    "history": ("Histories", compare_charts.history),
}
"""What ``?tab=`` says, the label, and what draws it."""


def show(project: Project, run_ids: list[str]) -> None:
    """Draw the comparison."""
    base = st.query_params.get(state.BASE_RUN, CHAMPION)
    found = run_loaders.compared(project.name, tuple(run_ids), base)
    if not {run.run_id for run in found.runs} & set(run_ids):
        parts.missing(" ".join(found.notes), "runs", "All runs")
    subtitle = f"Baseline: {called(found, found.base)}"
    back = (state.COMPARE, state.TAB, state.BASE_RUN, state.X, state.Y, state.METRIC, state.OTHER)
    with parts.title(f"{len(found.runs)} runs compared", subtitle, back=back):
        _baseline(project, found, run_ids)
        _downloads(project, found)
    for note in found.notes:
        st.warning(plain(note), icon=":material/info:")
    if len(found.runs) < 2:
        parts.empty("There is nothing left to compare with.", screen=("runs", "Choose other runs"))
        return
    tabs.by_address("compare.tab", TABS, found, project)


def _baseline(project: Project, found: SideBySide, run_ids: list[str]) -> None:
    champion = loaders.champion(project.name)
    names = {run.run_id: name_of(run) for run in found.runs}
    options = ([CHAMPION] if champion else []) + [run_id for run_id in run_ids if run_id in names]
    asked = st.query_params.get(state.BASE_RUN, CHAMPION)
    st.session_state["compare.base"] = asked if asked in options else (options[0] if options else None)
    st.selectbox(
        "Baseline",
        options,
        key="compare.base",
        format_func=lambda one: f"Champion v{champion.version}" if one == CHAMPION and champion else names[one],
        on_change=_say_base,
        label_visibility="collapsed",
        width=230,
    )


def _say_base() -> None:
    chosen = st.session_state["compare.base"]
    if chosen == CHAMPION:
        st.query_params.pop(state.BASE_RUN, None)
    else:
        st.query_params[state.BASE_RUN] = chosen


def _downloads(project: Project, found: SideBySide) -> None:
    files = {
        "CSV": (lambda: exporting.to_csv(found), "text/csv", "csv"),
        "HTML": (lambda: exporting.to_html(found, f"{project.name}: {len(found.runs)} runs"), "text/html", "html"),
    }
    for label, (make, media, ending) in files.items():
        st.download_button(
            label,
            make,
            f"{project.name}-comparison.{ending}",
            media,
            key=f"compare.download.{ending}",
            icon=":material/download:",
            on_click="ignore",
        )
