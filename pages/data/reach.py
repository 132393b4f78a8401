"""Whom a difference reaches: runs, model versions and deployments made of the older version's rows."""

import streamlit as st

from core.records.difference import Difference, RunReach
from pages.shared import navigation, parts, row_loaders, tables
from pages.shared.context import address, now
from pages.shared.words import ago, count, short

COLUMNS = {
    "run": st.column_config.TextColumn("Run", pinned=True, width=90),
    "version": st.column_config.TextColumn("Model version", width=100),
    "state": tables.states("Alias", ["champion", "challenger"]),
    "served": st.column_config.TextColumn("Served"),
    "train": tables.amount("Training rows not so now"),
    "test": tables.amount("Test rows not so now"),
    "share": st.column_config.NumberColumn("Of training rows", format="percent", width=110),
    "said": st.column_config.TextColumn("Changed or removed", width="large"),
}
OPENED = "differences.reach.opened"


def show(found: Difference) -> None:
    """Show the runs, newest first, each with how many of its rows changed or went."""
    opened = st.session_state.pop(OPENED, None)
    if opened:
        st.switch_page(navigation.page("runs"), query_params=address(run=opened))
    runs = row_loaders.reach(found).runs
    parts.section(f"Trained on {found.before}")
    if not runs:
        parts.note(f"No run was trained on {found.before}, so no model rests on the rows that changed.")
        return
    serving = [run for run in runs if run.is_serving and run.touched and run.touched.train]
    for run in serving:
        rows = run.touched.train if run.touched else 0
        st.warning(
            f"Version {run.version} serves now, and {count(rows, 'row')} it learned from changed or went.",
            icon=":material/warning:",
        )
    tables.opening([_row(run) for run in runs], COLUMNS, "differences.reach", lambda row: _open(runs[row]))


def _row(run: RunReach) -> tables.Row:
    touched = run.touched
    return {
        "run": short(run.run_id),
        "version": f"v{run.version}" if run.version else "",
        "state": tables.marks(*run.aliases),
        "served": ", ".join(
            f"since {ago(since, now())}" if until is None else f"until {ago(until, now())}"
            for since, until in run.served
        ),
        "train": touched.train if touched else None,
        "test": touched.test if touched else None,
        "share": touched.train / run.rows_train if touched and run.rows_train else None,
        "said": run.reason or _said(run),
    }


def _said(run: RunReach) -> str:
    touched = run.touched
    if touched is None:
        return ""
    changed, removed = touched.changed_train + touched.changed_test, touched.removed_train + touched.removed_test
    return (
        f"{changed:,} changed, {removed:,} removed, of {run.rows_train or 0:,} training and {run.rows_test or 0:,} test"
    )


def _open(run: RunReach) -> None:
    st.session_state[OPENED] = run.run_id
