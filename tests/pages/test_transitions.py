import io
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.records.access import LOCAL, Role
from core.records.gate import TITLES, ApprovalGate, GateDraft, MinimumGate, ParityGate, VerdictOutcome
from core.records.job import JobKind, JobState
from core.records.model import Alias
from core.records.prediction import LoggedPrediction
from core.records.project import Task
from core.records.training import SplitKind, ThresholdRule
from core.settings import Auth
from pages.shared import context
from pages.shared.words import plain
from tests.builders import START
from tests.pages.acting import SHELL, pick_row, screen, sound, table, texts, tick_rows, work_off


def test_creating_a_project_makes_it_and_switches_to_it(bare):
    at = screen("overview")
    at.button(key="overview.create").click().run()
    at.text_input(key="new_project.name").set_value("churn")
    at.text_input(key="new_project.target").set_value("left")
    at.text_input(key="new_project.positive").set_value("Yes")
    sound(at.button(key="new_project.create").click().run())
    made = bare.projects.get("churn")
    assert (made.task, made.target, made.positive, made.metric) == (Task.BINARY, "left", "Yes", "roc_auc")
    assert at.session_state["project"] == "churn"


def test_a_project_that_cannot_be_made_is_explained(bare):
    at = screen("overview")
    at.button(key="overview.create").click().run()
    at.text_input(key="new_project.name").set_value("No Good!")
    at.text_input(key="new_project.target").set_value("left")
    at.button(key="new_project.create").click().run()
    assert "cannot name a project" in at.error[0].value
    assert bare.projects.all() == []


def test_the_demo_button_creates_both_projects_and_their_jobs(bare):
    at = screen("overview")
    sound(at.button(key="overview.demo").click().run())
    assert {project.name for project in bare.projects.all()} == {"churn", "bikes"}
    assert len(bare.queue.find(kinds=(JobKind.PIPELINE,))) == 2


def test_choosing_another_project_changes_what_the_screen_shows(grown):
    grown.projects.create(LOCAL, name="empty", task=Task.REGRESSION, target="y")
    at = screen("datasets")
    at.selectbox(key="project").set_value("empty").run()
    assert "empty has no data yet" in texts(sound(at)).replace("\\", "")
    at.selectbox(key="project").set_value("phones").run()
    assert "no data yet" not in texts(sound(at))


def test_a_project_in_the_address_is_the_one_shown(grown):
    grown.projects.create(LOCAL, name="aaa", task=Task.REGRESSION, target="y")
    at = screen("datasets", project="phones")
    assert at.session_state["project"] == "phones"


def test_an_address_of_what_does_not_exist_says_so_and_shows_nothing_else(grown):
    at = screen("models", project="nosuch")
    said = plain("There is no project named 'nosuch'. It may have been deleted.")
    assert [error.value for error in at.error] == [said]
    assert {button.key for button in at.button} == {"project.new"}
    at.selectbox(key="project").set_value("phones").run()
    assert sound(at).query_params["project"] == "phones"
    assert "models.override" in {button.key for button in at.button}
    at = screen("models", version="77")
    assert [error.value for error in at.error] == [plain("There is no version 77.")]
    assert "models.promote" not in {button.key for button in at.button}


def test_a_project_is_edited_until_it_has_a_model(grown):
    grown.projects.create(LOCAL, name="loans", task=Task.BINARY, target="lefd", positive="Yes")
    grown.datasets.add_version(LOCAL, "loans", "customers", io.BytesIO(table()), "customers.csv")
    at = screen("datasets", project="loans", dataset="customers@1")
    assert plain("The target 'lefd' is not in customers@1. Did you mean 'left'?") in [w.value for w in at.warning]
    at = screen("settings", project="loans")
    at.button(key="settings.edit").click().run()
    at.selectbox(key="edit_project.loans.target").set_value("left")
    sound(at.button(key="edit_project.loans.save").click().run())
    made = grown.projects.get("loans")
    assert (made.target, made.positive, made.metric) == ("left", "Yes", "roc_auc")
    at = screen("settings", project="phones")
    at.button(key="settings.edit").click().run()
    assert at.selectbox(key="edit_project.phones.target").disabled
    at.selectbox(key="edit_project.phones.metric").set_value("f1")
    sound(at.button(key="edit_project.phones.save").click().run())
    assert grown.projects.get("phones").metric == "f1"


