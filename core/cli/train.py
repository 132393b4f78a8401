"""Commands on training and runs."""

from typing import TYPE_CHECKING

import click

from core.cli.jobs import answer_submitted, finished
from core.cli.prepare import chosen as chosen_preparation
from core.cli.removal import delete_run
from core.cli.session import Session, cell, command, pairs, table
from core.errors import AnswerIsNo, InvalidInput, RunNotFound
from core.records.adoption import HeldOut
from core.records.job import Cause
from core.records.reproduction import ReproductionOutcome
from core.records.training import ParameterValue, Run, SplitKind, ThresholdRule

if TYPE_CHECKING:
    from core.training.run_index.service import RunIndexService


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "estimators")(estimators)
    command(main, "train")(train)
    command(main, "runs")(runs)
    group = click.Group("run", help="One execution of a training spec.")
    main.add_command(group)
    command(group, "show")(show)
    command(group, "diff")(diff)
    command(group, "clone")(clone)
    command(group, "reproduce")(reproduce)
    command(group, "delete")(delete_run)
    command(group, "adopt")(adopt)


@click.argument("project", required=False)
@click.option("--markdown", is_flag=True, help="All estimators of all tasks as the page docs/estimators.md.")
def estimators(session: Session, project: str | None, markdown: bool) -> None:
    """List the estimators for PROJECT and their hyperparameters."""
    if markdown:
        from core.training import reference

        page = reference.markdown()
        session.answer({"markdown": page}, page.rstrip("\n"))
        return
    if project is None:
        raise InvalidInput(problem="name the project whose estimators you want to see, or ask for --markdown")
    task = session.platform.projects.get(project).task
    from core.training.parameters import allowed

    cards = session.platform.training.estimators(task)
    lines = []
    for card in cards:
        lines.append(f"{card.key}: {card.title}. {card.summary}")
        lines += [f"    {p.name} = {p.default} ({allowed(p)})  {p.help}" for p in card.parameters]
        lines += [f"    refused: {rule.why}" for rule in card.rules]
    session.answer(list(cards), "\n".join(lines))


@click.argument("project")
@click.option("--estimator", help="Key of the estimator; see `pilothouse estimators`.")
@click.option("--preset", help="Start from a preset of the project; --param changes single values of it.")
@click.option("--data", "dataset", metavar="NAME[@N]", help="Dataset version; by default the newest.")
@click.option("--param", "params", multiple=True, metavar="K=V", help="Hyperparameter.")
@click.option("--feature", "features", multiple=True, help="Column to learn from; by default all that make sense.")
@click.option("--seed", default=0, show_default=True)
@click.option("--split", type=click.Choice([kind.value for kind in SplitKind]), default="holdout", show_default=True)
@click.option("--test-size", default=0.2, show_default=True, help="Share of the rows held out.")
@click.option("--preparation", metavar="N|FILE|none", help="Preparation: a version, a YAML file; by default none.")
@click.option("--group", metavar="COL", help="Column whose groups stay together, with --split group.")
@click.option("--gap", default="", help="Left out before the rows held out, with --split time: 7d, 12h, or a number.")
@click.option("--folds", type=int, help="Cross-validate the training rows; 5 with --split cv or nested, else none.")
@click.option("--inner-folds", type=int, help="Folds in which each fold chooses its threshold; 3 with --split nested.")
@click.option(
    "--threshold",
    default="0.5",
    show_default=True,
    metavar="RULE[=VALUE]",
    help="A number, max_f1, min_cost, target_recall=R or target_precision=P.",
)
@click.option("--fairness", multiple=True, metavar="COL", help="Column whose groups are compared.")
@click.option("--register/--no-register", default=True, help="Make a model version of the run.")
@click.option("--override", default="", metavar="REASON", help="Why to train on data that fails its contract.")
@click.option("--wait", is_flag=True, help="Wait for the end; run it here when no worker is up.")
def train(
    session: Session,
    project: str,
    estimator: str | None,
    preset: str | None,
    dataset: str | None,
    params: tuple[str, ...],
    features: tuple[str, ...],
    seed: int,
    split: str,
    test_size: float,
    preparation: str | None,
    group: str | None,
    gap: str,
    folds: int | None,
    inner_folds: int | None,
    threshold: str,
    fairness: tuple[str, ...],
    register: bool,
    override: str,
    wait: bool,
) -> None:
    """Train a model in PROJECT."""
    platform = session.platform
    found = platform.projects.get(project)
    estimator, kept = _start_from(session, project, estimator, preset)
    spec = platform.training.spec(
        found,
        dataset=dataset,
        estimator=estimator,
        params={**kept, **platform.training.parse_params(found.task, estimator, pairs(params, "--param"))},
        features=features or None,
        split=platform.training.split(
            found, SplitKind(split), test_size, group=group, gap=gap, folds=folds, inner=inner_folds
        ),
        threshold=platform.training.threshold(found, *_threshold(threshold)),
        fairness=fairness,
        seed=seed,
        register_version=register,
        preprocessing=chosen_preparation(session, project, preparation),
        override=override,
    )
    answer_submitted(session, platform.training.submit(session.actor, spec), wait=wait)


