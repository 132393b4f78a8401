import pytest

from core.charts import comparison, data, drift, evaluation, matrices, runs
from core.charts.template import PALETTES, figure, text
from core.records.dataset import ColumnKind
from core.records.evaluation import Evaluation
from core.records.monitor import MOST_SEVERE, ColumnDrift, ColumnVerdict, severity
from tests.builders import column_profile

EVIL = "<b>bold</b> <a href='https://x.y'>&amp;"
THEMES = ("light", "dark")


def found(**changes):
    fields = {
        "metrics": {"roc_auc": 0.8},
        "train_metrics": {"roc_auc": 0.9},
        "rows_train": 8,
        "rows_test": 4,
        "classes": ("No", "Yes"),
        "confusion": ((3, 1), (0, 4)),
        "roc": ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0)),
        "pr": ((0.0, 1.0), (1.0, 0.5)),
        "residuals": ((1.0, 2.0), (3.0, 3.0)),
        "importances": (("tenure", 0.2, 0.01), (EVIL, 0.1, 0.02)),
    }
    return Evaluation(**{**fields, **changes})


def drifted(**changes):
    fields = {
        "name": "tenure",
        "kind": ColumnKind.INTEGER,
        "role": "feature",
        "test": "Kolmogorov-Smirnov",
        "statistic": 0.0005,
        "threshold": 0.05,
        "is_p_value": True,
        "verdict": ColumnVerdict.DRIFTED,
        "rows_reference": 1000,
        "rows_current": 500,
        "missing_reference": 0.0,
        "missing_current": 0.1,
        "labels": ("0 to 10", "10 to 20"),
        "reference": (0.75, 0.25),
        "current": (0.25, 0.75),
    }
    return ColumnDrift(**{**fields, **changes})


def test_names_from_users_are_shown_as_text_and_never_as_markup():
    assert text(EVIL) == "&lt;b&gt;bold&lt;/b&gt; &lt;a href='https://x.y'&gt;&amp;amp;"
    assert text("a" * 70, 10) == "aaaaaaaaa…"
    assert text("two\nlines") == "two lines"


@pytest.mark.parametrize("theme", THEMES)
def test_a_figure_is_see_through_and_in_the_colours_of_its_theme(theme):
    drawn = figure([], theme, 200)
    assert drawn.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert drawn.layout.font.color == PALETTES[theme].ink
    assert drawn.layout.height == 200


def test_a_histogram_has_a_bar_in_the_middle_of_each_range():
    profile = column_profile(edges=(0.0, 10.0, 20.0), counts=(3, 5))
    bars = data.column(profile, "light").data[0]
    assert list(bars.x) == [5.0, 15.0]
    assert list(bars.y) == [3, 5]


def test_a_text_column_shows_its_most_frequent_value_on_top():
    profile = column_profile(kind=ColumnKind.TEXT, top=((EVIL, 9), ("b", 2)))
    drawn = data.column(profile, "light")
    assert list(drawn.data[0].x) == [2, 9]
    assert "<b>" not in drawn.layout.yaxis.ticktext[1]


def test_the_confusion_chart_colours_by_the_share_of_the_true_class():
    heat = evaluation.confusion(found(), "light").data[0]
    assert [list(row) for row in heat.z] == [[0.75, 0.25], [0.0, 1.0]]
    assert heat.text[0][0] == "3<br>75.0%"


def test_confusion_matrices_side_by_side_count_and_colour_by_the_share_of_the_true_class_and_show_names_as_text():
    drawn = matrices.confusion([(EVIL, found())], "light")
    assert "<b>bold" not in drawn
    assert "true No, predicted Yes: 1, 25.0% of that class" in drawn
    assert drawn.count("3 · 75%") == drawn.count("4 · 100%") == 1
    assert f"background:{PALETTES['light'].ramp[1]};color:#FFFFFF" in drawn
    many = tuple(str(one) for one in range(7))
    wide = matrices.confusion([("wide", found(classes=many, confusion=((1,) * 7,) * 7))], "dark")
    assert "1 · 14%" not in wide
    assert wide.count("1, 14.3% of that class") == 49


