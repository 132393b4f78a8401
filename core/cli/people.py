"""Commands on users, API keys and the audit trail."""

from datetime import datetime

import click

from core.cli.moments import MOMENT
from core.cli.session import Session, command
from core.errors import AnswerIsNo
from core.records.access import ApiKey, Role

ROLE = click.Choice([role.value for role in Role])


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    users = click.Group("user", help="People who can sign in.")
    keys = click.Group("key", help="Keys of the scoring API.")
    audit = click.Group("audit", help="Who did what.")
    for group in (users, keys, audit):
        main.add_command(group)
    command(users, "add")(add_user)
    command(users, "list")(list_users)
    command(users, "role")(set_role)
    command(users, "disable")(disable)
    command(keys, "create")(create_key)
    command(keys, "list")(list_keys)
    command(keys, "revoke")(revoke)
    command(audit, "list")(events)
    command(audit, "verify")(verify)


@click.argument("name")
@click.option("--role", type=ROLE, default="scientist", show_default=True)
@click.option("--password", envvar="PILOTHOUSE_NEW_PASSWORD", prompt=True, hide_input=True, confirmation_prompt=True)
def add_user(session: Session, name: str, role: str, password: str) -> None:
    """Add the user NAME; the password is asked for, or read from PILOTHOUSE_NEW_PASSWORD."""
    user = session.platform.access.add_user(session.actor, name, password, Role(role))
    session.answer({"name": user.name, "role": user.role}, f"{user.name} can sign in as {user.role}.")


def list_users(session: Session) -> None:
    """List the users."""
    users = session.platform.access.users(session.actor)
    document = [user.model_dump(mode="json", exclude={"password_hash"}) for user in users]
    text = "\n".join(f"{u.name}  {u.role}{'  disabled' if u.disabled else ''}" for u in users)
    session.answer(document, text or "No user yet.")


@click.argument("name")
@click.argument("role", type=ROLE)
def set_role(session: Session, name: str, role: str) -> None:
    """Give the user NAME another role."""
    session.platform.access.set_role(session.actor, name, Role(role))
    session.answer({"name": name, "role": role}, f"{name} is {role} now.")


@click.argument("name")
@click.option("--enable", is_flag=True, help="Let the user in again.")
def disable(session: Session, name: str, enable: bool) -> None:
    """Shut the user NAME out at once."""
    session.platform.access.set_disabled(session.actor, name, not enable)
    session.answer(
        {"name": name, "disabled": not enable}, f"{name} {'can sign in again' if enable else 'is shut out'}."
    )


@click.argument("name")
@click.option("--role", type=ROLE, default="scientist", show_default=True)
@click.option("--expires", type=MOMENT, help="Moment from which the key is refused.")
def create_key(session: Session, name: str, role: str, expires: datetime | None) -> None:
    """Make an API key; its secret is shown once, here."""
    key, secret = session.platform.access.create_key(session.actor, name, Role(role), expires)
    session.answer({**_key(key), "secret": secret}, f"{secret}\nKeep it: it is not shown again (key {key.id}).")


def _key(key: ApiKey) -> dict[str, object]:
    return key.model_dump(mode="json", exclude={"key_sha256"})


def list_keys(session: Session) -> None:
    """List the API keys."""
    keys = session.platform.access.keys(session.actor)
    lines = [f"{k.id}  {k.prefix}...  {k.name}  {k.role}{'  revoked' if k.revoked_at else ''}" for k in keys]
    session.answer([_key(key) for key in keys], "\n".join(lines) or "No key yet.")


@click.argument("id")
def revoke(session: Session, id: str) -> None:
    """Revoke the API key ID for good."""
    session.platform.access.revoke_key(session.actor, id)
    session.answer({"revoked": id}, f"Key {id} is revoked.")


@click.option("--project")
@click.option("--limit", default=50, show_default=True)
def events(session: Session, project: str | None, limit: int) -> None:
    """List audit events, newest first."""
    found = session.platform.audit.events(session.actor, project, limit)
    session.answer_rows(found, ["number", "at", "actor", "action", "project", "subject"], "No event yet.")


def verify(session: Session) -> None:
    """Check the hash chain of the audit trail."""
    broken = session.platform.audit.verify(session.actor)
    if broken is not None:
        raise AnswerIsNo(problem=f"the audit trail was altered: event {broken} is the first that does not fit")
    session.answer({"intact": True}, "The audit trail is intact.")
