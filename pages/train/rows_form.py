"""The part of the training form on rows: which are held out, folds, the threshold, and whose groups are compared."""

import streamlit as st

from core.records.dataset import ColumnKind, DatasetVersion
from core.records.project import Project, Task
from core.records.training import Split, SplitKind, Threshold, ThresholdRule, TrainingSpec
from core.training.service import MOST_FOLDS
from pages.shared import parts
from pages.shared.context import platform

SPLITS = {
    SplitKind.HOLDOUT: "Random rows",
    SplitKind.CV: "Random rows, with folds",
    SplitKind.NESTED: "Random rows, with nested folds",
    SplitKind.GROUP: "Whole groups",
    SplitKind.TIME: "Latest rows",
}
RULES = {
    ThresholdRule.FIXED: "At a fixed probability",
    ThresholdRule.MAX_F1: "Where F1 is highest",
    ThresholdRule.MIN_COST: "Where the cost matrix pays most",
    ThresholdRule.TARGET_RECALL: "To reach a recall of",
    ThresholdRule.TARGET_PRECISION: "To reach a precision of",
}
WITH_VALUE = (ThresholdRule.FIXED, ThresholdRule.TARGET_RECALL, ThresholdRule.TARGET_PRECISION)
MOST_GROUPS = 50
FIELD = 150


def show(project: Project, version: DatasetVersion) -> None:
    """Draw the fields; they depend on each other, so they stand outside of a form."""
    held_out(project, version)
    st.session_state.setdefault("train.seed", 0)
    with st.grid(2, min_column_width=FIELD) as grid:
        with grid.cell():
            _number("Seed", "train.seed", 0, 2**32 - 1)
        st.selectbox("Register as a version", ["Yes", "No"], key="train.register", help="It becomes the challenger.")
    judgement(project, version)


def held_out(project: Project, version: DatasetVersion, *, folds: bool = True) -> None:
    """Draw the fields on which rows are held out; ``folds`` asks for cross-validation, too."""
    kinds = [kind for kind in SPLITS if _fits(kind, project, folds=folds)]
    given = st.session_state
    given.setdefault("train.split", SplitKind.TIME if project.time_column else SplitKind.HOLDOUT)
    given.setdefault("train.test_size", 20)
    if given["train.split"] not in kinds:
        given["train.split"] = SplitKind.HOLDOUT
    with st.grid(2, min_column_width=FIELD) as grid:
        kind = st.selectbox("Held out", kinds, format_func=SPLITS.__getitem__, key="train.split")
        with grid.cell():
            _number("Share held out, %", "train.test_size", 1, 99, step=5)
    _manner(kind, version, folds=folds)


def judgement(project: Project, version: DatasetVersion) -> None:
    """Draw the fields on what the model answers and whose groups are compared."""
    if project.task is Task.BINARY:
        _threshold(project)
    _groups(project, version)


def _fits(kind: SplitKind, project: Project, *, folds: bool) -> bool:
    if kind is SplitKind.TIME:
        return project.time_column is not None
    return kind is not SplitKind.NESTED or (folds and project.task is Task.BINARY)


def _manner(kind: SplitKind, version: DatasetVersion, *, folds: bool) -> None:
    given = st.session_state
    needed = kind in (SplitKind.CV, SplitKind.NESTED)
    given.setdefault("train.folds", 5 if needed else 0)
    if needed and given["train.folds"] < 2:
        given["train.folds"] = 5
    with st.grid(2, min_column_width=FIELD) as grid:
        hint = "The training rows are cross-validated in as many folds before the model learns from all; 0 for none."
        if folds:
            with grid.cell():
                _number("Folds", "train.folds", 0, MOST_FOLDS, help=hint)
        if kind is SplitKind.NESTED:
            given.setdefault("train.inner", 3)
            hint = "Each fold chooses its threshold on so many folds of the rows it learns from: choose a rule below."
            with grid.cell():
                _number("Inner folds", "train.inner", 2, MOST_FOLDS, help=hint)
        elif kind is SplitKind.GROUP:
            names = [column.name for column in version.columns if column.kind is not ColumnKind.DATETIME]
            st.selectbox("Group column", names, index=None, key="train.group", help="Rows of one group stay together.")
        elif kind is SplitKind.TIME:
            st.text_input("Gap", key="train.gap", placeholder="none, or 7d", help="Left out before the held-out rows.")


def _threshold(project: Project) -> None:
    rules = [rule for rule in RULES if rule is not ThresholdRule.MIN_COST or project.cost_matrix]
    given = st.session_state
    given.setdefault("train.rule", ThresholdRule.FIXED)
    with st.grid(2, min_column_width=FIELD) as grid:
        rule = st.selectbox(
            "Threshold: say yes",
            rules,
            format_func=RULES.__getitem__,
            key="train.rule",
            help="The threshold is part of the version. Rules look at out-of-fold answers to training rows only.",
        )
        if rule in WITH_VALUE:
            key = f"train.value.{rule.value}"
            given.setdefault(key, 0.5 if rule is ThresholdRule.FIXED else 0.8)
            with grid.cell():
                _number("Value", key, 0.01, 0.99, step=0.05)


def _number(label: str, key: str, low: float, high: float, step: float = 1, help: str | None = None) -> None:
    """Draw a field without bounds, since a browser drops what is out of them and sends the value before; say below it
    what is wrong. The service refuses it as well."""
    value = st.number_input(label, step=step, key=key, help=help)
    if not low <= value <= high:
        parts.wrong(f"{label} must be from {low:g} to {high:,}.")


def _groups(project: Project, version: DatasetVersion) -> None:
    profiles = {profile.name: profile for profile in version.profile.columns}
    names = [
        c.name for c in version.columns if c.name != project.target and 1 < profiles[c.name].distinct <= MOST_GROUPS
    ]
    given = st.session_state
    given["train.fairness"] = [name for name in given.get("train.fairness") or () if name in names]
    st.multiselect(
        "Compare groups of",
        names,
        key="train.fairness",
        placeholder="no column",
        help="How the model treats each group: who is selected, who is missed. The column need not be a feature.",
    )


def fill(spec: TrainingSpec) -> None:
    """Put the values of a spec into the fields; call it before they are drawn."""
    given, split, threshold = st.session_state, spec.split, spec.threshold
    given["train.split"] = split.kind
    given["train.test_size"] = round(split.test_size * 100)
    given["train.group"] = split.group_column
    given["train.gap"] = split.gap
    given["train.folds"] = split.folds
    if split.inner:
        given["train.inner"] = split.inner
    given["train.seed"] = spec.seed
    given["train.rule"] = threshold.rule
    given[f"train.value.{threshold.rule.value}"] = threshold.value
    given["train.fairness"] = list(spec.fairness)


def split(project: Project) -> Split:
    """Return the split that was entered; the service checks it."""
    given = st.session_state
    kind = given.get("train.split", SplitKind.HOLDOUT)
    return platform().training.split(
        project,
        kind,
        given["train.test_size"] / 100,
        group=given.get("train.group") if kind is SplitKind.GROUP else None,
        gap=str(given.get("train.gap") or "").strip() if kind is SplitKind.TIME else "",
        folds=int(given.get("train.folds") or 0),
        inner=int(given.get("train.inner") or 0) if kind is SplitKind.NESTED else 0,
    )


def threshold(project: Project) -> Threshold:
    """Return the threshold rule that was entered."""
    rule = st.session_state.get("train.rule", ThresholdRule.FIXED)
    value = st.session_state.get(f"train.value.{rule.value}") if rule in WITH_VALUE else None
    return platform().training.threshold(project, rule, value)
