"""One column of a drift report in detail: both distributions, where values went, where it comes from, which rows."""

import streamlit as st

from core.charts import drift as charts
from core.charts import drift_review as review_charts
from core.monitoring import methods
from core.records.monitor import ColumnDrift, MonitorReport
from pages.shared import drift_loaders, parts, tables
from pages.shared.context import theme
from pages.shared.words import number, plain

SEGMENTS = {
    "part": st.column_config.TextColumn("Part of the rows", width="medium"),
    "share": st.column_config.TextColumn("Share", width="small"),
    "distance": tables.figure("Distance within", "%.3f"),
    "without": tables.figure(
        "Distance without", "%.3f", "The distance of all other rows: the lower, the more comes from here"
    ),
}
CATEGORIES = {
    "change": tables.states("Change", ["added", "removed"], 90),
    "name": st.column_config.TextColumn("Category", width="medium"),
    "share": st.column_config.TextColumn("Share", width="small"),
}


def statistic(value: float | None) -> str:
    """Return a statistic with the digits that matter."""
    return "—" if value is None else f"{value:.3g}"


def show(report: MonitorReport, column: ColumnDrift, key: str) -> None:
    """Draw the column; ``key`` keeps its charts apart from others on the screen."""
    parts.section(column.name, column.reason or "Share of the values, reference and current", column.verdict.value)
    left, right = parts.pair()
    with left:
        if column.labels:
            parts.chart(charts.overlay(column, theme()), key=f"{key}.overlay")
        else:
            parts.note("There is nothing to draw.")
    with right:
        _facts(column)
        parts.note(methods.definition(column.test))
    with left:
        _where_values_went(column, key)
    with right:
        _origin(column, key)
    _rows(report, column, key)


def _facts(column: ColumnDrift) -> None:
    kind = "p-value" if column.is_p_value else "Distance"
    chance = None if column.p_adjusted is None else f"{column.p_adjusted:.2g}"
    parts.facts(
        [
            ("Test", methods.title(column.test)),
            (kind, statistic(column.statistic)),
            ("Threshold", f"{'below' if column.is_p_value else 'from'} {statistic(column.threshold)} counts as drift"),
            ("Chance alone, adjusted", chance, "The p-value, adjusted for all columns that were looked at"),
            ("Importance", None if column.importance is None else f"{column.importance:.0%}"),
            ("Values, reference", f"{column.values_reference:,}"),
            ("Values, current", f"{column.values_current:,}"),
            ("Missing", f"{column.missing_reference:.1%} → {column.missing_current:.1%}"),
            ("Mean", _means(column)),
        ],
        columns=130,
    )


def _means(column: ColumnDrift) -> str | None:
    if column.mean_reference is None and column.mean_current is None:
        return None
    return f"{number(column.mean_reference)} → {number(column.mean_current)}"


def _where_values_went(column: ColumnDrift, key: str) -> None:
    if column.quantiles_reference and column.quantiles_current:
        st.markdown("**Where the quantiles moved**")
        parts.chart(review_charts.quantile_shift(column, theme()), key=f"{key}.quantiles")
    elif column.gained or column.lost:
        st.markdown("**Categories gained and lost**")
        rows = [_category("added", name, share) for name, share in column.gained]
        rows += [_category("removed", name, share) for name, share in column.lost]
        tables.show(rows, CATEGORIES, f"{key}.categories")


def _category(change: str, name: str, share: float) -> tables.Row:
    return {"change": tables.marks(change), "name": name, "share": f"{share:.1%}"}


def _origin(column: ColumnDrift, key: str) -> None:
    st.markdown("**Where it comes from**")
    if not column.segments:
        parts.note(
            "No part of the rows explains it: it is much the same in all of them."
            if column.rows
            else "Only the most drifted columns of a window are traced."
        )
        return
    rows = [
        {
            "part": f"{segment.column} is {segment.value}",
            "share": f"{segment.share:.0%}",
            "distance": segment.distance,
            "without": segment.without,
        }
        for segment in column.segments
    ]
    tables.show(rows, SEGMENTS, f"{key}.segments")


def _rows(report: MonitorReport, column: ColumnDrift, key: str) -> None:
    if not column.rows:
        return
    frame = drift_loaders.telling_rows(report, column.name)
    if frame.empty:
        return
    with st.expander(f"Rows that contribute most: {len(frame)} of those where {plain(column.name)} grew most"):
        st.dataframe(frame, key=f"{key}.rows", row_height=tables.ROW_HEIGHT, height="content")
