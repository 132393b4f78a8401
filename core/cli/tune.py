"""Commands on tuning studies."""

import time
from pathlib import Path

import click

from core.cli.jobs import answer_submitted, finished
from core.cli.prepare import chosen as chosen_preparation
from core.cli.session import Session, cell, command, pairs, table
from core.errors import NoWorker
from core.records.job import Job
from core.records.study import PruningKind, SamplerKind, Study, StudySpec, StudyState, Trial
from core.records.training import SplitKind


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "tune")(tune)
    group = click.Group("study", help="A search over hyperparameters.")
    main.add_command(group)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "pause")(pause)
    command(group, "resume")(resume)
    command(group, "stop")(stop)
    command(group, "refit")(refit)
    command(group, "export")(export)


@click.argument("project")
@click.option("--estimator", required=True, help="Key of the estimator; see `pilothouse estimators`.")
@click.option(
    "--space",
    "texts",
    multiple=True,
    metavar="K=LO:HI[:log|:STEP]|K=a,b,c",
    help="What a hyperparameter may be; by default the ranges its estimator declares worth trying.",
)
@click.option("--param", "params", multiple=True, metavar="K=V", help="Hyperparameter that stays as it is.")
@click.option("--trials", type=int, help="Most trials.")
@click.option("--timeout", "seconds", type=int, help="Most seconds of work.")
@click.option("--sampler", type=click.Choice([kind.value for kind in SamplerKind]), default="tpe", show_default=True)
@click.option("--pruning", type=click.Choice([kind.value for kind in PruningKind]), default="median", show_default=True)
@click.option("--folds", default=5, show_default=True, help="Folds of the training rows.")
@click.option("--outer", default=0, help="Outer folds in which the whole search is made anew: nested cross-validation.")
@click.option("--parallel", default=1, show_default=True, help="Trials that run at once.")
@click.option("--data", "dataset", metavar="NAME[@N]", help="Dataset version; by default the newest.")
@click.option("--seed", default=0, show_default=True)
@click.option("--split", type=click.Choice([kind.value for kind in SplitKind]), default="holdout", show_default=True)
@click.option("--group", metavar="COL", help="Column whose groups stay together, with --split group.")
@click.option("--gap", default="", help="Left out before the rows scored or held out, with --split time.")
@click.option("--preparation", metavar="N|FILE|none", help="Preparation: a version, a YAML file; by default none.")
@click.option("--metric", help="What trials are judged by; by default the project's metric.")
@click.option("--test-size", default=0.2, show_default=True, help="Share of the rows that tuning never sees.")
@click.option("--register-best", is_flag=True, help="Train the best on all training rows and make it a version.")
@click.option("--wait", is_flag=True, help="Wait for the end; run it here when no worker is up.")
def tune(
    session: Session,
    project: str,
    estimator: str,
    texts: tuple[str, ...],
    params: tuple[str, ...],
    trials: int | None,
    seconds: int | None,
    sampler: str,
    pruning: str,
    folds: int,
    outer: int,
    parallel: int,
    dataset: str | None,
    seed: int,
    split: str,
    group: str | None,
    gap: str,
    preparation: str | None,
    metric: str | None,
    test_size: float,
    register_best: bool,
    wait: bool,
) -> None:
    """Search the hyperparameters of an estimator in PROJECT."""
    platform = session.platform
    found = platform.projects.get(project)
    base = platform.training.spec(
        found,
        dataset=dataset,
        estimator=estimator,
        params=platform.training.parse_params(found.task, estimator, pairs(params, "--param")),
        split=platform.training.split(found, SplitKind(split), test_size, group=group, gap=gap),
        seed=seed,
        metric=metric,
        preprocessing=chosen_preparation(session, project, preparation),
    )
    given = platform.tuning.parse_space(found.task, estimator, pairs(texts, "--space"))
    study = platform.tuning.submit(
        session.actor,
        StudySpec(
            base=base,
            space=given or platform.tuning.propose(found.task, estimator),
            sampler=SamplerKind(sampler),
            pruning=PruningKind(pruning),
            trials=trials,
            seconds=seconds,
            folds=folds,
            outer=outer,
            parallel=parallel,
            seed=seed,
            register_best=register_best,
        ),
    )
    _answer(session, study, wait=wait)


def _answer(session: Session, study: Study, *, wait: bool) -> None:
    if not wait:
        session.answer(
            study, f"Study {study.id} is queued as job {study.job_id}. Watch: pilothouse study show {study.id}"
        )
        if not session.platform.queue.alive(session.platform.clock.now()):
            session.note(str(NoWorker()))
        return
    finished(session, session.platform.queue.get(study.job_id))
    ended = session.platform.tuning.study(study.id)
    version = None
    if ended.refit_job_id is not None:
        session.note(f"Training trial {ended.refit_trial} on all training rows.")
        version = (finished(session, session.platform.queue.get(ended.refit_job_id)).result or {}).get("version")
    _show(session, ended, version)


