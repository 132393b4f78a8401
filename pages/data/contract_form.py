"""The contract as a table to edit, one row for each column, and the rules of the whole below it."""

import streamlit as st

from core.datasets.contracts import form
from core.records.access import Permission
from core.records.contract import (
    ColumnsCheck,
    Contract,
    Draft,
    ExpressionCheck,
    FreshCheck,
    Requests,
    RowsCheck,
    Severity,
    period,
)
from core.records.dataset import ColumnKind, DatasetVersion
from pages.shared import actions, tables
from pages.shared.context import actor, may, platform

COLUMNS = {
    "column": st.column_config.TextColumn("Column", disabled=True, pinned=True, width=150),
    "type": st.column_config.SelectboxColumn("Type", options=[kind.value for kind in ColumnKind], width=90),
    "missing": st.column_config.NumberColumn(
        "Missing ≤ %", help="The most that may be missing", min_value=0.0, max_value=100.0, width=110
    ),
    "least": st.column_config.TextColumn("Least", width=90),
    "most": st.column_config.TextColumn("Most", width=90),
    "values": st.column_config.ListColumn("Allowed values", width=200),
    "pattern": st.column_config.TextColumn("Pattern", help="A regular expression of RE2 for the whole text"),
    "unique": st.column_config.CheckboxColumn("Unique", width=70),
    "severity": st.column_config.SelectboxColumn(
        "A breach", options=[*(severity.value for severity in Severity), form.MIXED], required=True, width=90
    ),
}
REQUESTS = {"ignore": "Answered", "warn": "Answered with a warning", "refuse": "Refused"}
EXTRA = {"allow": "Allowed", "warn": "Warn", "fail": "Fail"}


FIELDS = ("least", "most", "extra", "fresh", "period", "requests", "keys")


def show(version: DatasetVersion, draft: Draft, number: int) -> None:
    """Draw the form of the contract that is in force."""
    prefix = f"contract.form.{number}"
    with st.form(prefix, border=False):
        edited = st.data_editor(
            form.rows(draft, version.columns),
            column_config=COLUMNS,
            hide_index=True,
            num_rows="fixed",
            key=f"{prefix}.rows",
            row_height=tables.ROW_HEIGHT,
            disabled=not may(Permission.ADD_DATA),
        )
        _whole(version, draft, prefix)
        st.text_input("Why", key="contract.form.note", placeholder="What changed, and why")
        pressed = st.form_submit_button("Save contract", type="primary", disabled=not may(Permission.ADD_DATA))
    if pressed:
        _save(version, draft, edited, prefix)


def _whole(version: DatasetVersion, draft: Draft, prefix: str) -> None:
    rows = next((check for check in draft.checks if isinstance(check, RowsCheck)), None)
    extra = next((check.severity.value for check in draft.checks if isinstance(check, ColumnsCheck)), "allow")
    fresh = next((check for check in draft.checks if isinstance(check, FreshCheck)), None)
    moments = [column.name for column in version.columns if column.kind is ColumnKind.DATETIME]
    one, two, three, four = st.columns(4)
    one.number_input("Rows, at least", min_value=0, value=rows.minimum if rows else None, key=f"{prefix}.least")
    one.number_input("Rows, at most", min_value=0, value=rows.maximum if rows else None, key=f"{prefix}.most")
    two.selectbox("Other columns", list(EXTRA), list(EXTRA).index(extra), EXTRA.__getitem__, key=f"{prefix}.extra")
    two.selectbox(
        "Requests that break it", list(REQUESTS), list(REQUESTS).index(draft.requests.value), REQUESTS.__getitem__,
        key=f"{prefix}.requests", help="What the scoring API does with values outside of ranges, lists and patterns",
    )  # fmt: skip
    chosen = moments.index(fresh.column) if fresh and fresh.column in moments else None
    three.selectbox("Newest value of", moments, chosen, key=f"{prefix}.fresh", placeholder="No freshness check")
    three.text_input("is at most this old", period(fresh.seconds) if fresh else "30 days", key=f"{prefix}.period")
    keys = [", ".join(check.columns) for check in draft.checks if form.is_key(check)]
    one.text_area(
        "Unique together, one key a line", "\n".join(keys), key=f"{prefix}.keys", height=90,
        placeholder="customer, month",
    )  # fmt: skip
    expressions = [check.expression for check in draft.checks if isinstance(check, ExpressionCheck)]
    four.text_area(
        "True in every row, one a line", "\n".join(expressions), key=f"{prefix}.expressions", height=122,
        placeholder="total >= part",
    )  # fmt: skip


def keep(version: DatasetVersion, draft: Draft, note: str) -> Contract:
    """Keep ``draft`` as the dataset's contract and check the version at hand against it."""
    contract = platform().contracts.set(actor(), version.project, version.dataset, draft, note)
    if may(Permission.MONITOR):
        platform().contracts.check(actor(), version)
    return contract


def _save(version: DatasetVersion, draft: Draft, edited: list[form.Row], prefix: str) -> None:
    note = str(st.session_state.get("contract.form.note") or "").strip()
    actions.act(
        lambda: keep(version, _read(draft, edited, prefix), note), lambda made: f"Contract {made.number} is in force."
    )
    st.rerun()


def _read(draft: Draft, edited: list[form.Row], prefix: str) -> Draft:
    given = {name: st.session_state.get(f"{prefix}.{name}") for name in FIELDS}
    former = {check.key: check.severity for check in draft.checks}
    whole = form.draft_from(edited, draft)
    kept = [
        check
        for check in whole.checks
        if not (isinstance(check, RowsCheck | ColumnsCheck | FreshCheck | ExpressionCheck) or form.is_key(check))
    ]
    kept += form.keys(str(given["keys"] or ""), draft)
    if given["least"] is not None or given["most"] is not None:
        severity = former.get("rows", Severity.FAIL)
        kept.append(RowsCheck(minimum=given["least"], maximum=given["most"], severity=severity))
    if given["extra"] != "allow":
        kept.append(ColumnsCheck(severity=Severity(str(given["extra"]))))
    if given["fresh"]:
        column = str(given["fresh"])
        severity = former.get(f"fresh:{column}", Severity.FAIL)
        kept.append(FreshCheck(column=column, seconds=form.seconds(str(given["period"])), severity=severity))
    for line in str(st.session_state.get(f"{prefix}.expressions") or "").splitlines():
        if line.strip():
            severity = former.get(f"expression:{line.strip()}", Severity.FAIL)
            kept.append(ExpressionCheck(expression=line.strip(), severity=severity))
    return Draft(checks=tuple(kept), requests=Requests(str(given["requests"])))
