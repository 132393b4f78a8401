"""Commands on alerts: the inbox, and the rules behind it."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from core.cli import channels
from core.cli.session import Session, command, options
from core.errors import InvalidInput
from core.records.alert import (
    UNRESOLVED,
    Alert,
    AlertRuleDraft,
    AlertState,
    Condition,
    ConditionKind,
    Direction,
    Severity,
    Watched,
)
from core.records.base import Record

AnyRecord = TypeVar("AnyRecord", bound=Record)

INBOX = ["id", "severity", "state", "title", "summary", "opened_at", "openings", "owner"]
RULES = ["id", "name", "watched", "subject", "severity", "enabled", "muted_until", "owner"]
STEPS = ["at", "before", "after", "actor", "note"]
PERIODS = {"m": 60, "h": 3600, "d": 86_400}


def _choices(kind: Any) -> click.Choice[str]:
    return click.Choice([one.value for one in kind])


OPTIONS = (
    click.option("--name", help="What people call it."),
    click.option("--watch", "watched", type=_choices(Watched), help="What is looked at."),
    click.option("--of", "subject", help="A column (* for each), a metric, p95 of latency, or a kind of job."),
    click.option("--when", "kind", type=_choices(ConditionKind), help="How values are judged; threshold by default."),
    click.option("--above", type=float, help="Bad above this; with --when change 0.2 means a fifth more than before."),
    click.option("--below", type=float, help="Bad below this; with --when zscore 3 means three deviations less."),
    click.option("--hours", type=float, help="With --when absence: bad when nothing came for so long."),
    click.option("--earlier", type=int, help="How many values before a change or a z-score is against; 10."),
    click.option("--times", type=int, help="Fire when so many ..."),
    click.option("--last", type=int, help="... of the last so many values are bad; 1 of 1."),
    click.option("--min-rows", type=int, help="Values of fewer rows say nothing."),
    click.option("--severity", type=_choices(Severity), help="warning when not given."),
    click.option("--over", help="The time that counts and figures of the API are taken over: 30m, 1h, 7d."),
    click.option("--cooldown", help="Within this nobody is told twice of one cause: 6h."),
    click.option("--owner", help="Who is to look."),
    click.option("--channel", "channels", multiple=True, help="Tell over this channel only; again for more."),
)


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("alert", help="Alerts: what needs somebody, and the rules that find it.")
    main.add_command(group)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "ack")(acknowledge)
    command(group, "mute")(mute)
    command(group, "resolve")(resolve)
    command(group, "reopen")(reopen)
    command(group, "rules")(rules)
    command(group, "add")(options(OPTIONS)(add))
    command(group, "edit")(options(OPTIONS)(edit))
    command(group, "switch")(switch)
    command(group, "mute-rule")(mute_rule)
    command(group, "remove")(remove)
    command(group, "backtest")(options(OPTIONS)(backtest))
    command(group, "evaluate")(evaluate)
    channels.add_to(group)


@click.argument("project")
@click.option("--state", type=_choices(AlertState), multiple=True, help="All but resolved ones when not given.")
@click.option("--all", "all_", is_flag=True, help="Resolved ones, too.")
@click.option("--limit", default=50, show_default=True)
def list_(session: Session, project: str, state: tuple[str, ...], all_: bool, limit: int) -> None:
    """List the alerts of PROJECT, last opened first."""
    session.platform.projects.get(project)
    states = tuple(AlertState(one) for one in state) or (() if all_ else UNRESOLVED)
    found = session.platform.alerts.alerts(project, states, limit)
    session.answer_rows(found, INBOX, "Nothing is open.")


@click.argument("id")
def show(session: Session, id: str) -> None:
    """Show the alert ID and every step of its life."""
    alert = session.platform.alerts.alert(id)
    steps = session.platform.alerts.history(id)
    lines = [f"{step.at:%Y-%m-%d %H:%M:%S} {step.after.value} by {step.actor}: {step.note}" for step in steps]
    document = alert.model_dump(mode="json") | {"history": [step.model_dump(mode="json") for step in steps]}
    session.answer(document, "\n".join([_line(alert), *lines]))


def _line(alert: Alert) -> str:
    return f"{alert.id} {alert.severity.value} {alert.state.value}: {alert.title}. {alert.summary}"


@click.argument("id")
@click.option("--note", default="", help="For those who read it later.")
def acknowledge(session: Session, id: str, note: str) -> None:
    """Say that somebody is on the alert ID."""
    alert = session.platform.alerts.acknowledge(session.actor, id, note)
    session.answer(alert, _line(alert))


@click.argument("id")
@click.option("--for", "period", help="How long: 30m, 6h, 2d; until it is resolved when not given.")
@click.option("--note", default="", help="For those who read it later.")
def mute(session: Session, id: str, period: str | None, note: str) -> None:
    """Let the alert ID rest."""
    alert = session.platform.alerts.mute(session.actor, id, _until(session, period), note)
    session.answer(alert, _line(alert))


@click.argument("id")
@click.option("--note", default="", help="For those who read it later.")
def resolve(session: Session, id: str, note: str) -> None:
    """Close the alert ID; it opens again when its cause is found again."""
    alert = session.platform.alerts.resolve(session.actor, id, note)
    session.answer(alert, _line(alert))


@click.argument("id")
@click.option("--note", default="", help="For those who read it later.")
def reopen(session: Session, id: str, note: str) -> None:
    """Take back an acknowledgement, a mute or a resolution of the alert ID."""
    alert = session.platform.alerts.reopen(session.actor, id, note)
    session.answer(alert, _line(alert))


@click.argument("project")
def rules(session: Session, project: str) -> None:
    """List the alert rules of PROJECT, newest first."""
    session.platform.projects.get(project)
    session.answer_rows(session.platform.alerts.rules(project), RULES, "No rule yet.")


@click.argument("project")
def add(session: Session, project: str, **given: Any) -> None:
    """Add a rule to PROJECT."""
    rule = session.platform.alerts.add_rule(session.actor, project, _draft(given))
    session.answer(rule, f"Rule {rule.id}: {rule.name}.")


@click.argument("rule_id", metavar="RULE")
def edit(session: Session, rule_id: str, **given: Any) -> None:
    """Change RULE; what is not given stays."""
    old = session.platform.alerts.rule(rule_id)
    rule = session.platform.alerts.change_rule(session.actor, rule_id, _draft(given, old.draft))
    session.answer(rule, f"Rule {rule.id}: {rule.name}.")


@click.argument("rule_id", metavar="RULE")
@click.argument("how", type=click.Choice(["on", "off"]))
def switch(session: Session, rule_id: str, how: str) -> None:
    """Switch RULE on or off."""
    rule = session.platform.alerts.switch_rule(session.actor, rule_id, enabled=how == "on")
    session.answer(rule, f"Rule {rule.id} is {how}.")


@click.argument("rule_id", metavar="RULE")
@click.option("--for", "period", help="How long: 30m, 6h, 2d; not at all any more when not given.")
def mute_rule(session: Session, rule_id: str, period: str | None) -> None:
    """Let what RULE finds rest from the start, for a time."""
    rule = session.platform.alerts.mute_rule(session.actor, rule_id, _until(session, period))
    session.answer(rule, f"Rule {rule.id} is muted until {rule.muted_until}." if period else f"Rule {rule.id} speaks.")


@click.argument("rule_id", metavar="RULE")
def remove(session: Session, rule_id: str) -> None:
    """Remove RULE; its alerts stay, resolved."""
    session.platform.alerts.remove_rule(session.actor, rule_id)
    session.answer({"removed": rule_id}, f"Rule {rule_id} is gone; its alerts stay, resolved.")


@click.argument("project")
@click.option("--rule", "rule_id", help="Begin with this rule; the other options change it.")
def backtest(session: Session, project: str, rule_id: str | None, **given: Any) -> None:
    """Tell what a rule would have done on all that is stored of PROJECT; nothing is saved."""
    old = session.platform.alerts.rule(rule_id).draft if rule_id else None
    found = session.platform.alerts.backtest(project, _draft(given | {"name": given["name"] or "tested"}, old))
    lines = [f"{one.at:%Y-%m-%d %H:%M} {one.series} {one.why}" for one in found.firings]
    told = (
        f"Of {found.samples} stored values it would have fired on {found.fired}, opened {found.opened} alerts and told "
        f"people {found.told} times."
    )
    session.answer(found, "\n".join([found.sentence, told, *lines]))


@click.argument("project")
def evaluate(session: Session, project: str) -> None:
    """Judge the rules of PROJECT now, as the worker does regularly, and list what is open."""
    session.platform.projects.get(project)
    session.platform.alerts.evaluate(project)
    session.answer_rows(session.platform.alerts.alerts(project, UNRESOLVED), INBOX, "Nothing is open.")


def _draft(given: dict[str, Any], old: AlertRuleDraft | None = None) -> AlertRuleDraft:
    """Return what the options ask for, and what they leave open as it was."""
    for name, option in (("name", "--name"), ("watched", "--watch")):
        if old is None and not given[name]:
            raise InvalidInput(problem=f"Give the rule {option}.")
    own = {name: given[name] for name in ("name", "watched", "subject", "severity", "owner") if given[name] is not None}
    own |= {"channels": given["channels"]} if given["channels"] else {}
    times = {"window_s": given["over"], "cooldown_s": given["cooldown"]}
    own |= {field: _seconds(text) for field, text in times.items() if text}
    own["condition"] = _condition(given, old.condition if old else None)
    return _valid(AlertRuleDraft, (dict(old) if old else {}) | own)


def _condition(given: dict[str, Any], old: Condition | None) -> Condition:
    sides = {"above": Direction.ABOVE, "below": Direction.BELOW, "hours": Direction.ABOVE}
    said = [(given[name], side) for name, side in sides.items() if given[name] is not None]
    if len(said) > 1 or (not said and old is None):
        raise InvalidInput(problem="Say when a value is bad by one of --above, --below and --hours.")
    own: dict[str, Any] = {"limit": said[0][0], "direction": said[0][1]} if said else {}
    kind = given["kind"] or (ConditionKind.ABSENCE if given["hours"] is not None else None)
    names = {"earlier": "earlier", "times": "times", "last": "of", "min_rows": "least"}
    own |= {field: given[name] for name, field in names.items() if given[name] is not None}
    return _valid(Condition, (dict(old) if old else {}) | own | ({"kind": kind} if kind else {}))


def _valid(kind: type[AnyRecord], fields: dict[str, Any]) -> AnyRecord:
    """Make a record of what was typed.

    Raises:
        InvalidInput: a value is out of its bounds.
    """
    from pydantic import ValidationError

    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(problem=f"The rule's {first['loc'][0]} cannot be used: {first['msg']}.") from None


def _seconds(text: str) -> int:
    if not text[:-1].isdecimal() or text[-1] not in PERIODS:
        raise InvalidInput(problem=f"{text!r} is no time: write 30m, 6h or 2d.")
    return int(text[:-1]) * PERIODS[text[-1]]


def _until(session: Session, period: str | None) -> datetime | None:
    if period is None:
        return None
    now: datetime = session.platform.clock.now()
    return now + timedelta(seconds=_seconds(period))
