"""The list of runs: asked in a query, picked across questions, grouped, starred, saved, talked about."""

import pytest

from core.records.access import LOCAL
from core.records.run_query import RunQuestion
from core.training.holdout import read_split
from tests.pages.acting import click_header, pick_row, screen, sound, texts, tick_rows


@pytest.fixture
def runs(grown):
    grown.runs.refresh("phones")
    return [row.entry for row in grown.runs.page("phones", RunQuestion()).rows]


def listed(at):
    return list(at.dataframe[0].value["run"])


def test_a_query_narrows_the_list_and_a_wrong_one_is_told_where(grown):
    at = screen("runs", q="params.n_estimators = 20")
    assert list(at.dataframe[0].value["estimator"]) == ["random forest"]
    at = sound(at.text_input(key="runs.q").set_value('estimator = "logistic_regression"').run())
    assert list(at.dataframe[0].value["estimator"]) == ["logistic regression"]
    assert at.query_params["q"] == 'estimator = "logistic_regression"'
    at = sound(at.text_input(key="runs.q").set_value("roc_auc > 0.5").run())
    assert "Character 1 of the query" in texts(at)
    assert not at.dataframe
    at = sound(at.text_input(key="runs.q").set_value("took > 9999").run())
    at = sound(at.button(key="runs.all").click().run())
    assert len(at.dataframe[0].value) == 2


def test_picks_stay_when_the_question_changes_and_lead_to_the_comparison(grown, runs):
    newer, older = (entry.run_id for entry in runs)
    at = tick_rows(screen("runs"), "runs.table", 0)
    assert at.query_params["pick"] == newer
    assert at.button(key="runs.compare").disabled
    at = sound(at.text_input(key="runs.q").set_value('estimator = "logistic_regression"').run())
    at = tick_rows(at, "runs.table", 0)
    assert at.query_params["pick"] == f"{newer},{older}"
    at = sound(at.button(key="runs.compare").click().run())
    assert at.query_params["compare"] == f"{newer},{older}"
    at = sound(at.button(key="back.compare").click().run())
    assert at.query_params["pick"] == f"{newer},{older}"
    at = sound(at.button(key="runs.clear").click().run())
    assert "pick" not in at.query_params


def test_columns_order_and_groups_come_from_the_address(grown):
    at = screen("runs", columns="metrics.roc_auc,params.n_estimators", order="metrics.roc_auc")
    table = at.dataframe[0].value
    assert list(table.columns) == ["starred", "run", "metrics.roc_auc", "params.n_estimators"]
    assert list(table["metrics.roc_auc"]) == sorted(table["metrics.roc_auc"])
    at = screen("runs", group="estimator", columns="metrics.roc_auc")
    assert list(at.dataframe[0].value["value"]) == ["logistic_regression", "random_forest"]
    at = pick_row(at, "runs.groups", 1, "value")
    assert at.query_params["q"] == 'estimator = "random_forest"'
    assert list(at.dataframe[0].value["estimator" if "estimator" in at.dataframe[0].value else "run"])


def test_a_header_orders_all_runs_and_the_other_way_round_on_the_second_click(grown):
    at = click_header(screen("runs"), "runs.table", "metrics.roc_auc")
    assert at.query_params["order"] == "-metrics.roc_auc"
    best_first = list(at.dataframe[0].value["metrics.roc_auc"])
    assert best_first == sorted(best_first, reverse=True)
    at = click_header(at, "runs.table", "metrics.roc_auc")
    assert at.query_params["order"] == "metrics.roc_auc"
    assert list(at.dataframe[0].value["metrics.roc_auc"]) == best_first[::-1]
    at = click_header(screen("runs", columns="comments,took"), "runs.table", "comments")
    assert "order" not in at.query_params


def test_the_whole_list_is_a_file(grown, runs):
    question = grown.runs.question(order="metrics.roc_auc", descending=False)
    text = grown.runs.to_csv("phones", question, ("estimator", "delta", "metrics.roc_auc"))
    header, *lines = text.splitlines()
    assert header == "id,name,started,estimator,metrics.roc_auc"
    figures = [float(line.rsplit(",", 1)[1]) for line in lines]
    assert (len(lines), figures) == (len(runs), sorted(figures))


