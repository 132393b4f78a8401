"""What the scoring API did: latency, throughput, errors, processor and memory."""

import streamlit as st

from core.charts import performance as charts
from core.records.project import Project
from pages.shared import alert_loaders, parts
from pages.shared.context import theme
from pages.shared.words import number, plain

HOURS = {1: "1 hour", 6: "6 hours", 24: "1 day", 168: "7 days"}


def show(project: Project) -> None:
    """Draw the last hours."""
    hours = st.segmented_control(
        "Last",
        list(HOURS),
        format_func=HOURS.__getitem__,
        default=24,
        key="system.hours",
        label_visibility="collapsed",
        required=True,
    )
    points = alert_loaders.system(project.name, hours or 24)
    asked = sum(one.requests for one in points)
    if not asked:
        parts.empty(f"Nobody asked the scoring API for {plain(project.name)} in that time.")
        return
    failed = sum(one.failed for one in points)
    busiest = max(points, key=lambda one: one.requests)
    slowest = max((one.p95_ms for one in points if one.p95_ms is not None), default=None)
    grid = st.grid(4, min_column_width=180, gap="small")
    with grid.cell():
        parts.tile("Requests", f"{asked:,}", f"{sum(one.rows for one in points):,} rows")
    with grid.cell():
        parts.tile("Failed", f"{failed / asked:.2%}", f"{failed:,} requests", good=failed == 0)
    with grid.cell():
        parts.tile("Slowest p95", "—" if slowest is None else f"{number(slowest)} ms")
    with grid.cell():
        parts.tile("Busiest step", f"{busiest.requests:,}", "requests")
    left, right = parts.pair()
    with left:
        parts.section("Latency", "Half, 95 % and 99 % of the requests were answered within")
        parts.chart(charts.latency(points, theme()), "system.latency")
    with right:
        parts.section("Requests", "By what became of them")
        parts.chart(charts.requests(points, theme()), "system.requests")
    if any(one.memory_mb is not None for one in points):
        parts.section("Processor and memory", "Of all processes of the API, for everything they answered")
        parts.chart(charts.usage(points, theme()), "system.usage")
