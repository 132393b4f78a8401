"""What a page of Streamlit costs before a product adds anything: the least any screen can need in a cold browser."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import looking
from benchmarks.serving import process, wait_for
from tests.installation import free_port

SCRIPT = """import streamlit as st
st.write("1 to 1 of 1")
st.dataframe([{"run": "one"}], on_select="rerun")
"""
TOLD = "1 to 1 of 1"


@contextmanager
def _bare() -> Iterator[str]:
    """Serve a page with a sentence and a table of one row."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(SCRIPT, encoding="utf-8")
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}"]
        quiet = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.address=127.0.0.1"]
        with process([*command, *quiet], dict(os.environ)):
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}/"


def cold(turns: int) -> float:
    """Return the median seconds from the address entered in a new browser until the table of one row is usable."""
    with _bare() as address:
        looking.cold(address, _usable, 1)
        return looking.cold(address, _usable, turns)


def _usable(page: Any) -> None:
    looking.table(page, TOLD)
