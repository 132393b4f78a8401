"""Runs: every training as recorded, one in detail, several side by side."""

import streamlit as st

from pages.shared import parts, state
from pages.train import run_comparison, run_detail, run_list


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Runs")
    compared = [part for part in st.query_params.get(state.COMPARE, "").split(",") if part]
    run_id = st.query_params.get(state.RUN)
    if run_id:
        run_detail.show(project, run_id)
    elif compared:
        run_comparison.show(project, compared)
    else:
        run_list.show(project)


render()
