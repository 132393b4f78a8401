"""What the pictures of a run's judgement are drawn from, point by point."""

import pytest

from core.charts import judgement
from core.charts.template import PALETTES
from core.records.evaluation import Dependence, Evaluation
from core.records.project import CostMatrix

COUNTS = ((0.0, 4, 6, 0, 0), (0.5, 3, 1, 5, 1), (1.0, 0, 0, 6, 4))
"""Threshold, true positives, false positives, true negatives, false negatives of ten rows."""

EVIL = "<b>bold</b>"


def found(**changes: object) -> Evaluation:
    return Evaluation(metrics={}, train_metrics={}, rows_train=8, rows_test=10, **changes)


def points(trace) -> list[tuple[object, object]]:
    return list(zip(trace.x, trace.y, strict=True))


def test_calibration_is_drawn_by_bins_beside_the_diagonal():
    drawn = judgement.calibration(found(calibration=((0.1, 0.2, 30), (0.9, 0.8, 20))), "light")
    assert points(drawn.data[0]) == [(0.1, 0.2), (0.9, 0.8)]
    assert drawn.data[0].customdata == (30, 20)
    (diagonal,) = drawn.layout.shapes
    assert (diagonal.x0, diagonal.y0, diagonal.x1, diagonal.y1) == (0, 0, 1, 1)


def test_gain_tells_the_lift_and_none_is_divided_by_zero():
    drawn = judgement.gain(found(gain=((0.0, 0.0), (0.25, 0.75), (1.0, 1.0))), "dark")
    assert drawn.data[0].customdata == (1.0, 3.0, 1.0)
    assert drawn.data[0].line.color == PALETTES["dark"].accent


def test_figures_by_threshold_have_gaps_where_they_are_not_defined():
    drawn = judgement.thresholds(COUNTS, 0.4, "light")
    by_name = {trace.name: list(trace.y) for trace in drawn.data}
    assert by_name == {"precision": [0.4, 0.75, None], "recall": [1.0, 0.75, 0.0], "F1": [8 / 14, 6 / 8, 0.0]}
    assert drawn.layout.shapes[0].x0 == drawn.layout.shapes[0].x1 == 0.4


def test_values_by_the_cost_matrix():
    costs = CostMatrix(true_positive=10, false_positive=-2, true_negative=1, false_negative=-5)
    assert [judgement.worth(entry, costs) for entry in COUNTS] == [28.0, 28.0, -14.0]
    assert list(judgement.values(COUNTS, costs, 0.5, "light").data[0].y) == [28.0, 28.0, -14.0]


def test_errors_are_counted_spread_and_set_beside_the_normal():
    of = found(
        residuals=((1.0, 3.0), (5.0, 4.0)),
        residual_counts=((-1.0, 1.0, 7), (1.0, 2.0, 3)),
        residual_quantiles=((-1.0, -0.9), (1.0, 1.2)),
    )
    bars = judgement.residual_counts(of, "light").data[0]
    assert (points(bars), list(bars.width)) == ([(0.0, 7), (1.5, 3)], [2.0, 1.0])
    assert points(judgement.residual_spread(of, "light").data[0]) == [(1.0, 2.0), (5.0, -1.0)]
    assert points(judgement.residual_quantiles(of, "light").data[0]) == [(-1.0, -0.9), (1.0, 1.2)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_features_effect_is_a_line_for_numbers_and_marks_by_words_with_names_as_text(theme: str):
    number = Dependence(feature="tenure", values=(1.0, 5.0), names=("Yes",), lines=((0.2, 0.4),))
    drawn = judgement.dependence(number, "probability", theme)
    assert points(drawn.data[0]) == [(1.0, 0.2), (5.0, 0.4)]
    assert (drawn.data[0].line.dash, drawn.layout.showlegend) == ("solid", False)
    words = Dependence(feature=EVIL, values=("a", EVIL), names=("x", "y"), lines=((1.0, 2.0), (3.0, 4.0)))
    drawn = judgement.dependence(words, "answer", theme)
    assert (drawn.layout.xaxis.type, drawn.layout.showlegend, len(drawn.data)) == ("category", True, 2)
    assert EVIL not in drawn.to_json()


def test_folds_stand_beside_the_held_out_figure_where_there_is_one():
    drawn = judgement.folds((0.7, 0.8), 0.75, "ROC AUC", "light")
    assert points(drawn.data[0]) == [("fold 1", 0.7), ("fold 2", 0.8)]
    assert drawn.layout.shapes[0].y0 == 0.75
    assert judgement.folds((0.7,), None, "", "light").layout.shapes == ()