def test_a_project_is_deleted_once_its_name_was_typed(grown):
    at = screen("settings", project="phones")
    at.button(key="settings.delete").click().run()
    assert any("2 model versions" in node.value for node in at.markdown)
    at.button(key="edit_project.phones.delete").click().run()
    assert "Nothing was deleted" in at.error[0].value
    at.button(key="settings.delete").click().run()
    at.text_input(key="edit_project.phones.typed").set_value("phones")
    sound(at.button(key="edit_project.phones.delete").click().run())
    assert grown.projects.all() == []


def test_a_click_on_a_dataset_version_opens_it_and_back_leads_to_the_list(grown):
    at = pick_row(screen("datasets"), "datasets.table", 1, "version")
    assert at.query_params["dataset"] == "customers@1"
    assert at.title[0].value == "customers@1"
    at.button(key="back.dataset").click().run()
    assert sound(at).title[0].value == "Datasets"


def test_a_click_on_a_column_shows_its_distribution(grown):
    at = pick_row(screen("datasets", dataset="customers@1", tab="profile"), "datasets.columns", 1, "name")
    assert at.query_params["column"] == "plan"


def test_a_click_on_a_run_of_a_dataset_version_opens_it(grown):
    at = pick_row(screen("datasets", dataset="customers@1", tab="use"), "datasets.use", 1, "run")
    assert at.query_params["run"] == grown.training.runs("phones", 10)[1].run_id


def test_starting_a_training_queues_what_the_form_says_and_leads_to_its_run(grown):
    at = screen("train")
    at.selectbox(key="train.estimator").set_value("random_forest").run()
    at.number_input(key="train.random_forest.n_estimators").set_value(7)
    at.number_input(key="train.seed").set_value(3)
    at.number_input(key="train.test_size").set_value(30)
    at.pills(key="train.features").set_value(["minutes", "calls"])
    sound(at.button(key="train.start").click().run())
    (job,) = work_off(grown)
    payload = job.payload
    assert payload["params"]["n_estimators"] == 7
    assert payload["features"] == ["minutes", "calls"]
    assert (payload["seed"], payload["split"]["test_size"]) == (3, 0.3)
    assert job.result["version"] == 3
    assert at.run().get("page_link")


def test_fields_that_have_no_effect_are_hidden_and_left_at_their_defaults(grown):
    at = screen("train", estimator="svm")
    keys = {field.key for field in at.number_input}
    assert "train.svm.gamma" in keys
    assert "train.svm.degree" not in keys
    at.selectbox(key="train.svm.kernel").set_value("poly").run()
    at.number_input(key="train.svm.degree").set_value(2).run()
    at.selectbox(key="train.svm.kernel").set_value("linear").run()
    assert "train.svm.degree" not in {field.key for field in at.number_input}
    sound(at.button(key="train.start").click().run())
    (job,) = grown.queue.find(states=(JobState.QUEUED,))
    assert (job.payload["params"]["kernel"], job.payload["params"]["degree"]) == ("linear", 3)


def test_a_combination_that_is_refused_is_explained_and_nothing_is_queued(grown):
    at = screen("train", estimator="logistic_regression")
    at.number_input(key="train.logistic_regression.l1_ratio").set_value(0.5)
    at.button(key="train.start").click().run()
    assert "the solver must be saga" in at.error[0].value
    assert grown.queue.find(states=(JobState.QUEUED,)) == []


@pytest.mark.parametrize(
    ("field", "value", "said", "below"),
    [
        ("train.random_forest.n_estimators", 0, "n_estimators=0", "n estimators must be a whole number at least 1."),
        ("train.folds", 21, "folds must be from 2 to 20", "Folds must be from 0 to 20."),
    ],
)
def test_a_number_out_of_its_range_is_refused_by_the_name_of_its_field(grown, field, value, said, below):
    at = screen("train", estimator="random_forest")
    at.number_input(key=field).set_value(value).run()
    assert plain(below) in texts(at)
    at.button(key="train.start").click().run()
    assert said in at.error[0].value.replace("\\", "")
    assert grown.queue.find(states=(JobState.QUEUED,)) == []


