"""The label inbox: what came true, how long it takes, what is missing, and the way in for more."""

import tempfile
from datetime import timedelta
from pathlib import Path

import streamlit as st

from core.charts import performance as charts
from core.records.label import LabelReceipt
from core.records.project import Project
from pages.shared import actions, alert_loaders, parts, tables
from pages.shared.context import actor, now, platform, theme
from pages.shared.words import count, plain

TIMES = {7: "7 days", 30: "30 days", 90: "90 days", 0: "All"}
MISSING = {
    "prediction_id": st.column_config.TextColumn("Prediction", width="large"),
    "at": tables.time("Answered"),
}
FILE = "labels.file"
TYPES = ["csv", "tsv", "parquet", "jsonl", "xlsx"]


def show(project: Project) -> None:
    """Draw the inbox."""
    days = st.segmented_control(
        "Answers of the last",
        list(TIMES),
        format_func=TIMES.__getitem__,
        default=30,
        key="labels.days",
        label_visibility="collapsed",
        required=True,
    )
    since = (now() - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0) if days else None
    found = alert_loaders.inbox(project.name, since)
    if not found.predictions:
        parts.empty(f"{plain(project.name)} answered nothing in that time, so there is nothing to label.")
        return
    grid = st.grid(4, min_column_width=180, gap="small")
    with grid.cell():
        parts.tile("Answers", f"{found.predictions:,}")
    with grid.cell():
        share = found.labelled / found.predictions
        final = f"final from {project.enough_labels:.0%}"
        parts.tile("With a label", f"{share:.0%}", final, good=share >= project.enough_labels)
    with grid.cell():
        took = "—" if found.median_hours is None else _span(found.median_hours)
        parts.tile("Half of them within", took)
    with grid.cell():
        parts.tile("Waiting", f"{found.predictions - found.labelled:,}")
    if found.early:
        st.warning(
            f"{count(found.early, 'label')} were observed before their answer was given: the clocks of two machines "
            "differ.",
            icon=":material/schedule:",
        )
    left, right = parts.pair()
    with left:
        parts.section("Coverage", "Answers of each day, with and without a label")
        parts.chart(charts.coverage(found.days, theme()), "labels.coverage")
    with right:
        parts.section("Delay", "How long after the answer its label was observed")
        parts.chart(charts.delays(found.delays, theme()), "labels.delays")
    if found.missing:
        parts.section("Missing", "Answers that wait for a label, the oldest first")
        rows = [{"prediction_id": given, "at": at} for given, at in found.missing]
        tables.show(rows, MISSING, "labels.missing")


def _span(hours: float) -> str:
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


@st.dialog("Add labels")
def ask(project: str) -> None:
    """Take a table of labels."""
    st.markdown("A table with the columns `prediction_id`, `label` and, if known, `observed_at` (UTC).")
    st.file_uploader("Table", TYPES, key=FILE, label_visibility="collapsed", max_upload_size=50)
    parts.note("Labels that are known already are not stored twice; another one corrects it, and both are kept.")
    key = "labels.add"
    pressed = st.button("Add labels", key=key, type="primary", on_click=_take, args=(project,), width="stretch")
    actions.close_when_done(pressed)


def _take(project: str) -> None:
    file = st.session_state.get(FILE)
    if file is not None:
        actions.act(lambda: _add(project, file.name, file.getvalue()), _told)


def _add(project: str, name: str, content: bytes) -> LabelReceipt:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels"
        path.write_bytes(content)
        return platform().labels.add_file(actor(), project, path, name)


def _told(receipt: LabelReceipt) -> str:
    told = (
        f"{count(receipt.added, 'label')} added, {receipt.corrected:,} corrected, {receipt.repeated:,} known already."
    )
    if receipt.unknown:
        told += f" {len(receipt.unknown):,} ids were never answered and were left out."
    return told
