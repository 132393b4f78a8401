"""Commands on schedules."""

import click

from core.cli.session import Session, cell, command, table
from core.errors import InvalidSchedule
from core.records.schedule import MissedPolicy, Schedule, ScheduleAction, Trigger, TriggerKind


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("schedule", help="Background work at its time.")
    main.add_command(group)
    command(group, "add")(add)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "pause")(pause)
    command(group, "resume")(resume)
    command(group, "run")(run)
    command(group, "remove")(remove)


@click.argument("project")
@click.option("--action", type=click.Choice([action.value for action in ScheduleAction]), required=True)
@click.option("--cron", help="Five fields: minute hour day month weekday.")
@click.option("--every", help="A period: 30m, 6h, 2d.")
@click.option("--at", help="A moment: 2026-03-01T06:00.")
@click.option("--timezone", default="UTC", show_default=True)
@click.option("--missed", type=click.Choice([p.value for p in MissedPolicy]), default="run-once", show_default=True)
def add(
    session: Session,
    project: str,
    action: str,
    cron: str | None,
    every: str | None,
    at: str | None,
    timezone: str,
    missed: str,
) -> None:
    """Start an action in PROJECT on a schedule."""
    session.platform.projects.get(project)
    schedule = session.platform.retraining.add(
        session.actor,
        project,
        action=ScheduleAction(action),
        trigger=_trigger(cron, every, at, timezone),
        missed=MissedPolicy(missed),
    )
    session.answer(_document(schedule), _text(schedule))


def _trigger(cron: str | None, every: str | None, at: str | None, timezone: str) -> Trigger:
    given = [
        (kind, text)
        for kind, text in ((TriggerKind.CRON, cron), (TriggerKind.EVERY, every), (TriggerKind.AT, at))
        if text is not None
    ]
    if len(given) != 1:
        raise InvalidSchedule(problem="give exactly one of --cron, --every and --at")
    kind, expression = given[0]
    return Trigger(kind=kind, expression=expression, timezone=timezone)


def _next_times(schedule: Schedule) -> list[str]:
    from core.retraining import triggers

    if schedule.next_at is None or not schedule.enabled:
        return []
    later = triggers.slots(schedule.trigger, schedule.anchor, schedule.next_at, 4)
    return [moment.isoformat() for moment in (schedule.next_at, *later)]


def _words(schedule: Schedule) -> str:
    from core.retraining import triggers

    return triggers.describe(schedule.trigger)


def _document(schedule: Schedule) -> dict[str, object]:
    return {**schedule.model_dump(mode="json"), "words": _words(schedule), "next": _next_times(schedule)}


def _text(schedule: Schedule) -> str:
    times = "\n".join(f"  {moment}" for moment in _next_times(schedule))
    return f"{schedule.id}: {schedule.action} {_words(schedule)}\nnext times:\n{times or '  none (paused or over)'}"


@click.argument("project", required=False)
@click.option("--project", "of", help="The same as PROJECT.")
def list_(session: Session, project: str | None, of: str | None) -> None:
    """List schedules, of PROJECT or of all."""
    found = session.platform.retraining.schedules(project or of)
    headers = ["id", "project", "action", "when", "enabled", "next"]
    rows = [
        [s.id, s.project, s.action.value, _words(s), "yes" if s.enabled else "paused", cell(s.next_at)] for s in found
    ]
    session.answer([_document(s) for s in found], table(headers, rows) if rows else "No schedule yet.")


@click.argument("id")
def show(session: Session, id: str) -> None:
    """Show the schedule ID, its next times and what became of the last ones."""
    schedule = session.platform.retraining.schedule(id)
    firings = session.platform.retraining.firings(schedule.project, id, 10)
    rows = [[cell(f.slot), f.outcome.value, f.job_id or "-", f.reason] for f in firings]
    ledger = table(["slot", "outcome", "job", "reason"], rows) if rows else "No firing yet."
    session.answer({**_document(schedule), "firings": list(firings)}, f"{_text(schedule)}\n{ledger}")


@click.argument("id")
def pause(session: Session, id: str) -> None:
    """Pause the schedule ID."""
    schedule = session.platform.retraining.pause(session.actor, id)
    session.answer(_document(schedule), f"Schedule {id} is paused.")


@click.argument("id")
def resume(session: Session, id: str) -> None:
    """Let the schedule ID fire again."""
    schedule = session.platform.retraining.resume(session.actor, id)
    session.answer(_document(schedule), _text(schedule))


@click.argument("id")
def run(session: Session, id: str) -> None:
    """Start the action of the schedule ID now."""
    job = session.platform.retraining.run_now(session.actor, id)
    session.answer(job, f"Job {job.id} is queued: {job.title}")


@click.argument("id")
def remove(session: Session, id: str) -> None:
    """Remove the schedule ID; its ledger stays."""
    session.platform.retraining.remove(session.actor, id)
    session.answer({"removed": id}, f"Schedule {id} is removed.")
