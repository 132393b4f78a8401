"""The proof on a run's page: what reruns showed, and the button for another."""

import streamlit as st

from core.records.access import Permission
from core.records.job import JobKind
from core.records.project import Project
from core.records.reproduction import Reproduction
from core.records.training import Run, RunStatus
from pages.shared import actions, live, loaders, parts, state, tables
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, plain

DIFFERENCES = {
    "name": st.column_config.TextColumn("Input", pinned=True),
    "before": st.column_config.TextColumn("Then"),
    "now": st.column_config.TextColumn("Now"),
    "counts": st.column_config.TextColumn("Takes part in computing", width="small"),
}
EARLIER = {
    "outcome": tables.states("Result", ["identical", "equal", "different"]),
    "summary": st.column_config.TextColumn("What it showed", width="large"),
    "actor": st.column_config.TextColumn("Asked by", width="small"),
    "created": tables.time("When"),
}


def show(project: Project, run: Run) -> None:
    """Draw the section, for runs that can be computed again."""
    if run.spec is None or run.status is not RunStatus.FINISHED:
        return
    found = loaders.reproductions(project.name, run.run_id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.section("Reproduction", "", *([found[0].outcome.value] if found else []))
        st.space("stretch")
        if may(Permission.TRAIN):
            st.button(
                "Reproduce",
                key="run.reproduce",
                icon=":material/replay:",
                on_click=_start,
                args=(project.name, run.run_id),
                help="Computes the run again from its pinned data, recipe and seed, and compares bit for bit.",
            )
    _under_way(project, run)
    if found:
        _answer(found[0])
        _earlier(found[1:])
    else:
        parts.note("Nobody has computed this run again yet.")


def _start(project: str, run_id: str) -> None:
    job = actions.act(lambda: platform().training.reproduce(actor(), project, run_id), "The rerun is queued.")
    if job:
        st.query_params[state.JOB] = job.id


def _under_way(project: Project, run: Run) -> None:
    asked = st.query_params.get(state.JOB)
    if not asked:
        return
    job = platform().queue.get(asked)
    if job.kind is JobKind.REPRODUCE and job.project == project.name and job.payload.get("run_id") == run.run_id:
        live.job_panel(asked)


def _answer(found: Reproduction) -> None:
    st.markdown(plain(found.summary))
    parts.note(f"{found.actor}, {ago(found.created_at, now())}")
    if found.differences:
        with st.expander(f"Inputs that are not the same ({len(found.differences)})"):
            rows = [
                {
                    "name": one.name,
                    "before": one.before or "—",
                    "now": one.now or "—",
                    "counts": "yes" if one.relevant else "no",
                }
                for one in found.differences
            ]
            tables.show(rows, DIFFERENCES, "run.differences")


def _earlier(found: list[Reproduction]) -> None:
    if not found:
        return
    with st.expander(f"Earlier reruns ({len(found)})"):
        rows = [
            {
                "outcome": tables.marks(one.outcome.value),
                "summary": one.summary,
                "actor": one.actor,
                "created": one.created_at,
            }
            for one in found
        ]
        tables.show(rows, EARLIER, "run.reproductions")


def surroundings(run: Run) -> None:
    """Show what the run was computed with, folded away."""
    lock = platform().training.environment(run)
    if lock is None:
        return
    with st.expander("Environment"):
        commit = (lock.code.commit or "")[:12] or "no checkout"
        parts.facts(
            [
                ("Pilothouse", lock.code.release),
                ("Commit", commit, lock.code.commit or ""),
                ("Training code", lock.code.sha256[:12], lock.code.sha256),
                ("Python", lock.python),
                ("System", lock.system),
                ("Processor", lock.processor),
                ("Threads", lock.threads or f"unset, {lock.cores} cores"),
                *((f"Library {one.name}", f"{one.version or ''} {one.architecture or ''}") for one in lock.libraries),
            ]
        )
        st.dataframe(
            [{"package": name, "version": version} for name, version in lock.packages.items()],
            hide_index=True,
            height=220,
            key="run.packages",
        )