def test_the_colours_of_curves_on_each_other_are_those_of_the_shared_legend_also_when_one_has_none():
    named = [(f"r{place}", found(roc=() if place == 1 else ((0.0, 0.0), (1.0, 1.0)))) for place in range(10)]
    drawn = runs.roc(named, "light")
    told = matrices.legend([name for name, _ in named], "light")
    assert [trace.name for trace in drawn.data] == ["r0", *(f"r{place}" for place in range(2, 10))]
    assert (drawn.data[0].line.dash, drawn.data[1].line.dash, drawn.data[-1].line.dash) == ("dash", "solid", "dot")
    assert f"border-top:2px dotted {drawn.data[-1].line.color}" in told
    assert not drawn.layout.showlegend


def test_the_roc_chart_has_the_line_of_a_coin_toss():
    drawn = evaluation.roc(found(), "dark")
    assert list(drawn.data[0].y) == [0.0, 1.0, 1.0]
    assert len(drawn.layout.shapes) == 1


def test_precision_and_recall_are_drawn_without_that_line():
    assert not evaluation.precision_recall(found(), "dark").layout.shapes


def test_residuals_hold_predicted_against_actual_and_the_error():
    dots = evaluation.residuals(found(), "light").data[0]
    assert list(dots.x) == [1.0, 3.0]
    assert list(dots.customdata) == [1.0, 0.0]


def test_the_most_important_feature_is_on_top():
    drawn = evaluation.importances(found(), "light")
    assert list(drawn.data[0].x) == [0.1, 0.2]
    assert drawn.layout.yaxis.ticktext[1] == "tenure"
    assert "<b>" not in drawn.layout.yaxis.ticktext[0]


def test_a_metric_that_got_better_is_green_whichever_way_is_better():
    palette = PALETTES["light"]
    rows = (("roc_auc", 0.8, 0.9, 0.1, True), ("rmse", 2.0, 1.0, -1.0, False), ("mae", 1.0, 2.0, 1.0, False))
    bars = comparison.metric_changes(rows, "light").data[0]
    assert list(bars.marker.color) == [palette.bad, palette.good, palette.good]
    assert bars.x[2] == pytest.approx(0.125)


def test_metrics_without_a_difference_are_left_out_of_the_comparison():
    rows = (("roc_auc", None, 0.9, None, True),)
    assert len(comparison.metric_changes(rows, "light").data[0].x) == 0


def test_severity_is_one_at_the_threshold_for_distances_and_p_values():
    assert severity(drifted(statistic=0.05)) == pytest.approx(1.0)
    assert severity(drifted(statistic=0.1, threshold=0.1, is_p_value=False)) == pytest.approx(1.0)
    assert severity(drifted(statistic=1.0)) == 0.0
    assert severity(drifted(statistic=0.0)) == MOST_SEVERE
    assert severity(drifted(statistic=None, threshold=None)) == 0.0


def test_the_drift_overview_puts_the_worst_column_on_top_and_tells_which_was_clicked():
    columns = (drifted(name=EVIL), drifted(name="calm", statistic=0.9, verdict=ColumnVerdict.STABLE))
    drawn = drift.overview(columns, "light")
    assert drawn.data[0].customdata[1][0] == EVIL
    assert "<b>" not in drawn.layout.yaxis.ticktext[1]
    assert drawn.data[0].marker.color[1] == PALETTES["light"].bad


def test_a_wide_table_shows_only_its_most_drifted_columns():
    columns = tuple(drifted(name=f"c{n}", statistic=0.9 / (n + 1)) for n in range(60))
    bars = drift.overview(columns, "light").data[0]
    assert len(bars.x) == drift.SHOWN
    assert bars.customdata[-1][0] == "c59"


def test_the_overlay_draws_reference_and_current_in_shares():
    reference, current = drift.overlay(drifted(), "light").data
    assert list(reference.y) == [0.75, 0.25]
    assert list(current.y) == [0.25, 0.75]
    assert reference.name == "Reference (1,000 rows)"