def test_a_star_is_one_click_and_an_archived_run_leaves_the_list(grown, runs):
    at = pick_row(screen("runs"), "runs.table", 1, "starred")
    assert list(at.dataframe[0].value["starred"]) == ["☆", "★"]
    assert grown.run_notes.mark("phones", runs[1].run_id).starred
    at = tick_rows(at, "runs.table", 0)
    at = sound(at.button(key="runs.archive").click().run())
    assert listed(at) == [runs[1].run_id[:8]]
    assert listed(screen("runs", also="archived")) == [entry.run_id[:8] for entry in runs]


def test_a_saved_view_opens_as_it_was_saved(grown):
    at = screen("runs", q="params.n_estimators = 20", order="took")
    at.text_input(key="runs.view.name").set_value("forests")
    at = sound(at.button(key="runs.view.save").click().run())
    assert [view.address for view in grown.run_notes.views("phones")] == ["q=params.n_estimators+%3D+20&order=took"]
    at = sound(at.button(key="runs.view.none").click().run())
    assert len(at.dataframe[0].value) == 2
    at = sound(at.button(key="runs.view.forests").click().run())
    assert len(at.dataframe[0].value) == 1
    at = sound(at.button(key="runs.view.remove.forests").click().run())
    assert grown.run_notes.views("phones") == []


def test_a_run_takes_tags_a_description_and_comments(grown, runs):
    run_id = runs[0].run_id
    at = screen("runs", run=run_id)
    at.text_input(key="run.notes.tag").set_value("team")
    at.text_input(key="run.notes.value").set_value("risk")
    at = sound(at.button(key="run.tag.set").click().run())
    at.text_area(key=f"run.notes.note.{run_id}").set_value("**solid**")
    at = sound(at.button(key="run.note.save").click().run())
    at.text_area(key="run.notes.comment").set_value("take this one")
    at = sound(at.button(key="run.comment.add").click().run())
    (comment,) = grown.run_notes.comments(run_id)
    assert (comment.text, comment.author) == ("take this one", LOCAL.name)
    at = sound(at.button(key="run.comment.add").click().run())
    assert "needs some words" in " ".join(error.value for error in at.error)
    at = sound(at.button(key=f"run.comment.remove.{comment.id}").click().run())
    assert grown.run_notes.comments(run_id) == []
    entry = grown.runs.entries([run_id])[run_id]
    assert (entry.tags, entry.note) == ({"team": "risk"}, "**solid**")


def test_a_comparison_lives_in_its_address_side_by_side(grown, runs):
    newer, older = (entry.run_id for entry in runs)
    together = f"{newer},{older}"
    at = screen("runs", compare=together, tab="recipe")
    assert "n_estimators" in set(at.dataframe[1].value["Name"])
    assert "seed" not in set(at.dataframe[1].value["Name"])
    at = sound(at.toggle(key="compare.only").set_value(False).run())
    assert "seed" in set(at.dataframe[1].value["Name"])
    at = sound(at.selectbox(key="compare.base").set_value(newer).run())
    assert at.query_params["base"] == newer
    at = screen("runs", compare=together, tab="answers")
    shown = at.dataframe[0].value
    assert set(shown.columns) == {"from", "to", "rows"}
    at = screen("runs", compare=together, tab="scatter", x="metrics.log_loss")
    assert at.selectbox(key="compare.x").value == "metrics.log_loss"
    for tab in ("curves", "features", "parallel", "history"):
        screen("runs", compare=together, tab=tab)


def test_a_deleted_run_is_called_so(grown, runs):
    run_id = next(entry.run_id for entry in runs if entry.estimator == "random_forest")
    grown.removal.delete_run(LOCAL, "phones", run_id)
    at = screen("runs", run=run_id)
    assert "was deleted" in " ".join(error.value for error in at.error)
    assert run_id[:8] not in listed(screen("runs"))
    both = ",".join(entry.run_id for entry in runs)
    at = screen("runs", compare=both)
    assert any(f"Run {run_id[:8]} was deleted" in warning.value for warning in at.warning)


def test_rows_that_flipped_show_what_stands_in_them(grown, runs):
    at = screen("runs", compare=",".join(entry.run_id for entry in runs), tab="answers")
    table = at.dataframe[-1].value
    values = [name for name in table.columns if name.startswith("value.")]
    assert values == ["value.minutes", "value.plan", "value.calls"]
    assert set(table["value.plan"]) <= {"basic", "plus"}
    assert (table["was"] != table["now"]).all()
    split = grown.blobs.read(runs[0].split_sha256)
    assert len(table) <= len(read_split(split).test)
