"""The proof of a run, asked for and answered on its page."""

from core.records.job import JobKind, JobState
from core.records.reproduction import ReproductionOutcome
from tests.pages.acting import screen, sound, texts, work_off


def test_reproducing_a_run_queues_its_proof_and_the_page_tells_the_answer(grown):
    run = grown.training.runs("phones")[0]
    at = screen("runs", run=run.run_id)
    assert "Nobody has computed this run again yet" in texts(at)
    sound(at.button(key="run.reproduce").click().run())
    (job,) = grown.queue.find(kinds=(JobKind.REPRODUCE,))
    assert (job.state, job.payload, at.query_params["job"]) == (JobState.QUEUED, {"run_id": run.run_id}, job.id)

    work_off(grown)
    sound(at.run())
    said = texts(at)
    assert "equal bit for bit" in said
    assert ":green-badge[Identical]" in said
    (answer,) = grown.training.reproductions("phones", run.run_id)
    assert answer.outcome is ReproductionOutcome.IDENTICAL

    sound(at.button(key="run.reproduce").click().run())
    work_off(grown)
    sound(at.run())
    assert [entry.label for entry in at.expander if entry.label.startswith("Earlier")] == ["Earlier reruns (1)"]


def test_the_environment_of_a_run_is_shown(grown):
    run = grown.training.runs("phones")[0]
    at = screen("runs", run=run.run_id)
    lock = grown.training.environment(run)
    assert lock.code.sha256[:12] in texts(at)
    assert "Environment" in [entry.label for entry in at.expander]