def test_values_are_kept_as_a_preset_and_fill_the_form_again(grown):
    at = screen("train", estimator="random_forest")
    at.number_input(key="train.random_forest.n_estimators").set_value(37)
    at.button(key="train.save_preset").click().run()
    at.text_input(key="train.preset_name").set_value("small")
    sound(at.button(key="train.preset_confirm").click().run())
    assert grown.presets.get("phones", "small").params["n_estimators"] == 37
    at = screen("train")
    at.selectbox(key="train.preset").set_value("small").run()
    assert at.selectbox(key="train.estimator").value == "random_forest"
    assert at.number_input(key="train.random_forest.n_estimators").value == 37
    sound(at.button(key="train.from_defaults").click().run())
    assert at.number_input(key="train.random_forest.n_estimators").value == 100
    sound(at.button(key="train.drop_preset").click().run())
    assert grown.presets.of("phones") == []


def test_a_preset_without_a_usable_name_is_refused_in_the_dialog(grown):
    at = screen("train")
    at.button(key="train.save_preset").click().run()
    at.text_input(key="train.preset_name").set_value("Deep Forest")
    at.button(key="train.preset_confirm").click().run()
    assert "cannot name a preset" in at.error[0].value
    assert grown.presets.of("phones") == []


def test_the_form_starts_as_the_champion_or_as_the_run_in_the_address(grown):
    runs = {run.version: run for run in grown.training.runs("phones")}
    at = screen("train", clone=runs[2].run_id)
    assert at.selectbox(key="train.estimator").value == "random_forest"
    assert at.number_input(key="train.random_forest.n_estimators").value == 20
    at.number_input(key="train.random_forest.n_estimators").set_value(9).run()
    assert at.number_input(key="train.random_forest.n_estimators").value == 9
    sound(at.button(key="train.from_champion").click().run())
    assert at.selectbox(key="train.estimator").value == "logistic_regression"


def test_a_training_that_cannot_start_is_explained_and_nothing_is_queued(grown):
    at = screen("train")
    at.pills(key="train.features").set_value([])
    at.button(key="train.start").click().run()
    assert at.error[0].value
    assert grown.queue.find(states=(JobState.QUEUED,)) == []


def test_a_queued_job_can_be_cancelled_and_then_tried_again(grown):
    spec = grown.training.spec(grown.projects.get("phones"), dataset=None, estimator="logistic_regression")
    job = grown.training.submit(LOCAL, spec)
    at = screen("jobs", job=job.id)
    sound(at.button(key=f"job.cancel.{job.id}").click().run())
    assert grown.queue.get(job.id).state is JobState.CANCELLED
    sound(at.button(key=f"job.retry.{job.id}").click().run())
    (again,) = grown.queue.find(states=(JobState.QUEUED,))
    assert again.cause.id == job.id
    assert at.query_params["job"] == again.id


def test_the_list_of_jobs_can_be_narrowed_by_state_and_kind(grown):
    at = screen("jobs")
    at.pills(key="jobs.states").set_value(["failed"]).run()
    assert "No job matches" in texts(sound(at))
    at.pills(key="jobs.states").set_value(["succeeded"])
    at.multiselect(key="jobs.kinds").set_value(["monitor"]).run()
    assert len(sound(at).dataframe[0].value) == 1


def test_a_click_on_a_job_opens_it(grown):
    at = pick_row(screen("jobs"), "jobs.table", 0, "title")
    assert at.title[0].value.startswith("Check drift")


def test_ticking_two_runs_and_comparing_shows_what_differs(grown):
    at = screen("runs")
    assert at.button(key="runs.compare").disabled
    at = tick_rows(at, "runs.table", 0, 1)
    sound(at.button(key="runs.compare").click().run())
    assert at.title[0].value == "2 runs compared"
    assert at.dataframe[0].value["Figure"][0] == "ROC AUC"


def test_a_click_on_a_run_opens_it(grown):
    at = pick_row(screen("runs"), "runs.table", 0, "run")
    assert at.query_params["run"]
    assert "ROC curve" in texts(at)


@pytest.mark.parametrize(
    ("tab", "said"),
    [
        ("figures", "95 % percentile bootstrap, 1,000 resamples"),
        ("threshold", "In force: 0.5, fixed at 0.5."),
        ("features", "What it relies on"),
    ],
)
def test_each_side_of_a_run_has_an_address(viewed, tab, said):
    run = next(run for run in viewed.training.runs("phones") if run.version == 2)
    assert said in texts(screen("runs", run=run.run_id, tab=tab))


