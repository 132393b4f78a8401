"""The command on traffic: which version answers beside the champion."""

import click

from core.cli.session import Session, cell, command, table
from core.records.traffic import Guards, Traffic, TrafficMode
from core.serving_errors import InvalidTraffic, OnlyChampion

COLUMNS = ["id", "mode", "version", "share", "since", "until", "actor", "reason", "end", "end_reason"]
SHADOW = {"on": 100.0, "off": 0.0}


def add_to(main: click.Group) -> None:
    """Add the command to ``main``."""
    command(main, "traffic")(traffic)


@click.argument("project")
@click.option("--canary", type=float, metavar="PCT", help="Percent for a candidate, rolled back when worse; 0 ends.")
@click.option("--ab", type=float, metavar="PCT", help="Percent for a candidate, to measure a difference; 0 ends.")
@click.option(
    "--shadow", type=click.Choice(list(SHADOW)), help="Mirror requests to a candidate; nobody gets its answers."
)
@click.option("--version", type=int, help="The candidate; by default the challenger.")
@click.option("--sticky", default="", metavar="HEADER", help="Divide by this header's value; else by prediction id.")
@click.option("--reason", default="", help="Why, in one sentence (needed for a change); kept in the history.")
@click.option("--min-answers", type=click.IntRange(10), help="Answers, or labels, before the candidate is judged.")
@click.option("--max-errors", type=float, metavar="PCT", help="Points of failed requests above the champion's.")
@click.option("--max-latency", type=float, metavar="TIMES", help="Times the champion's p95 its own may be.")
@click.option("--max-loss", type=float, help="How much its mean loss by labels may exceed the champion's.")
@click.option("--standing", is_flag=True, help="Compare candidate and champion by all that is known.")
@click.option("--history", "with_history", is_flag=True, help="List all that took part before.")
def traffic(
    session: Session,
    project: str,
    canary: float | None,
    ab: float | None,
    shadow: str | None,
    version: int | None,
    sticky: str,
    reason: str,
    min_answers: int | None,
    max_errors: float | None,
    max_latency: float | None,
    max_loss: float | None,
    standing: bool,
    with_history: bool,
) -> None:
    """Show or change which version takes part in the traffic of PROJECT beside the champion.

    A change needs a --reason.
    """
    service = session.platform.traffic
    if with_history:
        session.answer_rows(service.history(project), COLUMNS, "Only champions ever answered.")
        return
    if standing:
        _show_standing(session, project)
        return
    wanted = _wanted(canary, ab, shadow)
    if wanted is None:
        _show(session, project)
        return
    mode, share = wanted
    if share == 0:
        ended = service.stop(session.actor, project, reason=reason)
        session.answer(ended, f"Only the champion of {project} answers; version {ended.version} is out.")
        return
    limits = {"minimum": min_answers, "errors": max_errors, "latency": max_latency, "loss": max_loss}
    guards = _guards(mode, {name: value for name, value in limits.items() if value is not None})
    started = service.start(
        session.actor, project, mode, reason=reason, version=version, share=share, sticky=sticky, guards=guards
    )
    session.answer(started, told(started))


def told(given: Traffic) -> str:
    """Say in a sentence what a candidate takes part in."""
    if given.mode is TrafficMode.SHADOW:
        return f"Version {given.version} of {given.project} is a shadow of {given.share:.0%} of the requests."
    how = f"by the header {given.sticky}" if given.sticky else "by prediction id"
    return f"Version {given.version} of {given.project} answers {given.share:.2%} ({given.mode}), divided {how}."


def _wanted(canary: float | None, ab: float | None, shadow: str | None) -> tuple[TrafficMode, float] | None:
    shares = {
        TrafficMode.CANARY: canary,
        TrafficMode.AB: ab,
        TrafficMode.SHADOW: SHADOW.get(shadow or ""),
    }
    given = [(mode, share / 100) for mode, share in shares.items() if share is not None]
    if len(given) > 1:
        raise InvalidTraffic(problem="choose one of --canary, --ab and --shadow; one candidate takes part at a time.")
    return given[0] if given else None


def _guards(mode: TrafficMode, limits: dict[str, float]) -> Guards | None:
    if not limits:
        return None
    usual = {} if mode is TrafficMode.CANARY else {"errors": None, "latency": None, "loss": None}
    if "errors" in limits:
        limits = {**limits, "errors": limits["errors"] / 100}
    try:
        return Guards.model_validate({**usual, **limits})
    except ValueError as error:
        raise InvalidTraffic(problem=f"a limit is not usable: {error.errors()[0]['msg']}") from error  # type: ignore[attr-defined]


def _show_standing(session: Session, project: str) -> None:
    current = session.platform.traffic.current(project)
    if current is None:
        raise OnlyChampion(project=project)
    found = session.platform.standing.of(current)
    columns = ["measure", "champion", "candidate", "champion_rows", "candidate_rows", "low", "high", "p", "finding"]
    rows = [[cell(getattr(one, column)) for column in columns] for one in found.comparisons]
    note = f"With {found.confidence:.0%} confidence the difference is between low and high, however often one looks."
    session.answer(found, "\n".join([told(current), table(columns, rows), note]))


def _show(session: Session, project: str) -> None:
    current = session.platform.traffic.current(project)
    champion = session.platform.models.champion(project)
    live = None if champion is None else champion.version
    if current is None:
        text = f"Only version {live}, the champion, answers." if live else f"Nothing serves in {project} yet."
    else:
        guards = [[name, cell(value)] for name, value in current.guards.model_dump().items()]
        why = f"since {cell(current.since)} by {current.actor}: {current.reason}"
        text = "\n".join([told(current), why, table(["guard", "limit"], guards)])
    session.answer({"project": project, "champion": live, "candidate": current}, text)
