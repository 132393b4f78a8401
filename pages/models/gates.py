"""The gates of the project: what is in force in words, and the form that sets others."""

from typing import Any

import streamlit as st

from core.models.gates import policy as policies
from core.records.access import Permission
from core.records.gate import TITLES, Gate, GatePolicy
from core.records.metric import METRICS
from core.records.project import Project
from core.training.fairness import FIGURES
from pages.models import gate_fields
from pages.shared import actions, decision_loaders, parts, tables
from pages.shared.context import actor, may, platform
from pages.shared.words import count, metric_title, number, plain

HISTORY = {
    "number": st.column_config.NumberColumn("Policy", width=70),
    "at": tables.time("Set"),
    "author": st.column_config.TextColumn("By", width=110),
    "gates": st.column_config.TextColumn("Gates", width="medium"),
    "note": st.column_config.TextColumn("Why", width="large"),
}
KEY = "gates.form"


def show(project: Project) -> None:
    """Draw the policy in force, folded, its history, and the button that edits it."""
    history = decision_loaders.policies(project.name)
    found = history[0]
    what = "what every project starts with" if not found.number else f"set by {plain(found.author)}"
    with st.expander(
        f"Gates of the project: {count(len(found.gates), 'gate')}, policy {found.number}, {what}", key="gates"
    ):
        parts.facts([(TITLES[gate.kind], _words(gate, project)) for gate in found.gates], columns=230)
        if found.note:
            parts.note(found.note)
        if may(Permission.SET_GATES) and st.button("Edit gates", key="gates.edit", icon=":material/tune:"):
            _edit(project, found)
        if len(history) > 1:
            tables.show([_line(one) for one in history], HISTORY, "gates.history")


def _line(policy: GatePolicy) -> tables.Row:
    names = ", ".join(TITLES[gate.kind].lower() for gate in policy.gates)
    return {
        "number": policy.number,
        "at": policy.created_at,
        "author": policy.author,
        "gates": names,
        "note": policy.note,
    }


def _words(gate: Gate, project: Project) -> str:
    """Return what a gate asks for."""
    if gate.kind in ("minimum", "not_worse"):
        return _metric_words(gate, project)
    words = {
        "slices": lambda one: f"{', '.join(one.columns) or 'every input'}: at most {one.margin:.1%} more errors",
        "calibration": lambda one: f"probabilities off by at most {number(one.most)}",
        "latency": lambda one: f"one answer within {number(one.most_ms)} ms",
        "size": lambda one: f"at most {number(one.most_mb)} MB",
        "contract": lambda one: "passed" + ("; warnings are let pass" if one.warnings else " without warnings"),
        "fairness": lambda one: (
            f"{FIGURES[one.figure].lower()} at most {number(one.most)} apart by " + ", ".join(one.columns)
        ),
        "parity": lambda _: "known rows answered as at training",
        "replay": lambda one: f"at most {one.most:.0%} of {one.last:,} logged requests answered otherwise",
        "approval": lambda one: "by another person than who asked" if one.other_person else "by anyone who may",
    }
    return words[gate.kind](gate)


def _metric_words(gate: Any, project: Project) -> str:
    metric = gate.metric or project.metric
    title = metric_title(metric)
    if gate.kind == "minimum":
        side = "at least" if METRICS[metric].higher_is_better else "at most"
        return f"{title} better than no model" if gate.bound is None else f"{title} {side} {number(gate.bound)}, surely"
    return f"{title} surely better" if not gate.margin else f"{title} surely not {number(gate.margin)} worse"


def _edit(project: Project, found: GatePolicy) -> None:
    given = {kind: [gate.model_dump() for gate in found.gates if gate.kind == kind] for kind in TITLES}
    for kind in TITLES:
        gate_fields.start(kind, given[kind])

    @st.dialog("Gates", width="large")
    def body() -> None:
        parts.note("A version is promoted in one click when it passes all of these. Every saved state is kept.")
        for kind, title in TITLES.items():
            gate_fields.one(project, kind, title, given[kind])
        st.text_input("Why", key=f"{KEY}.note", placeholder="For those who read the history")
        pressed = st.button(
            "Save gates",
            key="gates.save",
            type="primary",
            width="stretch",
            on_click=_save,
            args=(project, found.number),
        )
        actions.close_when_done(pressed)

    body()


def _save(project: Project, seen: int) -> None:
    switched = [kind for kind in TITLES if st.session_state.get(f"{KEY}.{kind}")]
    chosen = [gate for kind in switched for gate in gate_fields.entered(kind)]
    note = str(st.session_state.get(f"{KEY}.note") or "")

    def save() -> GatePolicy:
        draft = policies.drafted(chosen)
        return platform().gates.set(actor(), project.name, draft, note, expected=seen)

    actions.act(save, lambda made: f"Gate policy {made.number} is in force.")