def test_a_threshold_can_be_tried_and_trained_with(grown):
    run = next(run for run in grown.training.runs("phones") if run.version == 2)
    at = screen("runs", run=run.run_id, tab="threshold")
    at.slider(key=f"run.threshold.{run.run_id}").set_value(0.3).run()
    assert "Train with threshold 0\\.30" in [link.proto.label for link in sound(at).get("page_link")]
    at = screen("train", clone=run.run_id, threshold="0.30")
    sound(at.button(key="train.start").click().run())
    (job,) = work_off(grown)
    assert job.payload["threshold"] == {"rule": "fixed", "value": 0.3, "costs": None}
    assert grown.models.manifest(grown.models.version("phones", 3)).threshold == 0.3


def test_folds_a_rule_and_groups_go_from_the_form_to_the_run(grown):
    at = screen("train")
    at.selectbox(key="train.split").set_value(SplitKind.CV).run()
    at.number_input(key="train.folds").set_value(3)
    at.selectbox(key="train.rule").set_value(ThresholdRule.TARGET_RECALL).run()
    at.number_input(key="train.value.target_recall").set_value(0.9)
    at.multiselect(key="train.fairness").set_value(["plan"])
    sound(at.button(key="train.start").click().run())
    (job,) = work_off(grown)
    assert job.state is JobState.SUCCEEDED, job.error
    assert (job.payload["split"]["folds"], job.payload["threshold"]["rule"]) == (3, "target_recall")
    run_id = job.result["run_id"]
    assert "recall of 90%" in texts(screen("runs", run=run_id, tab="threshold")).replace("\\", "")
    assert "Largest difference between groups" in texts(screen("runs", run=run_id, tab="groups"))
    assert "3 folds of the training rows" in texts(screen("runs", run=run_id, tab="folds"))


def test_a_split_by_groups_without_a_column_is_explained(grown):
    at = screen("train")
    at.selectbox(key="train.split").set_value(SplitKind.GROUP).run()
    at.button(key="train.start").click().run()
    assert "needs the name of the group column" in at.error[0].value


def test_a_run_without_a_version_can_be_registered(grown):
    spec = grown.training.spec(
        grown.projects.get("phones"), dataset=None, estimator="logistic_regression", register_version=False
    )
    grown.training.submit(LOCAL, spec)
    (job,) = work_off(grown)
    at = screen("runs", run=job.result["run_id"])
    sound(at.button(key="run.register").click().run())
    assert [job.payload for job in grown.queue.find("phones", (JobState.QUEUED,), (JobKind.JUDGE,))] == [{"version": 3}]
    assert grown.models.versions("phones")[0].version == 3


def test_promoting_against_the_verdict_asks_for_a_reason(grown):
    assert grown.gates.in_force("phones", 2).outcome is not VerdictOutcome.PROMOTE
    at = screen("models")
    at.button(key="models.override").click().run()
    at.button(key="models.override.confirm").click().run()
    assert "needs a reason" in at.error[0].value
    assert grown.models.champion("phones").version == 1
    at.button(key="models.override").click().run()
    at.text_area(key="models.override.reason").set_value("better on every figure")
    sound(at.button(key="models.override.confirm").click().run())
    champion = grown.models.champion("phones")
    assert (champion.version, champion.reason, champion.overridden) == (2, "better on every figure", True)


def test_a_verdict_to_promote_takes_one_click_and_another_undoes_it(grown):
    gates = grown.gates.policy("phones").number
    at = screen("models")
    at.button(key="gates.edit").click().run()
    for kind in TITLES:
        if at.toggle(key=f"gates.form.{kind}").value and kind != "parity":
            at.toggle(key=f"gates.form.{kind}").set_value(False)
    at.text_input(key="gates.form.note").set_value("only whole")
    sound(at.button(key="gates.save").click().run())
    policy = grown.gates.policy("phones")
    assert (policy.number, [gate.kind for gate in policy.gates], policy.note) == (gates + 1, ["parity"], "only whole")
    at = screen("models")
    assert "no longer holds" in texts(at)
    sound(at.button(key="models.judge").click().run())
    work_off(grown)
    at = screen("models")
    assert "1 of 1 gates passed" not in texts(at)
    assert "Its bytes are whole" in texts(at)
    sound(at.button(key="models.promote").click().run())
    assert grown.models.champion("phones").version == 2
    sound(at.button(key="models.undo").click().run())
    assert grown.models.champion("phones").version == 1
    assert {button.key for button in sound(at.run()).button} >= {"models.promote"}


