"""Commands on retraining rules: what starts a retraining by itself, and why it did or did not."""

import re
from typing import Any

import click

from core.cli.session import Session, cell, command, options, table
from core.records.rule import Answer, Evaluation, QuietHours, RetrainingRule, RuleDraft, RuleMode
from core.retraining_errors import InvalidRule

OPTIONS = (
    click.option(
        "--when",
        multiple=True,
        metavar="SIGN",
        help="drift, concept, performance:5%, estimated:5%, quality, version[@DATA], rows:500[@DATA], labels:200, "
        "alert[@SEVERITY], webhook[@NAME]; repeat it for several.",
    ),
    click.option("--needed", help="How many of them must hold: any (when not given), all, or a number."),
    click.option("--name", help="What people call it."),
    click.option(
        "--mode", type=click.Choice([mode.value for mode in RuleMode]), help="suggest (a person decides) or act."
    ),
    click.option("--cooldown", help="How long it rests after it did something: 6h, 2d, 0; a day when not given."),
    click.option("--per-day", type=click.IntRange(1, 100), help="How often a day at most; once when not given."),
    click.option("--quiet", help="When it waits: 22:00-06:00, on the clocks of --timezone; none takes it away."),
    click.option("--timezone", help="Where quiet hours and days are counted; UTC when not given."),
)
SHOWN = 20


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("rule", help="Retraining rules: what starts a retraining by itself.")
    main.add_command(group)
    command(group, "add")(options(OPTIONS)(add))
    command(group, "edit")(options(OPTIONS)(edit))
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "pause")(pause)
    command(group, "resume")(resume)
    command(group, "remove")(remove)
    command(group, "why")(why)
    command(group, "suggestions")(suggestions)
    command(group, "accept")(accept)
    command(group, "dismiss")(dismiss)
    command(group, "signal")(signal)


@click.argument("project")
def add(session: Session, project: str, **given: Any) -> None:
    """Add a rule to PROJECT: when signs show, a retraining is suggested or started."""
    session.platform.projects.get(project)
    rule = session.platform.rules.add(session.actor, project, _draft(given))
    session.answer(_document(rule), _text(rule))


@click.argument("id")
def edit(session: Session, id: str, **given: Any) -> None:
    """Change the rule ID; what is not given stays, and so does what it decided."""
    old = session.platform.rules.rule(id)
    rule = session.platform.rules.change(session.actor, id, _draft(given, old.draft))
    session.answer(_document(rule), _text(rule))


def _draft(given: dict[str, Any], old: RuleDraft | None = None) -> RuleDraft:
    """Return what the options ask for, and what they leave open as it was."""
    from core.retraining import conditions

    found = tuple(conditions.parse(text) for text in given["when"]) or (old.conditions if old else ())
    if not found:
        raise InvalidRule(problem="say what it looks for with --when, such as --when drift or --when rows:500")
    asked: dict[str, Any] = {name: given[name] for name in ("name", "mode", "per_day") if given[name] is not None}
    if given["cooldown"] is not None:
        asked["cooldown_s"] = _seconds(given["cooldown"])
    return RuleDraft.model_validate(
        {
            **(old.model_dump() if old else {}),
            **asked,
            "conditions": found,
            "needed": _needed(given["needed"], len(found), old.needed if old and not given["when"] else 1),
            "quiet": _quiet(given["quiet"], given["timezone"], old.quiet if old else None),
        }
    )


def _seconds(text: str) -> int:
    from core.retraining import triggers

    return 0 if text == "0" else int(triggers.period(text).total_seconds())


def _needed(text: str | None, count: int, old: int) -> int:
    if text is None:
        return old
    wanted = {"any": 1, "all": count}.get(text) or (int(text) if text.isdigit() else 0)
    if not 1 <= wanted <= count:
        raise InvalidRule(problem=f"--needed {text} is not any, all or 1 to {count}")
    return wanted


def _quiet(text: str | None, zone: str | None, old: QuietHours | None) -> QuietHours | None:
    if text == "none":
        return None
    if text is None:
        return old.model_copy(update={"timezone": zone}) if old and zone else old
    found = re.fullmatch(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)", text)
    if found is None:
        raise InvalidRule(problem=f"{text!r} are no quiet hours: write them like 22:00-06:00")
    return QuietHours(start=found[1], end=found[2], timezone=zone or (old.timezone if old else "UTC"))


