"""The rows of a dataset version."""

import streamlit as st

from core.records.dataset import DatasetVersion
from core.records.project import Project
from pages.shared import loaders, tables


def show(project: Project, version: DatasetVersion) -> None:  # noqa: ARG001
    """Show the first rows."""
    st.dataframe(loaders.preview(version), height=420, key="datasets.preview", row_height=tables.ROW_HEIGHT)
