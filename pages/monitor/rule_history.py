"""The versions of a rule of drift, each in one line."""

import streamlit as st

from core.monitoring import methods
from core.records.dataset import ColumnKind
from core.records.drift_rule import DriftRule, RuleDraft
from core.records.project import Project
from pages.shared import parts, tables
from pages.shared.context import platform

HISTORY = {
    "number": tables.amount("Version"),
    "in_words": st.column_config.TextColumn("In words", width="large"),
    "note": st.column_config.TextColumn("Note", width="medium"),
    "by": st.column_config.TextColumn("By", width="small"),
    "at": tables.time("Saved"),
}


def show(project: Project) -> None:
    """Draw the versions, newest first."""
    found = platform().drift_rules.history(project.name)
    if found:
        parts.section("Versions")
        tables.show([_row(rule) for rule in found], HISTORY, "rule.history")


def _row(rule: DriftRule) -> tables.Row:
    return {
        "number": rule.number,
        "in_words": in_words(rule),
        "note": rule.note,
        "by": rule.created_by,
        "at": rule.created_at,
    }


def in_words(rule: RuleDraft) -> str:
    """Return a rule in one line."""
    tests = [
        methods.title(rule.numbers.test or methods.DEFAULTS[ColumnKind.NUMBER]),
        methods.title(rule.categories.test or methods.DEFAULTS[ColumnKind.TEXT]),
    ]
    weight = "importance" if rule.weighted else "number"
    fires = f"{rule.windows_drifted} of {rule.windows} windows" if rule.windows > 1 else "each window"
    return f"{' and '.join(tests)}; {rule.share:.0%} of the {weight} of features; fires for {fires}"