def test_a_policy_may_hold_several_gates_of_a_kind(grown):
    two = GateDraft(gates=(MinimumGate(), MinimumGate(metric="accuracy", bound=0.5)))
    grown.gates.set(LOCAL, "phones", two)
    at = screen("models")
    at.button(key="gates.edit").click().run()
    assert at.selectbox(key="gates.form.minimum.1.metric").value == "accuracy"
    assert {"gates.form.minimum.add", "gates.form.minimum.drop"} <= {button.key for button in at.button}
    at.number_input(key="gates.form.minimum.1.bound").set_value(0.55)
    sound(at.button(key="gates.save").click().run())
    kept = grown.gates.policy("phones").gates
    assert [(gate.metric, gate.bound) for gate in kept] == [("", None), ("accuracy", 0.55)]


def test_a_replay_takes_a_span_and_says_what_is_no_moment(grown):
    logged = [
        LoggedPrediction(prediction_id=f"p{n}", at=START + timedelta(minutes=n), version=1, latency_ms=1.0, score=0.4,
                         features={"minutes": 80.0 + n % 50, "plan": "basic", "calls": n % 9}, prediction="No")
        for n in range(300)
    ]  # fmt: skip
    grown.log.append("phones", logged)
    at = screen("models", version="2")
    at.selectbox(key="replay.way").set_value("span").run()
    at.text_input(key="replay.since").set_value("yesterday")
    at = sound(at.button(key="replay.start").click().run())
    assert "yesterday is no moment" in at.error[0].value
    at.text_input(key="replay.since").set_value((START + timedelta(minutes=100)).isoformat())
    at.text_input(key="replay.until").set_value("")
    sound(at.button(key="replay.start").click().run())
    work_off(grown)
    (found,) = grown.replays.replays("phones", 2)
    assert (found.findings.rows, found.since) == (200, START + timedelta(minutes=100))


def test_other_inputs_are_told_before_a_promotion(grown):
    spec = grown.training.spec(grown.projects.get("phones"), dataset="customers@1", estimator="logistic_regression",
                               features=("minutes", "plan"))  # fmt: skip
    grown.training.submit(LOCAL, spec)
    work_off(grown)
    at = screen("models", version="3")
    said = " ".join(warning.value for warning in at.warning).replace("\\", "")
    assert "takes other inputs than the champion: it no longer reads calls" in said


def test_an_approval_is_asked_for_and_given_on_the_screen(grown):
    grown.gates.set(LOCAL, "phones", GateDraft(gates=(ParityGate(), ApprovalGate(other_person=False))))
    at = screen("models")
    sound(at.button(key="models.judge").click().run())
    work_off(grown)
    at = screen("models")
    at.text_input(key="approval.comment").set_value("looks fine")
    ask = next(button for button in at.button if button.label == "Ask for approval")
    sound(ask.click().run())
    (request,) = grown.approvals.waiting("phones")
    assert request.comment == "looks fine"
    assert "asks that version 2 may be promoted" in texts(screen("overview"))
    at = screen("models")
    at.button(key=f"approval.approve.{request.id}").click().run()
    at.text_area(key="approval.approve.reason").set_value("I agree")
    sound(at.button(key="approval.approve.confirm").click().run())
    assert grown.gates.in_force("phones", 2).outcome is VerdictOutcome.PROMOTE
    assert "local approved it: I agree" in texts(screen("models"))


def test_a_replay_is_started_and_shown(grown):
    records = [{"minutes": float(minutes), "plan": "flat", "calls": minutes % 9} for minutes in range(150)]
    inputs = grown.models.manifest(grown.models.version("phones", 1)).features
    rows = [{one.column.name: record.get(one.column.name, one.example) for one in inputs} for record in records]
    at = screen("models")
    assert at.button(key="replay.start").disabled
    grown.serving.predict(LOCAL, "phones", rows)
    at = screen("models")
    sound(at.button(key="replay.start").click().run())
    (job,) = work_off(grown)
    assert (job.kind, job.state) == (JobKind.REPLAY, JobState.SUCCEEDED)
    assert "150 requests from" in texts(screen("models"))


