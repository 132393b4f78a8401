"""The ways in for new data: what arrives is looked into before anything is kept."""

import streamlit as st

from core.records.project import Project
from pages.shared import parts, state, upload_box


def _staged(upload: str) -> None:
    st.query_params.pop(state.ADD, None)
    st.query_params[state.UPLOAD] = upload


def show(project: Project) -> None:
    """Draw the place to drop a file."""
    with parts.title("Add data", "You see how it is read before anything is kept", back=(state.ADD,)):
        pass
    upload_box.show(project.name, "datasets.file", _staged)
