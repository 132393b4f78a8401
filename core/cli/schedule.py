"""Commands on schedules."""

from datetime import datetime
from typing import Any

import click

from core.cli.session import Session, cell, command, options, table
from core.errors import InvalidSchedule
from core.records.schedule import (
    Conduct,
    MissedPolicy,
    Overlap,
    Schedule,
    ScheduleAction,
    ScheduleDraft,
    Trigger,
    TriggerKind,
)

WHEN = ("cron", "every", "at", "daily", "weekly", "monthly")
NARROWING = ("current", "reference", "last", "check", "into", "preparation", "folder", "keep", "repair", "channel")
OPTIONS = (
    click.option("--action", type=click.Choice([action.value for action in ScheduleAction]), help="What happens."),
    click.option("--name", help="What people call it."),
    click.option("--data", help="What it works on: NAME, or NAME@N; a retraining takes the champion's own without it."),
    click.option("--into", help="batch-predict, materialize: dataset that gets the rows."),
    click.option("--preparation", help="materialize: version of the preparation; the newest when not given."),
    click.option("--folder", help="backup: folder on the worker's machine, from the root on."),
    click.option("--keep", type=click.IntRange(1, 1000), help="backup: how many are kept; 7 when not given."),
    click.option("--repair", type=click.Choice(["yes", "none"]), help="fsck: make again what can be."),
    click.option("--channel", help="report: e-mail channel; all of the project when not given."),
    click.option("--current", help="monitor: what is looked at, NAME or NAME@N; the predictions when not given."),
    click.option("--reference", help="monitor: what it is compared with; the champion's training data when not given."),
    click.option("--last", help="monitor, report: how far back it looks: 7d."),
    click.option(
        "--check",
        help="monitor: drift (when not given), quality, concept, all of them, or performance of what was served.",
    ),
    click.option("--cron", help="Five fields: minute hour day month weekday."),
    click.option("--every", help="A period: 30m, 6h, 2d."),
    click.option("--at", help="A moment: 2026-03-01T06:00."),
    click.option("--daily", help="A time of the day: 06:30."),
    click.option("--weekly", help="A weekday and a time: mon@06:30."),
    click.option("--monthly", help="A day of the month and a time: 15@06:30."),
    click.option("--timezone", help="Where the times are read; UTC when not given."),
    click.option("--start", help="No moment before this one."),
    click.option("--end", help="No moment after this one."),
    click.option("--jitter", help="Act up to this much later, spread evenly: 90s, 10m."),
    click.option("--at-once", type=click.IntRange(1, 16), help="Jobs of it that may be at work; 1 when not given."),
    click.option(
        "--overlap",
        type=click.Choice([overlap.value for overlap in Overlap]),
        help="When more would be at work: skip, or queue.",
    ),
    click.option(
        "--missed",
        type=click.Choice([policy.value for policy in MissedPolicy]),
        help="For moments nobody was there for.",
    ),
    click.option("--most-missed", type=click.IntRange(1, 100), help="How many of them run-all makes up for; 5."),
)


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("schedule", help="Background work at its time.")
    main.add_command(group)
    command(group, "add")(options(OPTIONS)(add))
    command(group, "edit")(options(OPTIONS)(edit))
    command(group, "duplicate")(options(OPTIONS)(duplicate))
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "pause")(pause)
    command(group, "resume")(resume)
    command(group, "run")(run)
    command(group, "remove")(remove)


@click.argument("project")
def add(session: Session, project: str, **given: Any) -> None:
    """Start an action in PROJECT on a schedule."""
    session.platform.projects.get(project)
    schedule = session.platform.retraining.add(session.actor, project, _draft(given))
    session.answer(_document(schedule), _text(schedule))


@click.argument("id")
def edit(session: Session, id: str, **given: Any) -> None:
    """Change the schedule ID; what is not given stays, and so does its ledger."""
    old = session.platform.retraining.schedule(id)
    schedule = session.platform.retraining.change(session.actor, id, _draft(given, old.draft))
    session.answer(_document(schedule), _text(schedule))


@click.argument("id")
def duplicate(session: Session, id: str, **given: Any) -> None:
    """Add a schedule like ID; what is given is different."""
    old = session.platform.retraining.schedule(id)
    schedule = session.platform.retraining.add(session.actor, old.project, _draft(given, old.draft))
    session.answer(_document(schedule), _text(schedule))


def _draft(given: dict[str, Any], old: ScheduleDraft | None = None) -> ScheduleDraft:
    """Return what the options ask for, and what they leave open as it was."""
    action = given["action"] or (old.action if old else None)
    if not action:
        raise InvalidSchedule(problem="say what happens with --action " + "|".join(ScheduleAction))
    trigger = _trigger(given, old.trigger if old else None)
    kept = old or ScheduleDraft(action=ScheduleAction(action), trigger=trigger)
    return ScheduleDraft(
        name=kept.name if given["name"] is None else given["name"],
        action=ScheduleAction(action),
        payload=_payload(given, kept.payload if kept.action == action else {}),
        trigger=trigger,
        conduct=_conduct(given, kept.conduct),
        starts_at=_bound(given["start"], trigger, kept.starts_at),
        ends_at=_bound(given["end"], trigger, kept.ends_at),
    )


