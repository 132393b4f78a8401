"""The fields of each kind of gate."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.records.metric import metrics_of
from core.records.project import Project
from core.training.fairness import FIGURES, figures_of
from pages.shared import loaders, parts
from pages.shared.words import metric_title

KEY = "gates.form"


MANY = {"minimum": "metric", "not_worse": "metric", "fairness": "figure"}
"""The kinds of which a policy may hold several, and by what they differ."""


def start(kind: str, given: Sequence[dict[str, Any]]) -> None:
    """Let the form begin with the gates of a kind that are in force."""
    st.session_state[f"{KEY}.{kind}.count"] = max(len(given), 1)


def one(project: Project, kind: str, title: str, given: Sequence[dict[str, Any]]) -> None:
    """Draw the switch of one kind of gate, and when it is on the fields of each gate of the kind."""
    if kind == "calibration" and not project.task.is_classification:
        return
    with st.container(border=True, gap="xsmall"):
        st.toggle(title, value=bool(given), key=f"{KEY}.{kind}")
        if not st.session_state[f"{KEY}.{kind}"]:
            return
        for place in range(_count(kind)):
            values = given[place] if place < len(given) else {}
            _FIELDS.get(kind, _nothing)(project, f"{KEY}.{kind}.{place}", values)
        if kind in MANY:
            _more(kind)


def _count(kind: str) -> int:
    return int(st.session_state.get(f"{KEY}.{kind}.count", 1))


def _more(kind: str) -> None:
    with st.container(horizontal=True):
        label = f"Another {MANY[kind]}"
        st.button(
            label, key=f"{KEY}.{kind}.add", icon=":material/add:", on_click=_grow, args=(kind, 1), type="tertiary"
        )
        if _count(kind) > 1:
            st.button("Remove the last", key=f"{KEY}.{kind}.drop", on_click=_grow, args=(kind, -1), type="tertiary")


def _grow(kind: str, by: int) -> None:
    st.session_state[f"{KEY}.{kind}.count"] = _count(kind) + by


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


def entered(kind: str) -> list[dict[str, Any]]:
    """Return the gates of a kind as their fields say; the service checks them."""
    return [_entered(kind, f"{KEY}.{kind}.{place}.") for place in range(_count(kind))]


def _entered(kind: str, start: str) -> dict[str, Any]:
    fields = {
        str(key).removeprefix(start): value for key, value in st.session_state.items() if str(key).startswith(start)
    }
    if fields.get("least") is not None:
        fields["least"] = int(fields["least"])
    return {"kind": kind, **fields}
