"""One window of served answers: every metric, and the kinds of answers that fare worst."""

import streamlit as st

from core.records.evaluation import Slice
from core.records.performance import Band, MetricFigure
from pages.shared import parts, state, tables
from pages.shared.context import platform
from pages.shared.words import count, metric_title, number, plain, sentence

METRICS = {
    "metric": st.column_config.TextColumn("Metric", pinned=True),
    "value": st.column_config.TextColumn("Measured", width="small"),
    "band": st.column_config.TextColumn("95 % interval", width="medium"),
    "estimated": st.column_config.TextColumn("Estimated", width="small"),
    "estimated_band": st.column_config.TextColumn("95 % interval of it", width="medium"),
    "expected": st.column_config.TextColumn("At training", width="small"),
}
SLICES = {
    "rows_are": st.column_config.TextColumn("Answers where", width="large"),
    "rows": tables.amount("Answers"),
    "error": tables.figure("Error", "%.3f", "Share of wrong answers, or mean absolute error"),
    "band": st.column_config.TextColumn("95 % interval", width="small"),
    "others": tables.figure("All others", "%.3f"),
    "p": tables.figure("p", "%.3g", "Adjusted for every kind that was looked at (Holm)"),
}


def show(report_id: str) -> None:
    """Draw the window."""
    report = platform().monitoring.report(report_id)
    window = report.production
    if window is None:
        parts.missing("That report is not about served answers.", "performance", "Performance")
    assert window is not None  # noqa: S101 - `missing` ends the run
    sure = "untested" if report.performance is None or report.performance.value is None else "measured"
    mark = "provisional" if window.provisional and sure == "measured" else sure
    with parts.title(sentence(report.current), report.summary, mark, back=(state.REPORT,)):
        pass
    parts.facts(
        [
            ("Answers", f"{window.predictions:,}"),
            ("With a label", f"{window.labelled:,} ({window.coverage or 0:.0%})"),
            ("Final from", f"{window.enough:.0%} with a label"),
            ("Versions", ", ".join(f"v{one}" for one in window.versions) or None),
            ("Labels of no class", f"{window.foreign:,}" if window.foreign else None),
            ("Labels before their answer", f"{window.early:,}" if window.early else None, "Clocks differ"),
            parts.when("Measured", report.created_at),
        ]
    )
    for told in (window.reason, window.estimate_reason):
        if told:
            st.info(plain(told), icon=":material/info:")
    tables.show([_metric(one) for one in window.metrics], METRICS, "performance.metrics")
    if window.calibration:
        parts.note(f"The estimate rests on {window.calibration}.")
    parts.section("Where it fares worst", f"Kinds of labelled answers, of {count(window.labelled, 'answer')}")
    if report.slices:
        tables.show([_slice(one) for one in report.slices], SLICES, "performance.slices")
    else:
        parts.note("No kind of answers fares worse than all others, or too few have a label.")


def _metric(figure: MetricFigure) -> tables.Row:
    return {
        "metric": metric_title(figure.name),
        "value": number(figure.value),
        "band": _band(figure.band),
        "estimated": number(figure.estimated),
        "estimated_band": _band(figure.estimated_band),
        "expected": number(figure.expected),
    }


def _slice(found: Slice) -> tables.Row:
    return {
        "rows_are": found.title,
        "rows": found.rows,
        "error": found.error,
        "band": _band(found.interval),
        "others": found.others,
        "p": found.p_value,
    }


def _band(band: Band | None) -> str:
    return f"{number(band[0])} to {number(band[1])}" if band else "—"
