"""Commands on approvals: ask, see what waits, answer."""

import click

from core.cli.session import Session, command
from core.errors import InvalidInput
from core.records.approval import Approval, ApprovalState

COLUMNS = ["id", "project", "version", "state", "requested_by", "requested_at", "comment", "answered_by", "answer"]


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "approvals")(approvals)
    command(main, "request-approval")(request)
    command(main, "approve")(approve)
    command(main, "reject")(reject)


@click.argument("project", required=False)
@click.option("--all", "every", is_flag=True, help="Those that were answered, too.")
def approvals(session: Session, project: str | None, every: bool) -> None:
    """List the requests for approval that wait, of PROJECT or of all."""
    if every and project is None:
        raise InvalidInput(problem="name the project whose requests you want to see")
    if project is not None:
        session.platform.projects.get(project)
    service = session.platform.approvals
    found = service.of(project) if every and project else service.waiting(project)
    session.answer_rows(found, COLUMNS, "Nothing waits for approval.")


@click.argument("project")
@click.argument("version", type=int)
@click.option("--comment", default="", help="What the approver should know.")
def request(session: Session, project: str, version: int, comment: str) -> None:
    """Ask that VERSION of PROJECT may be promoted."""
    session.platform.projects.get(project)
    made = session.platform.approvals.request(session.actor, project, version, comment)
    session.answer(made, f"Approval of version {version} is asked for (request {made.id}).")


@click.argument("project")
@click.argument("version", type=int)
@click.option("--comment", default="", help="Why; kept with the verdict.")
def approve(session: Session, project: str, version: int, comment: str) -> None:
    """Approve that VERSION of PROJECT is promoted."""
    found = _waiting(session, project, version)
    answered = session.platform.approvals.approve(session.actor, found.id, comment)
    session.answer(answered, f"Version {version} of {project} is approved.")


@click.argument("project")
@click.argument("version", type=int)
@click.option("--comment", default="", help="Why; kept with the verdict.")
def reject(session: Session, project: str, version: int, comment: str) -> None:
    """Reject that VERSION of PROJECT is promoted."""
    found = _waiting(session, project, version)
    answered = session.platform.approvals.reject(session.actor, found.id, comment)
    session.answer(answered, f"Version {version} of {project} is rejected.")


def _waiting(session: Session, project: str, version: int) -> Approval:
    session.platform.projects.get(project)
    found: list[Approval] = [
        one for one in session.platform.approvals.of(project, version) if one.state is ApprovalState.WAITING
    ]
    if not found:
        raise InvalidInput(problem=f"No request to approve version {version} of {project!r} waits.")
    return found[0]
