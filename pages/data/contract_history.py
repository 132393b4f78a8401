"""The versions of a dataset's contract: who set each, when, why, and what it changed."""

import streamlit as st

from core.datasets.contracts.differences import differences
from core.records.contract import Contract
from core.records.dataset import DatasetVersion
from core.records.project import Project
from pages.shared import loaders, parts, tables
from pages.shared.context import now
from pages.shared.words import ago, count, plain

CHANGES = {
    "kind": tables.states("Change", ["added", "removed", "changed"]),
    "before": st.column_config.TextColumn("Before", width="large"),
    "after": st.column_config.TextColumn("After", width="large"),
}


def show(project: Project, version: DatasetVersion) -> None:
    """Show the versions, newest first, the newest opened."""
    found = loaders.contract_history(project.name, version.dataset)
    for contract, former in zip(found, [*found[1:], None], strict=False):
        _one(contract, former, opened=contract is found[0])


def _one(contract: Contract, former: Contract | None, *, opened: bool) -> None:
    changes = differences(former.draft if former else None, contract.draft)
    changed = count(len(changes), "change") if former else count(len(changes), "check")
    head = f"**Contract {contract.number}** · {plain(contract.author)}, {ago(contract.created_at, now())} · {changed}"
    with st.expander(head, expanded=opened):
        if contract.note:
            parts.note(contract.note)
        rows = [
            {"kind": tables.marks(change.kind), "before": change.before, "after": change.after} for change in changes
        ]
        tables.show(rows, CHANGES, f"contract.history.{contract.number}")