def test_an_alias_moved_by_another_program_is_shown_and_restored(grown):
    grown.tracking.set_alias("phones", Alias.CHAMPION, 2)
    at = screen("models")
    assert "pointed MLflow" in texts(at)
    sound(at.button(key="alias.restore").click().run())
    assert grown.tracking.alias("phones", Alias.CHAMPION) == 1


def test_rolling_back_puts_the_earlier_champion_into_service_again(grown):
    grown.models.promote(LOCAL, "phones", 2, "try it", override=True)
    at = screen("models")
    at.button(key="models.rollback").click().run()
    at.text_area(key="models.rollback.reason").set_value("it was worse after all")
    sound(at.button(key="models.rollback.confirm").click().run())
    assert grown.models.champion("phones").version == 1
    assert Alias.CHAMPION in grown.models.version("phones", 1).aliases


def test_a_click_on_a_version_shows_it_beside_the_champion(grown):
    at = pick_row(screen("models"), "models.table", 1, "version")
    assert at.query_params["version"] == "1"
    assert at.button(key="models.promote").disabled


def test_asking_the_champion_answers_and_logs_the_prediction(grown):
    at = screen("playground")
    sound(at.button(key="playground.predict").click().run())
    (logged,) = grown.serving.predictions("phones", 10)
    assert f"Prediction {logged.prediction_id[:8]} by version 1" in texts(at)


def test_asking_another_version_answers_without_logging(grown):
    at = screen("playground")
    at.selectbox(key="model").set_value("2").run()
    sound(at.button(key="playground.predict").click().run())
    assert "by version 2" in texts(at)
    assert grown.serving.predictions("phones", 10) == []


def test_running_a_check_of_a_dataset_version_leads_to_its_report(grown):
    at = screen("drift")
    at.button(key="drift.new").click().run()
    at.selectbox(key="drift.current").set_value("customers@2")
    sound(at.button(key="drift.run").click().run())
    (job,) = work_off(grown)
    assert job.result["drifted"] is True
    kinds = sorted(report.kind.value for report in grown.monitoring.reports("phones"))
    assert kinds == ["concept", "drift", "drift", "quality"]
    assert job.result["summary"] in texts(sound(at.run()))


def test_a_check_of_predictions_that_do_not_exist_is_explained(grown):
    at = screen("drift")
    at.button(key="drift.new").click().run()
    at.button(key="drift.run").click().run()
    assert "cannot run" in at.error[0].value


def test_a_click_on_a_report_and_on_one_of_its_columns_opens_them(grown):
    at = pick_row(screen("drift", tab="reports"), "drift.table", 0, "verdict")
    (report,) = grown.monitoring.reports("phones")
    assert at.title[0].value.startswith("customers@2 against customers@1")
    at = pick_row(at, f"drift.columns.{report.id}", 1, "name")
    assert at.query_params["column"] != "minutes"


def test_a_schedule_can_be_added_paused_resumed_run_and_removed(grown):
    at = screen("retraining")
    at.button(key="retraining.new").click().run()
    at.segmented_control(key="schedule.kind").set_value("every")
    at.session_state["schedule.every"] = "6h"
    sound(at.button(key="schedule.add").click().run())
    schedule = next(s for s in grown.retraining.schedules("phones") if s.trigger.expression == "6h")
    at = screen("retraining", schedule=schedule.id)
    sound(at.button(key="schedule.switch").click().run())
    assert not grown.retraining.schedule(schedule.id).enabled
    sound(at.button(key="schedule.switch").click().run())
    assert grown.retraining.schedule(schedule.id).enabled
    sound(at.button(key="schedule.run").click().run())
    assert grown.queue.find(kinds=(JobKind.RETRAIN,))
    at.button(key="schedule.remove").click().run()
    sound(at.button(key="schedule.remove.confirm").click().run())
    assert schedule.id not in {s.id for s in grown.retraining.schedules("phones")}


def test_a_cron_that_never_fires_is_refused_in_words(grown):
    at = screen("retraining")
    at.button(key="retraining.new").click().run()
    at.segmented_control(key="schedule.kind").set_value("cron")
    at.session_state["schedule.cron"] = "0 0 31 2 *"
    at.button(key="schedule.add").click().run()
    assert "never fires" in at.error[0].value
    assert len(grown.retraining.schedules("phones")) == 1


