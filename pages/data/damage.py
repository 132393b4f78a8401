"""What is wrong with the stored bytes of a dataset version, and what to do about it."""

import streamlit as st

from core.records.dataset import DatasetVersion
from pages.shared import loaders
from pages.shared.words import plain, sentence

ADVICE = {
    "table": "`pilothouse fsck --repair` makes it again from the original file.",
    "original": "The typed table can still be used. Add the same file once more, or restore a backup.",
}


def show(version: DatasetVersion) -> None:
    """Say which bytes of ``version`` are damaged or missing; nothing while all are sound."""
    for fault, uses in loaders.faults():
        for use in uses:
            if use.project == version.project and use.subject == str(version.ref) and use.kind in ADVICE:
                state = "damaged and was set aside" if fault.found else "missing"
                st.error(f"{plain(sentence(use.what))} is {state}. {ADVICE[use.kind]}", icon=":material/error:")
