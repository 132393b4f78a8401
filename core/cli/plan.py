"""Commands on the retraining plan of a project, and on its retrainings."""

from typing import Any

import click

from core.cli.session import Session, cell, command, table
from core.records.plan import DataChoice, PlanDraft, RetrainingPlan, Trial
from core.retraining_errors import InvalidPlan

SHOWN = 20


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("plan", help="How a project is retrained, whatever starts it.")
    main.add_command(group)
    command(group, "show")(show)
    command(group, "set")(set_)
    command(main, "retrain")(retrain)
    command(main, "retrainings")(retrainings)


def _words(plan: PlanDraft) -> str:
    from core.retraining import plans

    return plans.describe(plan)


def _document(plan: RetrainingPlan) -> dict[str, object]:
    return {**plan.model_dump(mode="json"), "words": _words(plan)}


@click.argument("project")
def show(session: Session, project: str) -> None:
    """Show the plan of PROJECT."""
    session.platform.projects.get(project)
    plan = session.platform.plans.plan(project)
    session.answer(_document(plan), _words(plan))


@click.argument("project")
@click.option("--rows", type=click.Choice([choice.value for choice in DataChoice]), help="Which rows it learns from.")
@click.option("--data", help="The dataset; none for the champion's own.")
@click.option("--span", help="window: how far back, 90d; weighted: the half-life of a row's weight.")
@click.option("--trials", type=click.IntRange(0, 200), help="Search the hyperparameters anew; 0 keeps the champion's.")
@click.option("--seconds", type=click.IntRange(10, 86_400), help="How long that search may take.")
@click.option("--trial", type=click.Choice([trial.value for trial in Trial]), help="Try a challenger first.")
@click.option("--trial-for", help="How long it is tried: 1d.")
@click.option("--share", type=click.IntRange(1, 50), help="canary: percent of the requests it answers.")
@click.option("--promote/--ask", default=None, help="Promote when the verdict says so, or always ask a person.")
@click.option("--probation", help="How long a new champion is watched: 7d; 0 for not at all.")
@click.option("--worse-by", type=float, help="By how many percent worse than at training it is rolled back.")
def set_(session: Session, project: str, **given: Any) -> None:
    """Change the plan of PROJECT; what is not given stays."""
    session.platform.projects.get(project)
    old = session.platform.plans.plan(project)
    plan = session.platform.plans.set(session.actor, project, _draft(given, old.draft))
    session.answer(_document(plan), _words(plan))


def _draft(given: dict[str, Any], old: PlanDraft) -> PlanDraft:
    from pydantic import ValidationError

    names = {"rows": "data", "data": "dataset", "span": "span", "trials": "trials", "seconds": "seconds"}
    names |= {"trial": "trial", "promote": "promote", "worse_by": "worse_by"}
    changes = {name: given[option] for option, name in names.items() if given[option] is not None}
    changes = {name: "" if value == "none" and name == "dataset" else value for name, value in changes.items()}
    for option, name in (("trial_for", "trial_s"), ("probation", "probation_s")):
        if given[option] is not None:
            changes[name] = _seconds(given[option])
    if given["share"] is not None:
        changes["share"] = given["share"] / 100
    try:
        return PlanDraft.model_validate({**old.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{first['loc'][0]}: " if first["loc"] else ""
        raise InvalidPlan(problem=f"{where}{first['msg'].removeprefix('Value error, ')}") from error


def _seconds(text: str) -> int:
    from core.retraining import triggers

    return 0 if text == "0" else int(triggers.period(text).total_seconds())


@click.argument("project")
@click.option("--data", help="What to train on, NAME or NAME@N, instead of what the plan says.")
def retrain(session: Session, project: str, data: str | None) -> None:
    """Retrain PROJECT by its plan now."""
    job = session.platform.retraining.retrain(session.actor, project, dataset=data)
    session.answer(job, f"Job {job.id} is queued: {job.title}")


@click.argument("project")
@click.option("--limit", type=click.IntRange(1, 1000), default=SHOWN, show_default=True)
def retrainings(session: Session, project: str, limit: int) -> None:
    """List the retrainings of PROJECT with cause, outcome and effect, newest first."""
    session.platform.projects.get(project)
    found = session.platform.plans.retrainings(project, limit)
    rows = [
        [cell(r.at), r.cause, r.outcome.value, cell(r.version), cell(r.champion_value), cell(r.value), r.note]
        for r in found
    ]
    headers = ["at (UTC)", "cause", "outcome", "version", "champion", "new", "note"]
    session.answer(found, table(headers, rows) if rows else "No retraining yet.")
