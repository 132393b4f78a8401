"""One study, live: how far it is, the best so far, its trials, and what can be done with it."""

import streamlit as st

from core.errors import StudyNotFound
from core.records.access import Permission
from core.records.job import Job
from core.records.project import Project
from core.records.study import Study, StudyRequest, StudyState, Trial, TrialState
from core.training.tuning import progress
from pages.shared import actions, live, parts, state, study_loaders
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, duration, metric_title, number, plain, sentence
from pages.train import study_views

EVERY_S = 1.5
"""How often an open study is looked at."""

Signs = tuple[StudyState, StudyRequest | None, str | None]
"""What the buttons and the badge depend on."""


def show(project: Project, study_id: str) -> None:
    """Draw the study; while it is open, everything below its title looks again by itself."""
    study = study_loaders.study(study_id)
    if study.project != project.name:
        raise StudyNotFound(id=study_id)
    base = study.spec.base
    asked = f"Asked for by {study.created_by} {ago(study.created_at, now())}"
    heading = f"{sentence(base.estimator.replace('_', ' '))} on {base.dataset}"
    with parts.title(heading, asked, study.state.value, back=(state.STUDY, state.TRIAL, state.TAB)):
        _steps(study)
    _ended(study)
    _version(study)
    draw = st.fragment(_watched, run_every=EVERY_S) if study.state.is_open else _watched
    draw(study_id, _signs(study))


def _signs(study: Study) -> Signs:
    return study.state, study.request, study.refit_job_id


def _watched(study_id: str, drawn: Signs) -> None:
    with actions.boundary():
        live.signed_in()
        study, trials = study_loaders.study(study_id), study_loaders.trials(study_id)
        if _signs(study) != drawn:
            st.rerun()
        job = study_loaders.job_of(study)
        _progress(study, job)
        _tiles(study, trials, job)
        study_views.show(study, trials)


def _steps(study: Study) -> None:
    """Offer what can be done next: the primary action first."""
    if may(Permission.TRAIN):
        if study.state.is_open:
            _while_open(study)
        elif study.state.may_resume:
            _button("Resume", "resume", "play_arrow", _resume, study.id, primary=True)
        if study.state is StudyState.PAUSED:
            _button("Stop", "stop", "stop", _ask_stop, study.id)
        if not study.state.is_open and study.best is not None and study.refit_job_id is None:
            is_next = study.state in (StudyState.FINISHED, StudyState.STOPPED)
            _button("Register the best", "register", "trophy", _register, study.id, None, primary=is_next)
        parts.link("tuning", "Clone", study=state.NEW, clone=study.id)


def _while_open(study: Study) -> None:
    if study.request is StudyRequest.PAUSE:
        _button("Go on", "resume", "play_arrow", _resume, study.id, help="Takes the wish to pause back.")
    elif study.request is None:
        _button("Pause", "pause", "pause", _pause, study.id, help="It rests after the folds under way.")
    if study.request is StudyRequest.STOP:
        parts.note("Stopping after the folds under way")
    else:
        _button("Stop", "stop", "stop", _ask_stop, study.id)
    if may(Permission.MANAGE_JOBS):
        told = "Ends its job at once. The trials that are over stay, and the study can be resumed."
        _button("Cancel", "cancel", "close", _cancel, study, help=told)


def _button(label: str, key: str, icon: str, do: object, *args: object, primary: bool = False, help: str = "") -> None:
    st.button(
        label,
        key=f"study.{key}",
        icon=f":material/{icon}:",
        type="primary" if primary else "secondary",
        on_click=do,  # type: ignore[arg-type]
        args=args,
        help=help or None,
    )


def _pause(study_id: str) -> None:
    actions.act(lambda: platform().tuning.pause(actor(), study_id), "The study rests after the folds under way.")


def _resume(study_id: str) -> None:
    actions.act(lambda: platform().tuning.resume(actor(), study_id), "The study goes on.")


def _ask_stop(study_id: str) -> None:
    impact = "It ends after the folds under way and keeps what is done. A stopped study cannot be resumed."
    actions.confirm(
        "Stop the study?", impact, "Stop", "study.stop_dialog",
        lambda _: platform().tuning.stop(actor(), study_id), done="The study ends.",
    )  # fmt: skip


def _cancel(study: Study) -> None:
    if study.job_id:
        job_id = study.job_id
        actions.act(lambda: platform().queue.cancel(actor(), job_id), "The job of the study is being cancelled.")


def _register(study_id: str, trial: int | None) -> None:
    actions.act(lambda: platform().tuning.refit(actor(), study_id, trial), "The training of the version is queued.")


def _ended(study: Study) -> None:
    """Say in words why the study is not running any more."""
    if study.state is StudyState.FAILED:
        st.error(plain(study.note or "The job of the study failed."), icon=":material/error:")
    elif study.state is StudyState.CANCELLED:
        st.info("Its job was cancelled. Trials that are over stay; resume it to go on.", icon=":material/block:")
    elif study.state is StudyState.PAUSED:
        st.info("It rests and holds no worker. Resume it any time.", icon=":material/pause:")
    elif study.note:
        parts.note(study.note)


def _version(study: Study) -> None:
    """Show the training that makes a version of a trial, and lead to what came of it."""
    if study.refit_job_id is None:
        return
    parts.section(f"Version made of trial {study.refit_trial}", "Learned from all training rows")
    job = live.job_panel(study.refit_job_id, compact=True)
    result = job.result or {}
    with st.container(horizontal=True, vertical_alignment="center"):
        if "run_id" in result:
            value = (result.get("metrics") or {}).get(study.metric)
            parts.note(f"{metric_title(study.metric)} {number(value)} on the rows held out")
            parts.link("runs", "Open its run", run=str(result["run_id"]))
        if result.get("version"):
            parts.link("models", f"Open version {result['version']}", version=str(result["version"]))


def _progress(study: Study, job: Job | None) -> None:
    if study.state is StudyState.QUEUED:
        st.progress(0.0, text="In the queue")
    elif study.state is StudyState.RUNNING and job is not None:
        st.progress(job.fraction, text=plain(job.message or job.stage or "starting"))


def _tiles(study: Study, trials: list[Trial], job: Job | None) -> None:
    spent = progress.elapsed(study, job, now())
    left = progress.remaining(study, trials, spent)
    states = [trial.state for trial in trials]
    budget = f"of {study.spec.trials:,}" if study.spec.trials else "no limit"
    with st.grid(6, min_column_width=130):
        parts.tile(
            f"Best {metric_title(study.metric)}",
            number(study.value),
            f"trial {study.best}" if study.best is not None else "no trial yet",
        )
        parts.tile("Trials done", f"{study.done:,}", budget)
        parts.tile("Running", f"{states.count(TrialState.RUNNING):,}", f"{study.spec.parallel} at once")
        given_up, failed = states.count(TrialState.PRUNED), states.count(TrialState.FAILED)
        parts.tile("Given up early", f"{given_up:,}", f"{failed:,} failed", good=False if failed else None)
        parts.tile(
            "Worked", duration(spent), f"of {duration(study.spec.seconds)}" if study.spec.seconds else "any time"
        )
        told = "estimated" if left is not None else "not known yet" if study.state.is_open else study.state.value
        parts.tile("Remaining", duration(left) if left is not None else "—", told)
