"""A place to drop a file, whose bytes stream to the server's disk while a bar tells how far they are."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared.context import platform
from pages.shared.words import size

HERE = Path(__file__).parent
ADDRESS = "/uploads"

SUFFIXES = ("csv", "tsv", "txt", "parquet", "jsonl", "ndjson", "xlsx", "xls", "ods", "gz", "zip")
"""Endings the file picker offers; what a file is, its content tells."""


@cache
def _component() -> Any:
    def text(name: str) -> str:
        return (HERE / name).read_text(encoding="utf-8")

    return st.components.v2.component(
        "pilothouse_upload", html=text("box.html"), css=text("box.css"), js=text("box.js")
    )


def show(project: str, key: str, staged: Callable[[str], None]) -> None:
    """Draw the box; ``staged`` is called with the id of an upload once all of it has arrived."""
    most = platform().uploads.most

    def handed() -> None:
        staged(str(st.session_state[key].staged))

    with st.container(key=f"{key}.place"):
        _component()(
            key=key,
            data={
                "project": project,
                "address": ADDRESS,
                "most": most,
                "accept": ",".join(f".{suffix}" for suffix in SUFFIXES),
                "lead": "Drop a file here, or click to choose one",
                "hint": f"CSV and its kin, Parquet, JSON lines, Excel, OpenDocument; also in gzip or zip. "
                f"At most {size(most)}.",
            },
            on_staged_change=handed,
        )
