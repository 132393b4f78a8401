"""Rows as screens read them: of dataset versions, of uploads and of differences, cached by what never changes."""

# ruff: noqa: ARG001 - the revision and the hashes are there to be keys of the cache
import pandas as pd
import streamlit as st

from core.records.dataset import DatasetVersion
from core.records.difference import Difference, Reach, RowDifference, RowSelection
from core.records.preparation import Steps
from core.records.project import Project
from core.records.upload import Examined, Upload
from core.training.preparations import Preview
from pages.shared.context import platform
from pages.shared.loaders import fresh


@st.cache_data(max_entries=8, show_spinner="Looking into the file")
def _examined(id: str, choices: str, _upload: Upload) -> Examined:
    return platform().uploads.examine(_upload)


@st.cache_data(max_entries=16, show_spinner=False)
def _prepared(parquet_sha256: str, steps: str, _project: Project, _version: DatasetVersion, _steps: Steps) -> Preview:
    return platform().preparations.preview(_project, _version, _steps)


@st.cache_data(max_entries=16, show_spinner=False)
def _preview(parquet_sha256: str, rows: int, first: int, _version: DatasetVersion) -> pd.DataFrame:
    return platform().datasets.preview(_version, rows, first)


@st.cache_data(max_entries=64, show_spinner=False)
def _difference_rows(
    id: str, selection: RowSelection, first: int, rows: int, _difference: Difference
) -> list[RowDifference]:
    return platform().differences.page(_difference, selection, first, rows)


@st.cache_data(max_entries=64, show_spinner=False)
def _difference_count(id: str, selection: RowSelection, _difference: Difference) -> int:
    return platform().differences.count(_difference, selection)


@st.cache_data(max_entries=16, ttl=10, show_spinner=False)
def _reach(revision: int, id: str, _difference: Difference) -> Reach:
    return platform().reach.of(_difference)


def examined(upload: Upload) -> Examined:
    """Return what would be kept of an upload with its choices."""
    return _examined(upload.id, upload.choices.model_dump_json(), upload)


def prepared(project: Project, version: DatasetVersion, steps: Steps) -> Preview:
    """Return the first rows of a dataset version before and after steps that fit it."""
    spelled = "".join(step.model_dump_json() for step in steps)
    return _prepared(version.parquet_sha256, f"{project.name}/{spelled}", project, version, steps)


def preview(version: DatasetVersion, rows: int = 100, first: int = 0) -> pd.DataFrame:
    """Return rows of a dataset version from row ``first`` on, counted from 0."""
    return _preview(version.parquet_sha256, rows, first, version)


def difference_rows(of: Difference, selection: RowSelection, first: int, rows: int) -> list[RowDifference]:
    """Return rows that differ, from ``first`` on."""
    return _difference_rows(of.id, selection, first, rows, of)


def difference_count(of: Difference, selection: RowSelection) -> int:
    """Return how many differing rows a selection has."""
    return _difference_count(of.id, selection, of)


def reach(of: Difference) -> Reach:
    """Return the runs trained on the older version of a difference."""
    return fresh(_reach)(of.id, of)