def _threshold(text: str) -> tuple[ThresholdRule, float | None]:
    """Read ``0.4``, ``max_f1`` or ``target_recall=0.9``.

    Raises:
        InvalidInput: it is none of these.
    """
    name, _, value = text.partition("=")
    try:
        if not value and name not in list(ThresholdRule):
            return ThresholdRule.FIXED, float(name)
        return ThresholdRule(name), float(value) if value else None
    except ValueError as error:
        rules = ", ".join(rule.value for rule in ThresholdRule)
        problem = (
            f"--threshold {text!r} is neither a number nor a rule with a value, such as target_recall=0.9 ({rules})"
        )
        raise InvalidInput(problem=problem) from error


def _start_from(
    session: Session, project: str, estimator: str | None, preset: str | None
) -> tuple[str, dict[str, ParameterValue]]:
    """Return the estimator and the hyperparameters that --estimator and --preset name."""
    if preset is None:
        if estimator is None:
            raise InvalidInput(problem="name an estimator with --estimator, or a preset of the project with --preset")
        return estimator, {}
    kept = session.platform.presets.get(project, preset)
    if estimator not in (None, kept.estimator):
        raise InvalidInput(problem=f"the preset {preset!r} is for {kept.estimator}, not for {estimator}")
    return kept.estimator, dict(kept.params)


@click.argument("project")
@click.option("--where", default="", metavar="QUERY", help="Such as 'metrics.roc_auc > 0.8 and data = \"customers\"'.")
@click.option("--search", default="", metavar="WORDS", help="Words in names, ids, data, parameters, tags and notes.")
@click.option("--order", default="-started", show_default=True, metavar="FIELD", help="With a minus: largest first.")
@click.option("--trials", is_flag=True, help="The trials of studies, too.")
@click.option("--archived", is_flag=True, help="Archived runs, too.")
@click.option("--limit", default=50, show_default=True)
def runs(
    session: Session, project: str, where: str, search: str, order: str, trials: bool, archived: bool, limit: int
) -> None:
    """List the runs of PROJECT, newest first, those of notebooks included."""
    metric = session.platform.projects.get(project).metric
    field, descending = order.removeprefix("-"), order.startswith("-")
    asked = session.platform.runs.question(
        where, search, order=field, descending=descending, nested=trials, archived=archived
    )
    page = _up_to_date(session, project).page(project, asked, 0, limit)
    found = [row.entry for row in page.rows]
    headers = ["run", "name", "status", "data", metric, "version", "started"]
    rows = [
        [
            run.run_id,
            run.name,
            run.status.value,
            run.dataset or "-",
            cell(run.metrics.get(metric)),
            cell(run.version),
            cell(run.started_at),
        ]
        for run in found
    ]
    session.answer(list(found), table(headers, rows) if rows else "No run yet.")


def _up_to_date(session: Session, project: str) -> "RunIndexService":
    """Return the lists of runs once they know all of MLflow."""
    service: RunIndexService = session.platform.runs
    while not service.refresh(project).whole:
        session.note("Reading the runs of MLflow, a thousand at a time.")
    return service


def find_run(session: Session, run_id: str) -> Run:
    """Return a run of whichever project has it, by its id or by how that begins, as tables show it.

    Raises:
        NoSuchRun: no project has it.
        AmbiguousRun: several ids begin so.
    """
    projects = session.platform.projects.all()
    for project in projects:
        try:
            found: Run = session.platform.training.run(project.name, run_id)
        except RunNotFound:
            continue
        return found
    for project in projects:
        _up_to_date(session, project.name)
    whole = session.platform.runs.whole_id(run_id)
    entry = session.platform.runs.entries([whole])[whole]
    run: Run = session.platform.training.run(entry.project, whole)
    return run