def _show(session: Session, study: Study, version: int | None = None) -> None:
    trials: list[Trial] = session.platform.tuning.trials(study.id)
    best = next((trial for trial in trials if trial.number == study.best), None)
    document = {
        **study.model_dump(mode="json"),
        "best_params": None if best is None else best.params,
        "version": version,
        "trials": [trial.model_dump(mode="json") for trial in trials],
    }
    session.answer(document, "\n".join(_lines(study, trials, best, version)))


def _lines(study: Study, trials: list[Trial], best: Trial | None, version: int | None) -> list[str]:
    spec = study.spec
    lines = [f"Study {study.id} of {spec.base.estimator} on {spec.base.dataset}: {study.state}. {study.note}".rstrip()]
    if best is not None:
        values = ", ".join(f"{name}={cell(value)}" for name, value in best.params.items())
        lines.append(f"Best: trial {best.number}, {study.metric} {cell(study.value)} over {spec.folds} folds, {values}")
    for place, one in enumerate(study.nested, start=1):
        chose = ", ".join(f"{name}={cell(value)}" for name, value in one.params.items())
        lines.append(
            f"  outer fold {place}: {cell(one.score)} (chosen by {cell(one.inner)}: {chose}) {one.problem}".rstrip()
        )
    if study.nested_value is not None:
        lines.append(f"Nested: {study.metric} {cell(study.nested_value)} over {spec.outer} outer folds.")
    lines += [f"  {name} explains {share:.0%}" for name, share in study.importances]
    if version is not None:
        lines.append(f"It is version {version}.")
    rows = [
        [
            str(trial.number),
            trial.state.value,
            cell(trial.value),
            f"{len(trial.scores)}/{spec.folds}",
            cell(trial.seconds),
            ", ".join(f"{name}={cell(value)}" for name, value in trial.params.items()),
            trial.reason,
        ]
        for trial in trials
    ]
    return (
        [*lines, table(["trial", "state", study.metric, "folds", "seconds", "params", "reason"], rows)]
        if rows
        else lines
    )


@click.argument("project", required=False)
@click.option("--limit", default=50, show_default=True)
def list_(session: Session, project: str | None, limit: int) -> None:
    """List studies, newest first, of PROJECT or of all."""
    if project is not None:
        session.platform.projects.get(project)
    found: list[Study] = session.platform.tuning.studies(project, limit)
    headers = ["id", "project", "estimator", "data", "state", "trials", "metric", "best", "created"]
    rows = [
        [
            study.id,
            study.project,
            study.spec.base.estimator,
            str(study.spec.base.dataset),
            study.state.value,
            f"{study.done}/{study.spec.trials or '-'}",
            study.metric,
            cell(study.value),
            cell(study.created_at),
        ]
        for study in found
    ]
    session.answer(found, table(headers, rows) if rows else "No study yet.")


@click.argument("id")
def show(session: Session, id: str) -> None:
    """Show the study ID and its trials."""
    _show(session, session.platform.tuning.study(id))


@click.argument("id")
@click.option("--wait", is_flag=True, help="Wait until it rests.")
def pause(session: Session, id: str, wait: bool) -> None:
    """Let the study ID rest after the folds it is computing."""
    _asked(session, session.platform.tuning.pause(session.actor, id), "asked to pause", wait=wait)


@click.argument("id")
@click.option("--wait", is_flag=True, help="Wait until it ended.")
def stop(session: Session, id: str, wait: bool) -> None:
    """End the study ID and keep what is done."""
    _asked(session, session.platform.tuning.stop(session.actor, id), "asked to stop", wait=wait)


def _asked(session: Session, study: Study, said: str, *, wait: bool) -> None:
    queue, clock = session.platform.queue, session.platform.clock
    while wait and study.state.is_open and queue.alive(clock.now()):
        time.sleep(0.2)
        study = session.platform.tuning.study(study.id)
    said = said if study.state.is_open else study.state.value
    session.answer(study, f"Study {study.id} is {said}.")


@click.argument("id")
@click.option("--wait", is_flag=True, help="Wait for the end; run it here when no worker is up.")
def resume(session: Session, id: str, wait: bool) -> None:
    """Take the study ID up where it was left."""
    study = session.platform.tuning.resume(session.actor, id)
    if study.state is StudyState.RUNNING and not wait:
        session.answer(study, f"Study {id} goes on.")
        return
    _answer(session, study, wait=wait)


@click.argument("id")
@click.option("--trial", type=int, help="Number of a finished trial; by default the best.")
@click.option("--wait", is_flag=True, help="Wait for the end; run it here when no worker is up.")
def refit(session: Session, id: str, trial: int | None, wait: bool) -> None:
    """Train a trial of the study ID on all training rows and make it a version."""
    job: Job = session.platform.tuning.refit(session.actor, id, trial)
    answer_submitted(session, job, wait=wait)


@click.argument("id")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="CSV file.")
def export(session: Session, id: str, output: Path) -> None:
    """Write the trials of the study ID to a CSV file."""
    from core.training.tuning.table import as_csv

    study = session.platform.tuning.study(id)
    trials = session.platform.tuning.trials(id)
    output.write_text(as_csv(study, trials), encoding="utf-8")
    session.answer({"study": id, "trials": len(trials), "file": str(output)}, f"{len(trials)} trials are in {output}.")
