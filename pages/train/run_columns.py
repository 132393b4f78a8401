"""The columns of the list of runs, and what stands in them."""

from typing import Any

import streamlit as st

from core.records.metric import METRICS
from core.records.project import Project
from core.records.run_index import RunEntry, RunKind, RunRow
from core.records.training import RunStatus
from pages.shared import tables
from pages.shared.words import clipped, count, duration, short
from pages.train import run_asking

STATUSES = [*(status.value for status in RunStatus), "outside"]


def columns(project: Project, names: tuple[str, ...], order: str) -> dict[str, Any]:
    """Return the columns that were asked for, after star and id; an arrow marks the one that orders the list."""
    ordered, arrow = order.removeprefix("-"), "↓" if order.startswith("-") else "↑"
    columns: dict[str, Any] = {
        "starred": st.column_config.TextColumn("", width=34, pinned=True, help="Click to give or take a star"),
        "run": st.column_config.TextColumn("Run", width=80, pinned=True),
    }
    return columns | {name: _column(project, name, f" {arrow}" if name == ordered else "") for name in names}


def _column(project: Project, name: str, mark: str) -> Any:
    label = run_asking.label_of(name) + mark
    if name == "status":
        return tables.states(label, STATUSES, width=130)
    if name == "delta":
        return st.column_config.NumberColumn("vs champion", format="%+.4f", width=100, help=f"In {project.metric}")
    if name.startswith("metrics."):
        known = METRICS.get(name.removeprefix("metrics."))
        return st.column_config.NumberColumn(label, format="%.2f" if known and known.unit else "%.4f", width=110)
    if name == "started":
        return tables.time(label)
    if name in ("version", "took"):
        return st.column_config.TextColumn(label, width=110 if name == "version" else 70)
    return st.column_config.TextColumn(label, width="large" if name == "note" else None)


def row(project: Project, row: RunRow, base: RunEntry | None, names: tuple[str, ...]) -> tables.Row:
    """Return what stands in one row; ``base`` is the champion's run."""
    cells = {name: _cell(project, row, base, name) for name in names}
    return {"starred": "★" if row.starred else "☆", "run": short(row.entry.run_id), **cells}


def _cell(project: Project, row: RunRow, base: RunEntry | None, name: str) -> Any:
    entry = row.entry
    group, dot, field = name.partition(".")
    if dot:
        return {"metrics": entry.metrics, "params": entry.params, "tags": entry.tags}.get(group, {}).get(field)
    if name == "delta":
        ours, theirs = entry.metrics.get(project.metric), base.metrics.get(project.metric) if base else None
        return None if ours is None or theirs is None else ours - theirs
    plain = {
        "status": lambda: tables.marks(entry.status.value, *(["outside"] if entry.kind is RunKind.OUTSIDE else [])),
        "estimator": lambda: _called(entry),
        "data": lambda: entry.dataset or "",
        "version": lambda: _version(entry, base),
        "took": lambda: duration(entry.took) if entry.took is not None else "",
        "started": lambda: entry.started_at,
        "name": lambda: entry.name,
        "kind": lambda: entry.kind.value,
        "author": lambda: entry.author,
        "note": lambda: clipped(" ".join(entry.note.split()), 200),
        "tags": lambda: ", ".join(f"{key}={text}" for key, text in sorted(entry.tags.items())),
        "comments": lambda: str(row.comments or ""),
    }
    return plain[name]() if name in plain else None


def _called(entry: RunEntry) -> str:
    estimator = (entry.estimator or entry.name).replace("_", " ")
    if entry.kind is not RunKind.STUDY:
        return estimator
    trials = entry.metrics.get("trials")
    return f"{estimator} · study" + (f" of {count(int(trials), 'trial')}" if trials else "")


def _version(entry: RunEntry, base: RunEntry | None) -> str:
    if entry.version is None:
        return ""
    return f"v{entry.version} champion" if base and base.run_id == entry.run_id else f"v{entry.version}"
