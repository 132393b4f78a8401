"""Making a preparation on its screen, and training with it."""

from core.records.access import LOCAL
from core.records.job import JobState
from core.records.preparation import Bins, Derive, Scale
from tests.pages.acting import screen, sound, texts, work_off

STEPS = (Derive(name="per_call", expression="minutes / calls"), Bins(columns=("calls",), count=3))


def steps_of(at):
    return at.session_state["preparation.draft"]


def test_a_step_is_added_with_its_faults_told_and_saved_with_a_note(grown):
    at = screen("preparation")
    assert "No step yet" in texts(at)
    at.get("menu_button")[0].set_value("derive").run()
    assert at.button(key="preparation.keep").disabled
    at.text_input(key="preparation.field.name").set_value("per_call")
    at.text_area(key="preparation.field.expression").set_value("minutes / cals").run()
    assert "Did you mean 'calls'?" in at.error[0].value.replace("\\", "")
    assert at.code[0].value == "minutes / cals\n          ^"
    at.text_area(key="preparation.field.expression").set_value("minutes / calls").run()
    assert not at.error
    sound(at.button(key="preparation.keep").click().run())
    assert steps_of(at) == STEPS[:1]
    assert "per\\_call = minutes / calls" in texts(at)
    at.button(key="preparation.save").click().run()
    at.text_input(key="preparation.note").set_value("a ratio")
    sound(at.button(key="preparation.confirm").click().run())
    (version,) = grown.preparations.versions("phones")
    assert (version.number, version.note, version.steps) == (1, "a ratio", STEPS[:1])
    assert at.session_state["preparation.version"] == "1"
    assert at.button(key="preparation.train").label == "Train with it"


def test_steps_are_moved_changed_and_removed_and_the_version_stays_as_it_was(grown):
    grown.preparations.save(LOCAL, "phones", STEPS)
    at = screen("preparation")
    at.button(key="preparation.down.0").click().run()
    assert steps_of(at) == STEPS[::-1]
    at.button(key="preparation.up.1").click().run()
    at.button(key="preparation.edit.1").click().run()
    assert at.number_input(key="preparation.field.count").value == 3
    at.number_input(key="preparation.field.count").set_value(4).run()
    sound(at.button(key="preparation.keep").click().run())
    assert steps_of(at) == (STEPS[0], Bins(columns=("calls",), count=4))
    sound(at.button(key="preparation.drop.0").click().run())
    assert steps_of(at) == (Bins(columns=("calls",), count=4),)
    assert [version.steps for version in grown.preparations.versions("phones")] == [STEPS]


def test_another_version_in_the_address_is_the_one_shown(grown):
    grown.preparations.save(LOCAL, "phones", STEPS)
    grown.preparations.save(LOCAL, "phones", STEPS[:1], "shorter")
    assert steps_of(screen("preparation")) == STEPS[:1]
    at = screen("preparation", preparation="1")
    assert steps_of(at) == STEPS
    at.selectbox(key="preparation.version").set_value("new").run()
    assert steps_of(sound(at)) == ()


def test_a_step_that_does_not_fit_the_data_is_told_and_the_others_are_shown(grown):
    grown.preparations.save(LOCAL, "phones", (*STEPS, Scale(columns=("nothing",))))
    at = screen("preparation")
    assert "there is no column 'nothing'" in at.error[0].value.replace("\\", "")
    assert "per_call" in at.selectbox(key="preparation.column").options
    sound(at.button(key="preparation.drop.0").click().run())
    assert at.button(key="preparation.save").disabled


def test_a_training_takes_the_chosen_preparation(grown):
    grown.preparations.save(LOCAL, "phones", STEPS)
    at = screen("train", preparation="1")
    assert at.selectbox(key="train.preparation").value == "1"
    at.button(key="train.start").click().run()
    (job,) = work_off(grown)
    assert job.state is JobState.SUCCEEDED, job.error
    run = grown.training.run("phones", job.result["run_id"])
    assert run.spec.preprocessing.steps == STEPS
    assert run.spec.preprocessing.preparation == 1
    assert run.params["preparation"] == "version 1"
    assert "version 1, 2 steps" in texts(screen("runs", run=run.run_id))


def test_a_training_without_a_choice_takes_the_default(grown):
    grown.preparations.save(LOCAL, "phones", STEPS)
    at = screen("train")
    assert at.selectbox(key="train.preparation").value == "default"
    at.button(key="train.start").click().run()
    (job,) = work_off(grown)
    assert grown.training.run("phones", job.result["run_id"]).spec.preprocessing.steps == ()


def test_unsaved_steps_outlive_a_reload_until_they_are_discarded(grown):
    grown.preparations.save(LOCAL, "phones", STEPS)
    screen("preparation").button(key="preparation.drop.0").click().run()
    at = screen("preparation")
    assert steps_of(at) == STEPS[1:]
    assert "Not saved yet" in texts(at)
    sound(at.button(key="preparation.discard").click().run())
    assert steps_of(at) == STEPS
    assert steps_of(screen("preparation")) == STEPS