def test_retrain_now_queues_a_retraining_of_the_champion(grown):
    at = screen("retraining")
    sound(at.button(key="retraining.now").click().run())
    (job,) = grown.queue.find(kinds=(JobKind.RETRAIN,))
    assert at.query_params["job"] == job.id


def test_verifying_the_audit_trail_says_whether_it_is_whole(grown):
    at = screen("audit")
    sound(at.button(key="audit.verify").click().run())
    assert "The chain is whole" in at.success[0].value


def test_the_overview_links_to_each_project(grown):
    grown.projects.create(LOCAL, name="aaa", task=Task.REGRESSION, target="y")
    at = screen("overview")
    links = {node.proto.query_string for node in at.get("page_link") if node.proto.label == "Open"}
    assert links == {"project=phones", "project=aaa"}


def sign_in(platform, monkeypatch, name, role):
    password = "correct horse battery staple"
    platform.access.add_user(LOCAL, name, password, role)
    object.__setattr__(platform, "settings", platform.settings.model_copy(update={"auth": Auth.PASSWORD}))
    token = platform.access.sign_in(name, password)
    monkeypatch.setattr(context, "cookies", lambda: {context.COOKIE: token})
    return token


def test_a_stranger_sees_no_screen(grown, monkeypatch):
    sign_in(grown, monkeypatch, "ann", Role.VIEWER)
    monkeypatch.setattr(context, "cookies", dict)
    at = AppTest.from_file(str(SHELL), default_timeout=60).run()
    assert "You are signed out" in texts(sound(at))
    assert not at.title


def test_signing_out_closes_the_screens(grown, monkeypatch):
    sign_in(grown, monkeypatch, "ann", Role.SCIENTIST)
    at = screen("models")
    at.button(key="person.sign_out").click().run()
    assert "You are signed out" in texts(sound(at))


def test_a_viewer_sees_the_screens_without_what_changes_them(grown, monkeypatch):
    sign_in(grown, monkeypatch, "vic", Role.VIEWER)
    keys = {button.key for button in screen("models").button}
    assert not keys & {"models.promote", "models.rollback", "project.new"}
    assert screen("train").button(key="train.start").disabled


def test_an_administrator_adds_people_and_changes_what_they_may(grown, monkeypatch):
    sign_in(grown, monkeypatch, "root", Role.ADMIN)
    at = screen("settings")
    at.button(key="people.new").click().run()
    at.text_input(key="people.name").set_value("bob")
    at.text_input(key="people.password").set_value("another long password")
    sound(at.button(key="people.add").click().run())
    at = pick_row(at, "people.table", 0, "name")
    at.selectbox(key="people.role.bob").set_value(Role.APPROVER)
    sound(at.button(key="people.change").click().run())
    sound(at.button(key="people.switch").click().run())
    bob = next(user for user in grown.access.users(LOCAL) if user.name == "bob")
    assert (bob.role, bob.disabled) == (Role.APPROVER, True)


def test_a_new_key_is_shown_once_and_can_be_revoked(grown, monkeypatch):
    sign_in(grown, monkeypatch, "root", Role.ADMIN)
    at = screen("settings")
    at.button(key="keys.new").click().run()
    at.text_input(key="keys.name").set_value("shop")
    sound(at.button(key="keys.add").click().run())
    (secret,) = [code.value for code in at.code if code.value.startswith("phk_")]
    assert grown.access.actor_of_key(secret).name
    at = pick_row(at, "keys.table", 0, "name")
    assert not [code for code in at.code if code.value.startswith("phk_")]
    sound(at.button(key="keys.revoke").click().run())
    assert grown.access.keys(LOCAL)[0].revoked_at


def test_changing_the_project_leaves_what_was_open_behind(grown):
    grown.projects.create(LOCAL, name="empty", task=Task.REGRESSION, target="y")
    at = screen("datasets", dataset="customers@1")
    at.selectbox(key="project").set_value("empty").run()
    assert sound(at).title[0].value == "Datasets"
    assert "dataset" not in at.query_params


def test_a_docstring_in_a_screens_file_is_not_shown(grown):
    assert "Endings the file picker offers" not in texts(screen("datasets"))
