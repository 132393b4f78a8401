"""Commands on gates: what a challenger must be like, and the verdicts on versions."""

from datetime import datetime
from typing import IO

import click

from core.cli.jobs import finished
from core.cli.moments import MOMENT
from core.cli.session import Session, cell, command, table
from core.errors import AnswerIsNo
from core.model_errors import NothingToJudge
from core.records.gate import Verdict, VerdictOutcome
from core.records.replay import Replay, ReplayRequest


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "gate")(gate)
    command(main, "judge")(gate)
    group = click.Group("gates", help="What a challenger of a project must be like before it may be promoted.")
    main.add_command(group)
    command(group, "show")(show)
    command(group, "set")(set_gates)
    command(group, "history")(history)
    command(main, "verdicts")(verdicts)
    command(main, "replay")(replay)
    command(main, "replays")(replays)


@click.argument("project")
@click.argument("version", type=int)
def gate(session: Session, project: str, version: int) -> None:
    """Judge VERSION of PROJECT by its gates and store the verdict; exits with 0 only on PROMOTE."""
    platform = session.platform
    platform.projects.get(project)
    job = finished(session, platform.gates.submit(session.actor, project, version))
    found = (job.result or {}).get("verdict")
    if found is None:
        raise NothingToJudge(version=version, project=project)
    verdict = platform.gates.verdict(found)
    session.answer(verdict, told(verdict))
    if verdict.outcome is not VerdictOutcome.PROMOTE:
        raise SystemExit(AnswerIsNo.exit_code)


def told(verdict: Verdict) -> str:
    """Return a verdict as text."""
    against = f"version {verdict.champion}" if verdict.champion else "no champion"
    rows = [[one.title, one.standing.value.replace("_", " "), one.sentence] for one in verdict.gates]
    heading = f"{verdict.outcome.value.upper()}: version {verdict.version} against {against}, policy {verdict.policy}"
    return f"{heading}\n{table(['gate', 'standing', 'why'], rows)}\n{verdict.summary}"


@click.argument("project")
def show(session: Session, project: str) -> None:
    """Print the gates of PROJECT as YAML, to be edited and set again."""
    from core.models.gates import policy

    found = session.platform.gates.policy(project)
    session.answer(found, policy.write(found).rstrip("\n"))


@click.argument("project")
@click.argument("source", metavar="FILE", type=click.File(encoding="utf-8"))
@click.option("--note", default="", help="Why, for those who read the history.")
def set_gates(session: Session, project: str, source: IO[str], note: str) -> None:
    """Set the gates of PROJECT from FILE (YAML or JSON; - reads what is piped in)."""
    from core.models.gates import policy

    session.platform.projects.get(project)
    found = session.platform.gates.set(session.actor, project, policy.parse(source.read()), note)
    session.answer(found, f"Gate policy {found.number} of {project} holds {len(found.gates)} gates.")


@click.argument("project")
def history(session: Session, project: str) -> None:
    """List the versions of the gates of PROJECT, newest first."""
    session.platform.projects.get(project)
    found = session.platform.gates.policies(project)
    rows = [[str(one.number), cell(one.created_at), one.author, str(len(one.gates)), cell(one.note)] for one in found]
    session.answer(found, table(["policy", "created_at", "author", "gates", "note"], rows))


@click.argument("project")
@click.argument("version", type=int, required=False)
@click.option("--limit", default=20, show_default=True)
def verdicts(session: Session, project: str, version: int | None, limit: int) -> None:
    """List the verdicts on the versions of PROJECT, or on VERSION, newest first."""
    session.platform.projects.get(project)
    found = session.platform.gates.verdicts(project, version, limit)
    columns = ["id", "created_at", "version", "champion", "policy", "outcome", "actor", "summary"]
    session.answer_rows(found, columns, "No verdict yet.")


@click.argument("project")
@click.argument("version", type=int)
@click.option("--last", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True, help="Newest requests.")
@click.option("--since", type=MOMENT, help="Only requests from this moment on (or an age like 7d).")
@click.option("--until", type=MOMENT, help="Only requests before this moment.")
def replay(
    session: Session, project: str, version: int, last: int, since: datetime | None, until: datetime | None
) -> None:
    """Score logged requests of PROJECT with VERSION and tell what would be answered otherwise."""
    platform = session.platform
    platform.projects.get(project)
    request = ReplayRequest(version=version, last=last, since=since, until=until)
    job = finished(session, platform.replays.submit(session.actor, project, request))
    found = next(one for one in platform.replays.replays(project, version) if one.id == (job.result or {})["replay"])
    session.answer(found, replay_told(found))


def replay_told(found: Replay) -> str:
    """Return a replay as text."""
    seen = found.findings
    flips = [[flip.before, flip.after, str(flip.rows), f"{flip.share:.2%}"] for flip in seen.flips]
    lines = [found.summary, f"scores: moved by {seen.moved:.4g} on average, PSI {seen.psi:.3g}, KS {seen.ks:.3g}"]
    if flips:
        lines.append(table(["was", "would be", "requests", "share"], flips))
    worst = [[one.name, str(one.rows), f"{one.flips:.1%}"] for one in seen.segments]
    if worst:
        lines.append(table(["most in", "requests", "flip"], worst))
    if seen.ms is not None and seen.champion_ms is not None:
        lines.append(f"one answer: {seen.ms:.2g} ms, champion {seen.champion_ms:.2g} ms")
    lines += [f"refused: {fault.field} {fault.problem} ({fault.rows:,} requests)" for fault in seen.faults]
    if seen.labels is not None:
        of = seen.labels
        lines.append(f"{of.metric} on {of.rows:,} labelled: {cell(of.champion)} -> {cell(of.challenger)}")
    return "\n".join(lines)


@click.argument("project")
@click.argument("version", type=int, required=False)
def replays(session: Session, project: str, version: int | None) -> None:
    """List the replays of PROJECT, or of VERSION, newest first."""
    session.platform.projects.get(project)
    found = session.platform.replays.replays(project, version)
    session.answer_rows(found, ["id", "created_at", "version", "champion", "summary"], "No replay yet.")