@click.argument("run_id", metavar="RUN")
def show(session: Session, run_id: str) -> None:
    """Show the run RUN."""
    run = find_run(session, run_id)
    lines = [f"{run.name} {run.run_id} {run.status.value} on {run.dataset}"]
    lines += [f"  {name} = {text}" for name, text in sorted(run.params.items())]
    lines += [f"  {name}: {number:.6g}" for name, number in sorted(run.metrics.items())]
    session.answer(run, "\n".join(lines))


@click.argument("first", metavar="RUN")
@click.argument("second", metavar="RUN")
def diff(session: Session, first: str, second: str) -> None:
    """Compare two runs: parameters that differ, metrics with signed differences."""
    from core.training.comparison import compare

    result = compare(find_run(session, first), find_run(session, second))
    params = table(["parameter", "first", "second"], [[p.name, cell(p.first), cell(p.second)] for p in result.params])
    marks = {True: "better", False: "worse", None: ""}
    metrics = table(
        ["metric", "first", "second", "difference", ""],
        [[m.name, cell(m.first), cell(m.second), f"{m.difference:+.4g}", marks[m.better]] for m in result.metrics],
    )
    session.answer(result, f"{params}\n\n{metrics}")


@click.argument("run_id", metavar="RUN")
@click.option("--param", "params", multiple=True, metavar="K=V", help="Hyperparameter to change.")
@click.option("--seed", type=int, help="Another seed; by default that of RUN.")
@click.option("--wait", is_flag=True, help="Wait for the end; run it here when no worker is up.")
def clone(session: Session, run_id: str, params: tuple[str, ...], seed: int | None, wait: bool) -> None:
    """Train again with the spec of RUN, hyperparameters or seed changed as told."""
    run = find_run(session, run_id)
    training = session.platform.training
    recipe = training.clone_spec(run.project, run.run_id)
    changed = training.parse_params(recipe.task, recipe.estimator, pairs(params, "--param"))
    spec = training.clone_spec(run.project, run.run_id, changed, seed=seed)
    cause = Cause(kind="run", id=run.run_id, note="cloned")
    answer_submitted(session, training.submit(session.actor, spec, cause=cause), wait=wait)


@click.argument("run_id", metavar="RUN")
def reproduce(session: Session, run_id: str) -> None:
    """Compute RUN again from its pinned inputs; ends with 0 when the result is the same, 1 when it differs."""
    run = find_run(session, run_id)
    job = finished(session, session.platform.training.reproduce(session.actor, run.project, run.run_id))
    answers = session.platform.training.reproductions(run.project, run.run_id)
    answer = next(found for found in answers if found.id == job.id)
    rows = [[one.name, cell(one.before), cell(one.now)] for one in answer.differences]
    listed = "\n\n" + table(["input", "then", "now"], rows) if rows else ""
    session.answer(answer, answer.summary + listed)
    if answer.outcome is ReproductionOutcome.DIFFERENT:
        raise SystemExit(AnswerIsNo.exit_code)


@click.argument("run_id", metavar="RUN")
@click.option("--data", "dataset", metavar="NAME[@N]", help="Rows to judge it on; by default the newest version.")
@click.option(
    "--held-out",
    type=click.Choice([kind.value for kind in HeldOut]),
    default=HeldOut.NONE.value,
    show_default=True,
    help="Which of these rows it did not learn from: none that is known, all, or those that scikit-learn's "
    "train_test_split holds out with --test-size and --seed (stratified for classes).",
)
@click.option("--test-size", default=0.2, show_default=True, help="Share held out, with --held-out split.")
@click.option("--seed", default=0, show_default=True, help="The random_state of the split, with --held-out split.")
@click.option("--classes", metavar="A,B,...", help="What the model's classes are called in the target, in its order.")
@click.option("--threshold", default=0.5, show_default=True, help="Probability from which an answer is positive.")
@click.option("--wait", is_flag=True, help="Wait for the end; run it here when no worker is up.")
def adopt(
    session: Session,
    run_id: str,
    dataset: str | None,
    held_out: str,
    test_size: float,
    seed: int,
    classes: str | None,
    threshold: float,
    wait: bool,
) -> None:
    """Make a model version of RUN, which a notebook or another program logged to the same MLflow.

    Its model must have been logged in skops format; nothing is ever unpickled.
    """
    run = find_run(session, run_id)
    adoption = session.platform.adoption
    request = adoption.request(
        session.platform.projects.get(run.project),
        run_id,
        dataset,
        held_out=HeldOut(held_out),
        test_size=test_size,
        seed=seed,
        classes=tuple(classes.split(",")) if classes else (),
        threshold=threshold,
    )
    answer_submitted(session, adoption.submit(session.actor, request), wait=wait)
