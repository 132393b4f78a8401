"""Deleting a dataset version."""

import streamlit as st

from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.removal import Impact
from pages.shared import deletion, state
from pages.shared.context import actor, may, platform


def button(version: DatasetVersion) -> None:
    """Offer to delete ``version`` to those who may."""
    if may(Permission.DELETE_DATA) and st.button("Delete", key="datasets.delete", icon=":material/delete:"):
        removal = platform().removal
        impact = removal.preview_data(version.project, version.dataset, version.number)
        deletion.ask(impact, "datasets.delete.ask", lambda reason: _delete(version, reason))


def _delete(version: DatasetVersion, reason: str) -> Impact:
    removal = platform().removal
    done = removal.delete_data(actor(), version.project, version.dataset, version.number, reason=reason)
    for param in (state.DATASET, state.TAB, state.COLUMN, state.PAGE):
        st.query_params.pop(param, None)
    return done
