"""The verdict on a version: each gate with its numbers, its interval drawn against the threshold, and why."""

import html

import streamlit as st

from core.charts.template import PALETTES, Palette
from core.records.gate import GateResult, Standing, Verdict
from core.records.job import JobKind
from core.records.model import Alias, ModelVersion
from core.records.project import Project
from pages.shared import decision_loaders, live, parts, tables
from pages.shared.context import now, theme
from pages.shared.words import ago, count, exact, number

PARTS = {
    "name": st.column_config.TextColumn("Rows", pinned=True, width=230),
    "stands": tables.states("It is", ["passed", "failed"], 80),
    "rows": tables.amount("Count"),
    "champion": tables.figure("Champion"),
    "value": tables.figure("This one"),
    "low": tables.figure("Change from"),
    "high": tables.figure("to"),
}
LEDGER = {
    "outcome": tables.states("Verdict", ["promote", "hold", "reject"], 100),
    "at": tables.time("When"),
    "champion": st.column_config.TextColumn("Against", width=90),
    "policy": st.column_config.TextColumn("Policy", width=70),
    "actor": st.column_config.TextColumn("By", width=90),
    "summary": st.column_config.TextColumn("Why", width="large"),
}
WIDTH = 200
UNITS = {"ms": " ms", "MB": " MB"}


def show(project: Project, version: ModelVersion) -> None:
    """Draw the newest verdict on the version, the one at work, and the ledger behind it."""
    job = decision_loaders.at_work(project.name, JobKind.JUDGE, version.version)
    found = decision_loaders.verdicts(project.name, version.version)
    if not found and job is None and Alias.CHAMPION in version.aliases:
        return
    newest = found[0] if found else None
    holds = newest is not None and newest == decision_loaders.in_force(project.name, version.version)
    marks = (newest.outcome.value,) if newest else ()
    parts.section("Verdict", _heading(newest, holds, version), *marks)
    if job is not None:
        live.job_panel(job.id, compact=True)
    if newest is None:
        if job is None:
            parts.note("The gates have not judged this version yet.")
        return
    _gates(newest)
    _behind(found)


def _heading(verdict: Verdict | None, holds: bool, version: ModelVersion) -> str:
    if verdict is None:
        return ""
    against = f"version {verdict.champion}" if verdict.champion else "no champion"
    told = f"Against {against}, by policy {verdict.policy}, {ago(verdict.created_at, now())} by {verdict.actor}"
    if holds or Alias.CHAMPION in version.aliases:
        return told
    return f"{told}. It no longer holds: champion or gates changed since. Judge again."


def _gates(verdict: Verdict) -> None:
    palette = PALETTES[theme()]
    rows = "".join(_row(gate, palette) for gate in verdict.gates)
    st.html(f'<div role="table" aria-label="Gates">{rows}</div>')


def _row(gate: GateResult, palette: Palette) -> str:
    colour = {Standing.PASSED: palette.good, Standing.FAILED: palette.bad}.get(gate.standing, palette.muted)
    mark = {Standing.PASSED: "✓", Standing.FAILED: "✗"}.get(gate.standing, "·")
    word = gate.standing.value.replace("_", " ")
    title = html.escape(gate.title)
    return (
        f'<div role="row" style="display:flex;flex-wrap:wrap;gap:0.3rem 1rem;padding:0.5rem 0;align-items:center;'
        f'border-top:1px solid {palette.grid}">'
        f'<div role="cell" style="flex:0 0 13.5rem;min-width:0"><span style="color:{colour};font-weight:600">{mark}'
        f'</span>&nbsp; <span style="font-weight:500">{title}</span>'
        f'<div style="font-size:0.8em;color:{colour};padding-left:1.35rem">{word}</div></div>'
        f'<div role="cell" style="flex:0 0 {WIDTH}px">{_drawn(gate, palette, colour)}</div>'
        f'<div role="cell" style="flex:1 1 16rem;min-width:12rem;font-size:0.92em" title="{html.escape(gate.method)}">'
        f"{html.escape(gate.sentence)}</div></div>"
    )


def _drawn(gate: GateResult, palette: Palette, colour: str) -> str:
    """Draw the measured figure with its interval on a line, the threshold across it, the side that is wanted shaded."""
    if gate.measured is None or gate.threshold is None:
        return ""
    low = gate.measured if gate.low is None else gate.low
    high = gate.measured if gate.high is None else gate.high
    first, last = min(low, gate.threshold), max(high, gate.threshold)
    span = (last - first) or abs(gate.threshold) or 1.0
    start, width = first - 0.15 * span, 1.3 * span

    def at(value: float) -> float:
        return 100 * (value - start) / width

    wall = at(gate.threshold)
    left, size = (wall, 100 - wall) if gate.wanted == "above" else (0.0, wall)
    unit = UNITS.get(gate.unit, "")
    hover = f"{number(gate.measured)}{unit}"
    if gate.low is not None:
        hover += f" ({number(gate.low)} to {number(gate.high)})"
    hover += f"; the threshold is {number(gate.threshold)}{unit}"
    bar = "position:absolute;"
    return (
        f'<div style="position:relative;height:1.5rem" title="{html.escape(hover)}">'
        f'<div style="{bar}left:{left:.1f}%;width:{size:.1f}%;top:0;bottom:0;background:{palette.good};opacity:0.1">'
        f"</div>"
        f'<div style="{bar}left:{wall:.1f}%;top:0;bottom:0;border-left:2px dashed {palette.neutral}"></div>'
        f'<div style="{bar}left:{at(low):.1f}%;width:{max(at(high) - at(low), 0.8):.1f}%;top:calc(50% - 1.5px);'
        f'height:3px;background:{colour}"></div>'
        f'<div style="{bar}left:calc({at(gate.measured):.1f}% - 5px);top:calc(50% - 5px);width:10px;height:10px;'
        f'border-radius:5px;background:{colour}"></div></div>'
        f'<div style="display:flex;justify-content:space-between;font-size:0.75em;color:{palette.muted}">'
        f"<span>{number(gate.measured)}{unit}</span>"
        f"<span>{'≥' if gate.wanted == 'above' else '≤'} {number(gate.threshold)}{unit}</span></div>"
    )


def _behind(found: list[Verdict]) -> None:
    looked = [gate for gate in found[0].gates if gate.parts]
    for gate in looked:
        what = "direction" if gate.kind == "replay" else "kind of rows"
        with st.expander(f"{gate.title}: {len(gate.parts)} of what it looked at, by {what}"):
            rows = [
                {**part.model_dump(), "stands": tables.marks("passed" if part.passed else "failed")}
                for part in gate.parts
            ]
            tables.show(rows, PARTS, f"models.gate.{gate.kind}.{found[0].id}")
    if len(found) > 1:
        with st.expander(f"Ledger: {count(len(found), 'verdict')} on this version"):
            tables.show([_line(one) for one in found], LEDGER, "models.verdicts")


def _line(verdict: Verdict) -> tables.Row:
    return {
        "outcome": tables.marks(verdict.outcome.value),
        "at": verdict.created_at,
        "champion": f"v{verdict.champion}" if verdict.champion else "none",
        "policy": str(verdict.policy),
        "actor": verdict.actor,
        "summary": f"{verdict.summary} ({exact(verdict.created_at)})",
    }