def _words(rule: RetrainingRule) -> str:
    from core.retraining import rules

    return rules.describe(rule)


def _document(rule: RetrainingRule) -> dict[str, object]:
    return {**rule.model_dump(mode="json"), "words": _words(rule)}


def _text(rule: RetrainingRule) -> str:
    state = "" if rule.enabled else " (paused)"
    return f"{rule.id}: {rule.name or 'rule'}{state}\n{_words(rule)}"


@click.argument("project", required=False)
def list_(session: Session, project: str | None) -> None:
    """List rules, of PROJECT or of all."""
    found = session.platform.rules.rules(project)
    rows = [
        [r.id, r.project, r.name or "-", r.mode.value, "active" if r.enabled else "paused", _words(r)] for r in found
    ]
    headers = ["id", "project", "name", "mode", "state", "rule"]
    session.answer([_document(rule) for rule in found], table(headers, rows) if rows else "No rule yet.")


@click.argument("id")
def show(session: Session, id: str) -> None:
    """Show the rule ID and what it decided lately."""
    rule = session.platform.rules.rule(id)
    looks = session.platform.rules.evaluations(rule.project, id, SHOWN)
    session.answer({**_document(rule), "evaluations": looks}, f"{_text(rule)}\n{_looks(looks)}")


def _looks(looks: list[Evaluation]) -> str:
    if not looks:
        return "It found nothing to look at yet."
    rows = [[cell(look.at), look.rule_id, _decision(look), look.job_id or "-", look.reason] for look in looks]
    return table(["at (UTC)", "rule", "decision", "job", "why"], rows)


def _decision(look: Evaluation) -> str:
    if look.answer is None:
        return look.decision.value
    word = "accepted" if look.answer is Answer.ACCEPTED else "dismissed"
    return f"{look.decision.value}, {word} by {look.answered_by}"


@click.argument("id")
def pause(session: Session, id: str) -> None:
    """Pause the rule ID."""
    rule = session.platform.rules.switch(session.actor, id, enabled=False)
    session.answer(_document(rule), f"Rule {id} is paused.")


@click.argument("id")
def resume(session: Session, id: str) -> None:
    """Let the rule ID look again; what happened meanwhile counts."""
    rule = session.platform.rules.switch(session.actor, id, enabled=True)
    session.answer(_document(rule), _text(rule))


@click.argument("id")
def remove(session: Session, id: str) -> None:
    """Remove the rule ID; what it decided stays."""
    session.platform.rules.remove(session.actor, id)
    session.answer({"removed": id}, f"Rule {id} is removed.")


@click.argument("project")
@click.option("--limit", type=click.IntRange(1, 1000), default=SHOWN, show_default=True)
def why(session: Session, project: str, limit: int) -> None:
    """Tell why PROJECT was retrained, or was not, newest first."""
    session.platform.projects.get(project)
    looks = session.platform.rules.evaluations(project, limit=limit)
    session.answer(looks, _looks(looks))


@click.argument("project")
def suggestions(session: Session, project: str) -> None:
    """List the suggestions of PROJECT that wait for an answer."""
    session.platform.projects.get(project)
    found = session.platform.rules.suggestions(project)
    session.answer_rows(found, ["id", "at", "reason"], "Nothing is suggested.")


@click.argument("id")
def accept(session: Session, id: str) -> None:
    """Start the retraining that suggestion ID asks for."""
    job = session.platform.rules.accept(session.actor, id)
    session.answer(job, f"Job {job.id} is queued: {job.title}")


@click.argument("id")
def dismiss(session: Session, id: str) -> None:
    """Let suggestion ID go; what led to it does not count again."""
    found = session.platform.rules.dismiss(session.actor, id)
    session.answer(found, f"Suggestion {id} is dismissed.")


@click.argument("project")
@click.option("--name", default="", help="Which signal; a rule may listen for one alone (webhook@NAME).")
@click.option("--note", default="", help="What people shall read of it.")
@click.option("--id", "given", default="", help="The same id never counts twice.")
def signal(session: Session, project: str, name: str, note: str, given: str) -> None:
    """Tell PROJECT a signal, as `POST /projects/PROJECT/retraining/signals` of the scoring API does."""
    is_new = session.platform.rules.signal(session.actor, project, id=given, name=name, note=note)
    told = "The signal is stored." if is_new else "That signal was told before."
    session.answer({"accepted": is_new, "repeated": not is_new}, told)