def _payload(given: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Return what narrows the action; ``none`` takes an entry away."""
    options = {"data": "dataset", **{name: name for name in NARROWING}}
    changes = {name: given[option] for option, name in options.items() if given[option] is not None}
    return {name: value for name, value in {**old, **changes}.items() if value != "none"}


def _conduct(given: dict[str, Any], old: Conduct) -> Conduct:
    from core.retraining import triggers

    changes = {name: given[name] for name in ("at_once", "overlap", "missed", "most_missed") if given[name] is not None}
    if given["jitter"] is not None:
        changes["jitter_s"] = 0 if given["jitter"] == "0" else _jitter(triggers.period(given["jitter"]).total_seconds())
    return Conduct(**{**dict(old), **changes})


def _jitter(seconds: float) -> int:
    if seconds > 3600:
        raise InvalidSchedule(problem="a jitter may be one hour at most: give --jitter 60m or less")
    return int(seconds)


def _bound(text: str | None, trigger: Trigger, old: datetime | None) -> datetime | None:
    """Return the start or end given; ``none`` takes it away."""
    if text is None:
        return old
    from core.retraining import triggers

    return None if text == "none" else triggers.moment(text, trigger.timezone)


def _trigger(given: dict[str, Any], old: Trigger | None) -> Trigger:
    from core.retraining import calendars

    chosen = [name for name in WHEN if given[name] is not None]
    zone = given["timezone"] or (old.timezone if old else "UTC")
    if not chosen and old is not None:
        return old.model_copy(update={"timezone": zone})
    if len(chosen) != 1:
        raise InvalidSchedule(problem="give exactly one of " + ", ".join(f"--{name}" for name in WHEN))
    (name,) = chosen
    if name in list(calendars.Rhythm):
        preset = calendars.parse(calendars.Rhythm(name), given[name])
        return Trigger(kind=TriggerKind.CRON, expression=preset.expression, timezone=zone)
    return Trigger(kind=TriggerKind(name), expression=given[name], timezone=zone)


def _next_times(schedule: Schedule) -> list[str]:
    from core.retraining import timing

    return [at.isoformat() for at in timing.coming(schedule, 5)]


def _words(schedule: Schedule) -> str:
    from core.retraining import triggers

    return triggers.describe(schedule.trigger)


def _document(schedule: Schedule) -> dict[str, object]:
    return {**schedule.model_dump(mode="json"), "words": _words(schedule), "next": _next_times(schedule)}


def _text(schedule: Schedule) -> str:
    times = "\n".join(f"  {moment}" for moment in _next_times(schedule)) or "  none (paused or over)"
    return f"{schedule.id}: {schedule.name or schedule.action} {_words(schedule)}\nnext times:\n{times}"


def _when(schedule: Schedule) -> str:
    from core.retraining import triggers

    if schedule.next_at is None:
        return "-"
    return f"{schedule.next_at.astimezone(triggers.zone(schedule.trigger.timezone)):%Y-%m-%d %H:%M}"


def _state(schedule: Schedule) -> str:
    return "over" if schedule.is_over else "active" if schedule.enabled else "paused"


@click.argument("project", required=False)
@click.option("--project", "of", help="The same as PROJECT.")
def list_(session: Session, project: str | None, of: str | None) -> None:
    """List schedules, of PROJECT or of all."""
    found = session.platform.retraining.schedules(project or of)
    headers = ["id", "project", "name", "action", "when", "state", "next"]
    rows = [[s.id, s.project, s.name or "-", s.action.value, _words(s), _state(s), _when(s)] for s in found]
    session.answer([_document(s) for s in found], table(headers, rows) if rows else "No schedule yet.")


@click.argument("id")
def show(session: Session, id: str) -> None:
    """Show the schedule ID, its next times and what became of the last ones."""
    schedule = session.platform.retraining.schedule(id)
    firings = session.platform.retraining.firings(schedule.project, id, 10)
    states = {job.id: job.state.value for job in session.platform.queue.find(schedule.project, limit=1_000)}
    rows = [
        [cell(f.slot), f.outcome.value, f.job_id or "-", states.get(f.job_id or "", "-"), f.reason] for f in firings
    ]
    ledger = table(["slot (UTC)", "outcome", "job", "its state", "reason"], rows) if rows else "No firing yet."
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
@click.option("--slot", help="A missed moment of it to make up for, as `schedule show` names it.")
def run(session: Session, id: str, slot: str | None) -> None:
    """Start the action of the schedule ID now."""
    if slot is not None:
        from core.retraining import triggers

        firing = session.platform.retraining.run_missed(session.actor, id, triggers.moment(slot, "UTC"))
        session.answer(firing, f"Job {firing.job_id} is queued: {firing.reason}.")
        return
    job = session.platform.retraining.run_now(session.actor, id)
    session.answer(job, f"Job {job.id} is queued: {job.title}")


@click.argument("id")
def remove(session: Session, id: str) -> None:
    """Remove the schedule ID; its ledger stays."""
    session.platform.retraining.remove(session.actor, id)
    session.answer({"removed": id}, f"Schedule {id} is removed.")
