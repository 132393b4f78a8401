"""The rule of drift: what counts, tried on the stored windows before it is kept."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.monitoring import methods
from core.records.access import Permission
from core.records.dataset import ColumnKind
from core.records.drift_rule import ColumnRule, Correction, RuleDraft
from core.records.monitor import ReportKind
from core.records.project import Project
from pages.monitor import rule_history
from pages.shared import actions, drift_loaders, parts
from pages.shared.context import actor, may, platform
from pages.shared.words import plain

USUAL = "the usual one"
CORRECTIONS = {
    Correction.FDR: "Benjamini-Hochberg: few false ones among findings",
    Correction.HOLM: "Holm: hardly ever any false one",
    Correction.NONE: "none: each column on its own",
}
OWN = {
    "column": st.column_config.TextColumn("Column", disabled=True, pinned=True),
    "test": st.column_config.SelectboxColumn("Test", options=[USUAL, *methods.BY_KEY], width="medium"),
    "threshold": st.column_config.NumberColumn("Drifted from", min_value=0.0, format="%.4g"),
    "ignored": st.column_config.CheckboxColumn("Ignore", width="small"),
}


def show(project: Project) -> None:
    """Draw the rule in force as a form, what it would have done, and its earlier versions."""
    kept = platform().drift_rules.newest(project.name)
    usual: RuleDraft = kept or RuleDraft()
    heading = f"Version {kept.number} is in force" if kept else "The rule that everyone starts with is in force"
    parts.section("When does this project count as drifted?", heading)
    key = f"rule.{kept.number if kept else 0}"
    left, right = parts.pair()
    with left:
        _columns(usual, key)
    with right:
        _window(usual, key)
    own = _own(project, usual, key)
    _try(project, key, own)
    rule_history.show(project)


def _columns(usual: RuleDraft, key: str) -> None:
    st.markdown("**A column has drifted**")
    for what, rule, kind in (
        ("numbers", usual.numbers, ColumnKind.NUMBER),
        ("categories", usual.categories, ColumnKind.TEXT),
    ):
        tests = [method.key for method in methods.offered(kind)]
        chosen = rule.test or methods.DEFAULTS[kind]
        with st.container(horizontal=True):
            test = st.selectbox(
                f"Test of {what}",
                tests,
                index=tests.index(chosen),
                key=f"{key}.{what}.test",
                format_func=methods.title,
                help=methods.definition(chosen),
            )
            st.number_input(
                "Drifted below" if methods.BY_KEY[test].is_p_value else "Drifted from",
                min_value=0.0001,
                value=rule.threshold or methods.BY_KEY[test].effect,
                step=0.01,
                format="%.4g",
                key=f"{key}.{what}.threshold.{test}",
                width=130,
            )
    with st.container(horizontal=True):
        st.number_input(
            "Chance at most", 0.0001, 0.5, usual.significance, 0.01, "%.4g", f"{key}.significance",
            help="How often chance alone may give such a distance",
        )  # fmt: skip
        st.number_input("Values a side, at least", 5, None, usual.min_rows, 50, key=f"{key}.min_rows")
        st.number_input(
            "Missing moved by", 0.01, 1.0, usual.missing, 0.05, "%.3g", f"{key}.missing",
            help="The difference between the shares of missing values that counts as drift",
        )  # fmt: skip
    st.selectbox(
        "Correction for many columns",
        list(CORRECTIONS),
        index=list(CORRECTIONS).index(usual.correction),
        key=f"{key}.correction",
        format_func=CORRECTIONS.__getitem__,
    )


def _window(usual: RuleDraft, key: str) -> None:
    st.markdown("**A window has drifted, and the rule fires**")
    st.slider("Share of the features that has drifted", 0.05, 1.0, usual.share, 0.05, key=f"{key}.share")
    st.toggle("Weigh features by their importance for the champion", usual.weighted, key=f"{key}.weighted")
    st.toggle("The target or the prediction alone is enough", usual.answers, key=f"{key}.answers")
    with st.container(horizontal=True):
        st.number_input("Fires when so many", 1, 60, usual.windows_drifted, 1, key=f"{key}.k")
        st.number_input("of the last windows drifted", 1, 60, usual.windows, 1, key=f"{key}.n")
    st.number_input(
        "An hour of retraining costs",
        0.0,
        None,
        usual.retrain_rate,
        1.0,
        key=f"{key}.rate",
        help="Money, in the units of the cost matrix: the cost of drift is set against that of retraining",
    )


def _own(project: Project, usual: RuleDraft, key: str) -> list[Mapping[str, Any]]:
    """Draw what single columns have for themselves; return the rows as they stand."""
    windows = drift_loaders.windows(project.name, ReportKind.DRIFT)
    names = (
        list(dict.fromkeys([*usual.columns, *(cell.name for cell in windows[0].cells if windows)])) if windows else []
    )
    if not names:
        return []
    rows = [
        {
            "column": name,
            "test": (usual.columns.get(name) or ColumnRule()).test or USUAL,
            "threshold": (usual.columns.get(name) or ColumnRule()).threshold,
            "ignored": (usual.columns.get(name) or ColumnRule()).ignored,
        }
        for name in names
    ]
    with st.expander(f"Single columns ({len(usual.columns)} with a rule of their own)"):
        edited = st.data_editor(rows, column_config=OWN, hide_index=True, key=f"{key}.own", num_rows="fixed")
    return list(edited)


def _read(key: str, own: list[Mapping[str, Any]]) -> RuleDraft:
    held = st.session_state
    sides = {}
    for what, kind in (("numbers", ColumnKind.NUMBER), ("categories", ColumnKind.TEXT)):
        test = held[f"{key}.{what}.test"]
        threshold = float(held[f"{key}.{what}.threshold.{test}"])
        is_usual = test == methods.DEFAULTS[kind]
        is_own = abs(threshold - methods.BY_KEY[test].effect) > 1e-12
        sides[what] = ColumnRule(test=None if is_usual else test, threshold=threshold if is_own else None)
    columns = {
        str(row["column"]): ColumnRule(
            test=None if row["test"] in (USUAL, None) else str(row["test"]),
            threshold=float(row["threshold"]) if row["threshold"] else None,
            ignored=bool(row["ignored"]),
        )
        for row in own
    }
    return RuleDraft(
        numbers=sides["numbers"],
        categories=sides["categories"],
        columns={name: rule for name, rule in columns.items() if rule != ColumnRule()},
        missing=held[f"{key}.missing"],
        significance=held[f"{key}.significance"],
        correction=held[f"{key}.correction"],
        min_rows=int(held[f"{key}.min_rows"]),
        weighted=held[f"{key}.weighted"],
        share=held[f"{key}.share"],
        answers=held[f"{key}.answers"],
        windows_drifted=int(held[f"{key}.k"]),
        windows=int(held[f"{key}.n"]),
        retrain_rate=held[f"{key}.rate"],
    )


def _try(project: Project, key: str, own: list[Mapping[str, Any]]) -> None:
    """Say what the rule as it stands would have done, and offer to keep it."""
    draft = _read(key, own)
    found, why = actions.outcome(lambda: platform().drift_rules.try_out(project.name, draft))
    if found is None:
        parts.wrong(why)
        return
    st.info(plain(found.sentence), icon=":material/history:")
    if not may(Permission.MONITOR):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Note", key=f"{key}.note", placeholder="Why the rule changes")
        st.button(
            "Save rule",
            key="rule.save",
            type="primary",
            on_click=_save,
            args=(project.name, draft, f"{key}.note"),
        )


def _save(project: str, draft: RuleDraft, note: str) -> None:
    said = str(st.session_state.get(note) or "")
    actions.act(lambda: platform().drift_rules.save(actor(), project, draft, said), "The rule is in force.")
