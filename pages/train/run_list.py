"""The list of runs: a page of the index as a table, with what was picked kept in the address."""

import hashlib
import math

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.run_index import RunPage, RunRow
from core.records.training import RunStatus
from pages.shared import actions, loaders, parts, run_loaders, state, tables
from pages.shared.context import actor, may, platform
from pages.shared.words import count
from pages.train import run_address, run_asking, run_columns, run_groups, run_saved
from pages.train.run_asking import Asked

ROWS = 100
TALL = 18
MOST_PICKED = 50
STATUSES = [*(status.value for status in RunStatus), "outside"]


def show(project: Project) -> None:
    """Draw the list, or what was grouped."""
    run_address.keep(project)
    cursor, problem = run_loaders.refreshed(project.name)
    picked = picks()
    with parts.title("Runs", "Every training, notebooks included"):
        run_saved.button(project)
        st.button(
            f"Compare {len(picked)}" if len(picked) > 1 else "Compare",
            key="runs.compare",
            type="primary",
            icon=":material/compare_arrows:",
            disabled=not 2 <= len(picked) <= MOST_PICKED,
            help=f"Tick 2 to {MOST_PICKED} runs",
            on_click=_compare,
        )
    if problem:
        st.warning(f"{problem} Shown is what was read before.", icon=":material/cloud_off:")
    asked = run_asking.show(project, cursor)
    if not cursor.whole:
        _reading(project.name)
    if asked.problem:
        return
    if asked.group:
        run_groups.show(project, asked)
        return
    _page(project, asked, picked)


@st.fragment(run_every=1.0)
def _reading(project: str) -> None:
    """Read on while one looks, until nothing older is left."""
    cursor, problem = run_loaders.refreshed(project)
    if cursor.whole or problem:
        st.rerun()
    parts.note("Reading older runs of MLflow, a thousand at a time; the list grows while you work")


def _page(project: Project, asked: Asked, picked: list[str]) -> None:
    number = _number()
    found = run_loaders.page(project.name, asked.question, (number - 1) * ROWS, ROWS)
    if not found.total:
        _nothing()
        return
    _above(project, asked, found, number, picked)
    ids = [row.entry.run_id for row in found.rows]
    deployed = loaders.champion(project.name)
    base = run_loaders.entries((deployed.run_id,)).get(deployed.run_id) if deployed else None
    seen = [*ids, *asked.columns, run_address.order(), st.session_state.get("runs.cleared", "")]
    look = hashlib.sha256(",".join(seen).encode())
    tables.picking(
        [run_columns.row(project, row, base, asked.columns) for row in found.rows],
        run_columns.columns(project, asked.columns, run_address.order()),
        f"{look.hexdigest()[:12]}.runs.table",
        lambda row: _open(ids[row]),
        lambda rows: _pick(ids, rows),
        order=lambda name: _order(project, name),
        ticked=[place for place, run_id in enumerate(ids) if run_id in picked],
        cells={"starred": lambda row: _star(project.name, found.rows[row])} if may(Permission.NOTE_RUNS) else {},
        tall=TALL,
    )


def _order(project: Project, column: str) -> None:
    """Order all runs by a column whose header was clicked, the other way round on the second click."""
    if not run_address.order_by(project, column):
        st.session_state[state.NOTICE] = "Runs cannot be ordered by this column."
        _anew()


def _nothing() -> None:
    if any(st.query_params.get(name) for name in (state.QUERY, state.SEARCH)):
        parts.empty("No run is like that.", [("Show all runs", "runs.all", _ask_for_all)])
    else:
        parts.empty("This project has no run yet.", screen=("train", "Start a training"))


def _ask_for_all() -> None:
    for name in (state.QUERY, state.SEARCH):
        run_address.put(name, "")


def _above(project: Project, asked: Asked, found: RunPage, number: int, picked: list[str]) -> None:
    """Say how many there are, turn pages, and offer what can be done with the picked ones."""
    pages = math.ceil(found.total / ROWS)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", height="content"):
        first = (number - 1) * ROWS + 1
        span = f"{first:,} to {first + len(found.rows) - 1:,} of " if pages > 1 else ""
        parts.note(
            f"{span}{count(found.total, 'run')}; a click opens one, ticks pick for comparing, a header orders all"
        )
        st.space("stretch")
        if picked:
            parts.note(f"{len(picked)} picked")
            st.button("Clear", key="runs.clear", type="tertiary", on_click=_clear)
            if may(Permission.NOTE_RUNS):
                st.button(
                    "Archive", key="runs.archive", type="tertiary", on_click=_archive, args=(project.name, picked)
                )
        st.download_button(
            "CSV",
            lambda: platform().runs.to_csv(project.name, asked.question, asked.columns),
            f"{project.name}-runs.csv",
            "text/csv",
            key="runs.csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            help="All runs of this list, not only this page, with the columns shown",
        )
        if pages > 1:
            st.session_state["runs.page"] = number
            st.number_input("Page", 1, pages, key="runs.page", on_change=_turn, width=130, label_visibility="collapsed")


def _number() -> int:
    asked = st.query_params.get(state.PAGE, "1")
    return max(int(asked), 1) if asked.isdecimal() else 1


def _turn() -> None:
    st.query_params[state.PAGE] = str(st.session_state["runs.page"])


def picks() -> list[str]:
    """Return the ids of the picked runs, in the order they were picked."""
    return list(dict.fromkeys(part for part in st.query_params.get(state.PICKED, "").split(",") if part))


def _pick(ids: list[str], rows: list[int]) -> None:
    """Take this page's ticks in place of what was picked of it; other pages' picks stay."""
    ticked = {ids[row] for row in rows}
    kept = [run_id for run_id in picks() if run_id in ticked or run_id not in ids]
    _say([*kept, *(run_id for run_id in ids if run_id in ticked and run_id not in kept)])


def _say(run_ids: list[str]) -> None:
    run_address.say(state.PICKED, ",".join(run_ids))


def _clear() -> None:
    _say([])
    _anew()


def _anew() -> None:
    """Let the table forget its own selection: from now on it is another table."""
    st.session_state["runs.cleared"] = str(int(st.session_state.get("runs.cleared", "0")) + 1)


def _archive(project: str, run_ids: list[str]) -> None:
    actions.act(
        lambda: platform().run_notes.archive(actor(), project, run_ids),
        f"{count(len(run_ids), 'run')} archived. Choose Columns, Also show, to see them again.",
    )
    _clear()


def _star(project: str, row: RunRow) -> None:
    actions.act(lambda: platform().run_notes.star(actor(), project, [row.entry.run_id], on=not row.starred))
    _anew()


def _open(run_id: str) -> None:
    st.query_params[state.RUN] = run_id


def _compare() -> None:
    st.query_params[state.COMPARE] = ",".join(picks())
