"""The gates of the project: what is in force in words, and the form that sets others."""

from typing import Any

import streamlit as st

from core.models.gates import policy as policies
from core.records.access import Permission
from core.records.gate import TITLES, Gate, GatePolicy
from core.records.metric import METRICS, metrics_of
from core.records.project import Project
from core.training.fairness import FIGURES, figures_of
from pages.shared import actions, decision_loaders, loaders, parts, tables
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
    given = {gate.kind: gate.model_dump() for gate in found.gates}
    more = len(found.gates) > len(given)

    @st.dialog("Gates", width="large")
    def body() -> None:
        parts.note("A version is promoted in one click when it passes all of these. Every saved state is kept.")
        if more:
            st.warning(
                "Several gates of one kind are set; this form keeps the last of each. Use `pilothouse gates set`."
            )
        for kind, title in TITLES.items():
            _kind(project, kind, title, given.get(kind))
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


def _kind(project: Project, kind: str, title: str, values: dict[str, Any] | None) -> None:
    if kind == "calibration" and not project.task.is_classification:
        return
    with st.container(border=True, gap="xsmall"):
        st.toggle(title, value=values is not None, key=f"{KEY}.{kind}")
        if st.session_state[f"{KEY}.{kind}"]:
            _FIELDS.get(kind, _nothing)(project, f"{KEY}.{kind}", values or {})


def _nothing(_project: Project, _key: str, _values: dict[str, Any]) -> None:
    """Draw no field: the gate has none."""


def _number(label: str, key: str, value: float | None, help: str = "", step: float = 0.01) -> None:
    if isinstance(value, int):
        st.number_input(label, value=value, step=int(step), key=key, help=help or None)
    else:
        st.number_input(label, value=value, step=float(step), format="%.6g", key=key, help=help or None)


def _metric(project: Project, key: str, value: str) -> None:
    options = ["", *(metric.name for metric in metrics_of(project.task))]
    st.selectbox(
        "Metric",
        options,
        index=options.index(value) if value in options else 0,
        format_func=lambda name: metric_title(name or project.metric) + ("" if name else " (the project's)"),
        key=f"{key}.metric",
    )


def _minimum(project: Project, key: str, values: dict[str, Any]) -> None:
    left, right = parts.pair()
    with left:
        _metric(project, key, values.get("metric", ""))
    with right:
        empty = "Empty: it must be better than the best answer that looks at no column."
        _number("Bound", f"{key}.bound", values.get("bound"), empty)


def _not_worse(project: Project, key: str, values: dict[str, Any]) -> None:
    left, right = parts.pair()
    with left:
        _metric(project, key, values.get("metric", ""))
    with right:
        said = "How much worse it may be. 0: it must surely be better, and a tie is no."
        _number("Margin", f"{key}.margin", values.get("margin", 0.0), said)


def _columns(project: Project, key: str, values: dict[str, Any]) -> None:
    known = {column.name for version in loaders.datasets(project.name) for column in version.columns}
    options = sorted((known | set(values.get("columns", ()))) - {project.target})
    st.multiselect("Columns", options, default=list(values.get("columns", ())), key=f"{key}.columns")


def _slices(project: Project, key: str, values: dict[str, Any]) -> None:
    left, right = parts.pair()
    with left:
        _columns(project, key, values)
        parts.note("Without columns every input of the model is looked at, and a fall asks people to look.")
    with right:
        _number("Errors it may have more", f"{key}.margin", values.get("margin", 0.02), "A share of the rows")
        _number("Least rows of a kind", f"{key}.least", values.get("least", 30), step=10)


def _calibration(_project: Project, key: str, values: dict[str, Any]) -> None:
    _number("Probabilities may be off by", f"{key}.most", values.get("most", 0.1))


def _latency(_project: Project, key: str, values: dict[str, Any]) -> None:
    _number("Milliseconds for one answer", f"{key}.most_ms", values.get("most_ms", 50.0), step=5)


def _size(_project: Project, key: str, values: dict[str, Any]) -> None:
    _number("Megabytes", f"{key}.most_mb", values.get("most_mb", 500.0), step=50)


def _contract(_project: Project, key: str, values: dict[str, Any]) -> None:
    st.checkbox("Warnings are let pass", value=values.get("warnings", True), key=f"{key}.warnings")


def _fairness(project: Project, key: str, values: dict[str, Any]) -> None:
    left, right = parts.pair()
    figures = list(figures_of(project.task))
    with left:
        _columns(project, key, values)
        index = figures.index(values["figure"]) if values.get("figure") in figures else 0
        st.selectbox("Figure", figures, index=index, format_func=FIGURES.__getitem__, key=f"{key}.figure")
    with right:
        _number("Groups may be apart by", f"{key}.most", values.get("most", 0.2))
        _number("Least rows of a group", f"{key}.least", values.get("least", 30), step=10)


def _replay(_project: Project, key: str, values: dict[str, Any]) -> None:
    left, right = parts.pair()
    with left:
        _number("Share of answers that may flip", f"{key}.most", values.get("most", 0.2))
    with right:
        _number("Newest requests", f"{key}.last", values.get("last", 10_000), step=1000)
        _number("Least requests", f"{key}.least", values.get("least", 500), step=100)


def _approval(_project: Project, key: str, values: dict[str, Any]) -> None:
    said = "The person who asks cannot be the one who approves."
    st.checkbox("By another person", value=values.get("other_person", True), key=f"{key}.other_person", help=said)


_FIELDS = {
    "minimum": _minimum,
    "not_worse": _not_worse,
    "slices": _slices,
    "calibration": _calibration,
    "latency": _latency,
    "size": _size,
    "contract": _contract,
    "fairness": _fairness,
    "replay": _replay,
    "approval": _approval,
}


def _entered(kind: str) -> dict[str, Any]:
    """Return the gate of a kind as its fields say; the service checks it."""
    start = f"{KEY}.{kind}."
    fields = {
        str(key).removeprefix(start): value for key, value in st.session_state.items() if str(key).startswith(start)
    }
    if "least" in fields and fields["least"] is not None:
        fields["least"] = int(fields["least"])
    return {"kind": kind, **fields}


def _save(project: Project, seen: int) -> None:
    chosen = [_entered(kind) for kind in TITLES if st.session_state.get(f"{KEY}.{kind}")]
    note = str(st.session_state.get(f"{KEY}.note") or "")

    def save() -> GatePolicy:
        draft = policies.drafted(chosen)
        return platform().gates.set(actor(), project.name, draft, note, expected=seen)

    actions.act(save, lambda made: f"Gate policy {made.number} is in force.")
