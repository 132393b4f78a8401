from typing import Any

import pytest

from core.charts import parallel, studies
from core.records.study import Dimension, DimensionKind, Study, Trial, TrialState
from tests.builders import START, study, trial

C = Dimension(name="C", kind=DimensionKind.FLOAT, low=0.01, high=100.0, log=True)
WEIGHT = Dimension(name="class_weight", kind=DimensionKind.CHOICE, choices=(None, "balanced"))
DEPTH = Dimension(name="depth", kind=DimensionKind.INT, low=1, high=5)


def done(number: int, value: float, **params: Any) -> Trial:
    over = {"state": TrialState.FINISHED, "scores": (value,), "value": value, "finished_at": START}
    return trial(number=number, params={"C": 1.0, "class_weight": None, "depth": 3, **params}, **over)


TRIALS = [
    done(0, 0.6),
    done(1, 0.8, C=100.0, class_weight="balanced"),
    done(2, 0.7, C=0.01, depth=5),
    trial(number=3, state=TrialState.PRUNED, scores=(0.5,), value=0.5, params={"C": 2.0}, reason="Given up"),
    trial(number=4, state=TrialState.FAILED, params={"C": 3.0}, reason="<b>no</b>"),
    trial(number=5, params={"C": 4.0}),
]


def seen(**changes: Any) -> Study:
    return study(best=1, value=0.8, importances=(("C", 0.75), ("<i>x</i>", 0.25)), **changes)


def traces(figure: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_history_draws_every_state_and_the_best_so_far(theme):
    found = traces(studies.history(seen(), TRIALS, theme))
    assert (list(found["finished"].x), list(found["finished"].y)) == ([0, 1, 2], [0.6, 0.8, 0.7])
    assert (list(found["pruned"].x), list(found["failed"].x)) == ([3], [4])
    assert (list(found["best so far"].x), list(found["best so far"].y)) == ([0, 1, 2, 5], [0.6, 0.8, 0.8, 0.8])
    assert found["failed"].customdata[0] == "&lt;b&gt;no&lt;/b&gt;"


def test_where_less_is_better_the_best_line_goes_down():
    base = seen().spec.base.model_copy(update={"metric": "log_loss"})
    less = seen(spec=seen().spec.model_copy(update={"base": base}))
    assert list(traces(studies.history(less, TRIALS, "light"))["best so far"].y) == [0.6, 0.6, 0.6, 0.6]


def test_a_study_without_a_trial_draws_an_empty_history():
    assert studies.history(seen(), [], "light").data == ()


def test_importances_are_drawn_largest_on_top_and_as_text():
    (bars,) = studies.importances(seen(), "light").data
    assert (list(bars.x), list(bars.y)) == ([0.25, 0.75], ["&lt;i&gt;x&lt;/i&gt;", "C"])


def test_a_slice_has_the_finished_trials_and_marks_the_best():
    figure = studies.slice_of(seen(), TRIALS, C, "light")
    points, best = figure.data
    assert (list(points.x), list(points.y)) == ([1.0, 100.0, 0.01], [0.6, 0.8, 0.7])
    assert (list(best.x), figure.layout.xaxis.type) == ([100.0], "log")
    words = studies.slice_of(seen(), TRIALS, WEIGHT, "dark")
    assert list(words.data[0].x) == ["none", "balanced", "none"]


def test_lines_go_through_the_share_of_each_value_and_end_at_the_score():
    figure = parallel.lines(seen(), TRIALS, [C, WEIGHT, DEPTH], "light")
    best = figure.data[-1]
    assert list(best.y) == [1.0, 1.0, 0.5, 1.0, None]
    worst = figure.data[0]
    assert list(worst.y)[:4] == [pytest.approx(0.5), 0.0, 0.5, 0.0]
    assert "C (log)" in [note.text for note in figure.layout.annotations]


def test_the_mean_of_a_running_trial_is_that_of_its_folds_so_far():
    assert studies.mean(trial(scores=(0.5, 0.75))) == 0.625
    assert studies.mean(trial()) is None
