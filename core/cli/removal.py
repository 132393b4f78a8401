"""Commands that delete, each after it said what hangs on the thing."""

import sys

import click

from core.cli.session import Session
from core.maintenance_errors import StillNeeded
from core.records.dataset import DatasetRef
from core.records.removal import Impact


@click.argument("project")
@click.argument("ref", metavar="NAME[@N]")
@click.option("--dry-run", is_flag=True, help="Say what it would do, and change nothing; exit 1 when it is refused.")
@click.option("--reason", default="", help="Why, for those who ask for it later.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_data(session: Session, project: str, ref: str, dry_run: bool, reason: str, yes: bool) -> None:
    """Delete a dataset version, or with NAME alone all of its versions."""
    parsed = DatasetRef.parse(ref) if "@" in ref else None
    name, wanted = (parsed.name, parsed.number) if parsed else (ref, None)
    removal = session.platform.removal
    impact = removal.preview_data(project, name, wanted)
    if _may_go_on(session, impact, dry_run=dry_run, yes=yes):
        done = removal.delete_data(session.actor, project, name, wanted, reason=reason)
        _answer(session, done, deleted=True)


@click.argument("project")
@click.argument("run_id", metavar="RUN")
@click.option("--dry-run", is_flag=True, help="Say what it would do, and change nothing; exit 1 when it is refused.")
@click.option("--reason", default="", help="Why, for those who ask for it later.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_run(session: Session, project: str, run_id: str, dry_run: bool, reason: str, yes: bool) -> None:
    """Delete a run, with the runs nested in it and the model version made of it."""
    removal = session.platform.removal
    impact = removal.preview_run(project, run_id)
    if _may_go_on(session, impact, dry_run=dry_run, yes=yes):
        done = removal.delete_run(session.actor, project, run_id, reason=reason)
        _answer(session, done, deleted=True)


def _may_go_on(session: Session, impact: Impact, *, dry_run: bool, yes: bool) -> bool:
    """Answer a dry run or a refusal; else ask, unless told not to."""
    if dry_run:
        _answer(session, impact, deleted=False)
        if impact.refused:
            sys.exit(1)
        return False
    if impact.refused:
        raise StillNeeded(subject=impact.subject, problem="; ".join(impact.refused))
    if yes:
        return True
    session.note(told(impact))
    click.confirm(f"Delete {impact.subject}?", abort=True, err=True)
    return True


def _answer(session: Session, impact: Impact, *, deleted: bool) -> None:
    head = f"{impact.subject} is deleted." if deleted else f"What deleting {impact.subject} would do:"
    session.answer({**impact.model_dump(mode="json"), "deleted": deleted}, f"{head}\n{told(impact)}")


def told(impact: Impact) -> str:
    """Return the impact in lines for people."""
    lines = [f"x refused: {reason}" for reason in impact.refused]
    lines += [f"- goes with it: {what}" for what in impact.takes]
    lines += [f"- stays, and says that this was deleted: {what}" for what in impact.leaves]
    return "\n".join([*lines, f"- disk: {impact.freed / 1e6:,.1f} MB, given back by the next `pilothouse gc`"])
