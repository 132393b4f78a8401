"""The part of a training form on columns: which are learned from, and why a version that fails its contract is used."""

import streamlit as st

from core.records.contract import Outcome
from core.records.dataset import DatasetVersion
from core.records.project import Project
from pages.shared import loaders
from pages.shared.context import platform
from pages.shared.words import count, plain
from pages.train import preparation_choice

MOST_PILLS = 60


def contract(project: Project, version: DatasetVersion) -> None:
    """Ask for a reason to train on a version that fails its contract."""
    result = loaders.contract_result(project.name, version.ref)
    if result is None or result.outcome is not Outcome.FAILS:
        return
    broken = [check for check in result.failed if check.standing == "fail"]
    told = "; ".join(f"{check.sentence}: {check.observed}" for check in broken[:2])
    st.warning(plain(f"{version.ref} fails its contract. {told}."), icon=":material/rule:")
    st.text_input(
        "Reason to train on it all the same",
        key="train.override",
        placeholder="Kept with the run and in the audit trail",
    )


def features(project: Project, version: DatasetVersion) -> None:
    """Let people choose the columns to learn from, starting with those that make sense."""
    usable = [column.name for column in version.columns if column.name != project.target]
    given = st.session_state
    if "train.features" not in given:
        given["train.features"] = list(
            platform().training.default_features(project, version, preparation_choice.chosen(project))
        )
    given["train.features"] = [name for name in given["train.features"] or () if name in usable]
    label = f"Features, of {count(len(usable), 'column')}"
    if len(usable) > MOST_PILLS:
        st.multiselect(label, usable, key="train.features", label_visibility="collapsed", wrap=True)
    else:
        st.pills(
            label,
            usable,
            selection_mode="multi",
            format_func=plain,
            key="train.features",
            label_visibility="collapsed",
            wrap=True,
        )
