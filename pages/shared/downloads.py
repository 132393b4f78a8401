"""Files to take away: a route of the server writes each to a temporary file and streams that, so none is held whole."""

from urllib.parse import quote, urlencode

import streamlit as st

from core.datasets.exporting import ExportForm
from core.records.dataset import DatasetVersion
from core.records.difference import Difference, RowSelection

FORMS = {"csv": "CSV", "parquet": "Parquet"}
LABELS = {ExportForm.CSV: "CSV", ExportForm.PARQUET: "Parquet", ExportForm.ORIGINAL: "Original"}


def version(of: DatasetVersion) -> None:
    """Offer a dataset version as a file in each form."""
    for form, label in LABELS.items():
        address = f"/export/{quote(of.project)}/{quote(str(of.ref))}/{form.value}"
        st.link_button(label, address, icon=":material/download:", key=f"export.{form.value}")


def difference(of: Difference, selection: RowSelection) -> None:
    """Offer the selected rows of a difference as CSV and as Parquet."""
    asked = [("change", change.value) for change in selection.changes]
    asked += [("column", selection.column)] if selection.column else []
    for form, label in FORMS.items():
        address = f"/export-difference/{quote(of.project)}/{of.id}/{form}?{urlencode(asked)}"
        st.link_button(label, address, icon=":material/download:", key=f"differences.export.{form}")
