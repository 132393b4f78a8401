"""Commands on simulations: what retraining policies would have done over the past."""

from datetime import datetime

import click

from core.cli.jobs import finished
from core.cli.moments import MOMENT
from core.cli.session import Session, cell, command, table
from core.records.simulation import Simulation


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "simulate")(simulate)
    command(main, "simulations")(simulations)
    command(main, "adopt")(adopt)


@click.argument("project")
@click.option("--data", help="NAME or NAME@N; the champion's own when not given.")
@click.option("--from", "since", type=MOMENT, help="The first check; the first model learns from all before it.")
@click.option("--until", type=MOMENT, help="The end; that of the data when not given.")
@click.option("--held-back", type=MOMENT, help="From when on the recommendation is only shown, not chosen by.")
@click.option("--every", default="7d", show_default=True, help="How far checks lie apart.")
@click.option(
    "--policy",
    "given",
    multiple=True,
    metavar="POLICY",
    help="never, every:4 (checks), performance:10 (percent), rows:2000, drift; with a window: every:4@90d.",
)
def simulate(
    session: Session,
    project: str,
    data: str | None,
    since: datetime | None,
    until: datetime | None,
    held_back: datetime | None,
    every: str,
    given: tuple[str, ...],
) -> None:
    """Play retraining policies through the past of PROJECT: when each retrains, what that costs and gains."""
    from core.retraining import policies, triggers

    request = session.platform.simulations.propose(
        project,
        dataset=data,
        since=since,
        until=until,
        held_back=held_back,
        step_s=int(triggers.period(every).total_seconds()),
        policies=tuple(policies.parse(text) for text in given),
    )
    job = session.platform.simulations.submit(session.actor, project, request)
    finished(session, job)
    found = session.platform.simulations.simulation(job.id)
    session.answer(found, _text(found))


def _text(found: Simulation) -> str:
    headers = ["", "policy", "retrainings", "false alarms", "seconds", found.metric, "held back"]
    rows = [
        [
            "*" if place == found.recommended else "",
            result.words,
            str(result.retrainings),
            str(result.false_alarms),
            f"{result.seconds:.0f}",
            cell(result.value),
            cell(result.held_back_value),
        ]
        for place, result in enumerate(found.results)
    ]
    return f"{table(headers, rows)}\n{found.summary}\nMake it the plan: pilothouse adopt {found.id}"


@click.argument("project")
def simulations(session: Session, project: str) -> None:
    """List the simulations of PROJECT, newest first."""
    session.platform.projects.get(project)
    found = session.platform.simulations.simulations(project)
    rows = [[one.id, cell(one.created_at), str(one.request.dataset), one.summary] for one in found]
    session.answer(found, table(["id", "at (UTC)", "data", "summary"], rows) if rows else "No simulation yet.")


@click.argument("simulation")
@click.option("--policy", type=click.IntRange(1), help="Its place in the table, from 1; else the recommended.")
def adopt(session: Session, simulation: str, policy: int | None) -> None:
    """Make a policy of SIMULATION the project's own: plan, and schedule or rule."""
    from core.retraining import plans

    place = None if policy is None else policy - 1
    plan = session.platform.simulations.adopt(session.actor, simulation, place)
    session.answer(plan, plans.describe(plan))
