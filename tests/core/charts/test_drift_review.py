"""The heat map of drift as it reaches the browser."""

import json
from datetime import UTC, datetime

from core.charts import drift_review
from core.records.dataset import ColumnKind
from core.records.monitor import Cell, ColumnVerdict, ReportKind, ReportOutline


def cell(name: str, verdict: ColumnVerdict, statistic: float | None) -> Cell:
    number = ColumnKind.NUMBER
    return Cell(
        name=name, role="feature", kind=number, verdict=verdict, test="psi", statistic=statistic, threshold=0.1,
        is_p_value=False,
    )  # fmt: skip


def outline(id: str, *cells: Cell) -> ReportOutline:
    return ReportOutline(
        id=id, project="shop", kind=ReportKind.DRIFT, reference="first@1", current="May <b>", rows_reference=9,
        rows_current=9, drifted=False, drifted_columns=0, tested_columns=1, summary="", job_id=None,
        created_at=datetime(2025, 5, 1, tzinfo=UTC), cells=cells,
    )  # fmt: skip


def test_each_cell_has_its_colour_its_mark_and_its_address():
    drifted, stable = cell("age", ColumnVerdict.DRIFTED, 0.2), cell("age", ColumnVerdict.STABLE, 0.3)
    few = cell("plan", ColumnVerdict.TOO_FEW, None)
    windows = [outline("a", drifted, few), outline("b", stable)]
    untested, tested, targets = json.loads(drift_review.heat_map(windows, ["age", "plan"], "light").to_json())["data"]
    assert tested["z"] == [[2.0, 0.95], [None, None]]
    assert tested["text"] == [["•", ""], ["", ""]]
    assert untested["z"] == [[None, None], [1.0, None]]
    assert untested["text"] == [["", ""], ["x", ""]]
    assert list(zip(targets["x"], targets["y"], strict=True)) == [(0, 0), (0, 1), (1, 0)]
    assert [one[:3] for one in targets["customdata"]] == [
        ["age", "a", "age · May &lt;b&gt;"],
        ["plan", "a", "plan · May &lt;b&gt;"],
        ["age", "b", "age · May &lt;b&gt;"],
    ]


def test_windows_without_columns_draw_nothing():
    drawn = json.loads(drift_review.heat_map([outline("a")], [], "dark").to_json())["data"]
    assert [len(trace.get("z", trace.get("x"))) for trace in drawn] == [0, 0, 0]
