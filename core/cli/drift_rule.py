"""Commands on the rule of drift, and on reports as files and side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from core.cli.session import Session, cell, command, table
from core.errors import InvalidInput
from core.monitoring import exporting, methods
from core.monitoring.rules import as_draft
from core.records.drift_rule import ColumnRule, Correction, DriftRule, RuleDraft


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("drift-rule", help="When a project counts as drifted.")
    main.add_command(group)
    command(group, "show")(show)
    command(group, "set")(set_rule)
    command(group, "try")(try_rule)
    command(main, "report")(report)
    command(main, "report-compare")(compare)


def _told(session: Session, project: str, rule: DriftRule | None) -> None:
    draft = as_draft(rule) if rule else RuleDraft()
    document = {"project": project, "number": rule.number if rule else 0, **draft.model_dump(mode="json")}
    rows = [[name, cell(value)] for name, value in document.items()]
    session.answer(document, table(["what", "value"], rows))


@click.argument("project")
def show(session: Session, project: str) -> None:
    """Show the rule of drift in force in PROJECT; number 0 is the one that everyone starts with."""
    _told(session, project, session.platform.drift_rules.newest(project))


def _options(function: Any) -> Any:
    for option in (
        click.option("--numbers", metavar="TEST[:THRESHOLD]", help="Test of numbers, such as wasserstein:0.2."),
        click.option("--categories", metavar="TEST[:THRESHOLD]", help="Test of categories."),
        click.option("--column", "columns", multiple=True, metavar="NAME=TEST[:THRESHOLD]|ignore"),
        click.option("--significance", type=click.FloatRange(0, 1, min_open=True, max_open=True)),
        click.option("--correction", type=click.Choice([one.value for one in Correction])),
        click.option("--min-rows", type=click.IntRange(5)),
        click.option("--share", type=click.FloatRange(0, 1, min_open=True), help="Of the features, by importance."),
        click.option("--weighted/--unweighted", default=None, help="Whether importance counts."),
        click.option("--fires", metavar="K/N", help="Fires when K of the last N windows drifted."),
        click.option("--rate", type=click.FloatRange(0), help="What an hour of retraining costs."),
    ):
        function = option(function)
    return function


@click.argument("project")
@_options
@click.option("--note", default="")
def set_rule(session: Session, project: str, note: str, **asked: Any) -> None:
    """Keep a new version of the rule of drift of PROJECT; what is not said stays as it is."""
    draft = _draft(session.platform.drift_rules.newest(project), asked)
    _told(session, project, session.platform.drift_rules.save(session.actor, project, draft, note))


@click.argument("project")
@_options
def try_rule(session: Session, project: str, **asked: Any) -> None:
    """Tell when a rule would have fired over the stored windows of PROJECT, before it is kept."""
    found = session.platform.drift_rules.try_out(project, _draft(session.platform.drift_rules.newest(project), asked))
    session.answer(found.model_dump(mode="json"), found.sentence)


def _draft(kept: DriftRule | None, asked: dict[str, Any]) -> RuleDraft:
    usual = as_draft(kept) if kept else RuleDraft()
    names = ("significance", "correction", "min_rows", "share", "weighted")
    changes: dict[str, Any] = {name: asked[name] for name in names if asked[name] is not None}
    for side in ("numbers", "categories"):
        if asked[side]:
            changes[side] = _rule(asked[side])
    if asked["columns"]:
        changes["columns"] = {**usual.columns, **dict(_column(text) for text in asked["columns"])}
    if asked["fires"]:
        changes["windows_drifted"], changes["windows"] = _fires(asked["fires"])
    if asked["rate"] is not None:
        changes["retrain_rate"] = asked["rate"]
    return RuleDraft.model_validate({**dict(usual), **changes})


def _rule(text: str) -> ColumnRule:
    test, _, threshold = text.partition(":")
    if test == "ignore":
        return ColumnRule(ignored=True)
    try:
        return ColumnRule(test=test, threshold=float(threshold) if threshold else None)
    except ValueError as error:
        known = ", ".join(methods.BY_KEY)
        problem = f"{text!r} is no test: write TEST or TEST:THRESHOLD with a threshold above 0, TEST one of {known}."
        raise InvalidInput(problem=problem) from error


def _column(text: str) -> tuple[str, ColumnRule]:
    name, sign, rule = text.rpartition("=")
    if not sign:
        raise InvalidInput(
            problem=f"{text!r} is no rule of a column: write NAME=TEST, NAME=TEST:THRESHOLD or NAME=ignore."
        )
    return name, _rule(rule)


def _fires(text: str) -> tuple[int, int]:
    drifted, _, windows = text.partition("/")
    if not (drifted.isdecimal() and windows.isdecimal() and int(drifted) >= 1 and int(windows) <= 60):
        raise InvalidInput(problem=f"{text!r} is no K/N: write 2/3 for two of the last three windows, of at most 60.")
    return int(drifted), int(windows)


@click.argument("report_id", metavar="REPORT")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file .html or .json.")
@click.option("--evidently", is_flag=True, help="Write Evidently's own page, made safe: names and values run nothing.")
def report(session: Session, report_id: str, output: Path | None, evidently: bool) -> None:
    """Show REPORT, or write it to a file: as JSON, or as HTML that needs nothing else and runs nothing."""
    found = session.platform.monitoring.report(report_id)
    if output is not None:
        if output.suffix not in (".html", ".json"):
            raise InvalidInput(problem=f"{output.name!r} is neither .html nor .json.")
        text = exporting.as_html(found) if output.suffix == ".html" else exporting.as_json(found)
        if evidently and output.suffix == ".html":
            text = session.platform.monitoring.evidently_page(report_id)
        output.write_text(text, encoding="utf-8")
    rows = [[one.name, one.verdict.value, cell(one.statistic), cell(one.threshold)] for one in found.columns]
    told = f"{found.summary}\n{table(['column', 'verdict', 'statistic', 'threshold'], rows)}"
    session.answer(found.model_dump(mode="json"), told)


@click.argument("first")
@click.argument("second")
def compare(session: Session, first: str, second: str) -> None:
    """Compare the reports FIRST and SECOND column by column; changed verdicts come first."""
    reports = [session.platform.monitoring.report(one) for one in (first, second)]
    found = exporting.compare(*reports)
    keys = ("column", "first_verdict", "first_statistic", "second_verdict", "second_statistic")
    rows: Sequence[Sequence[str]] = [[cell(value) for value in row] for row in found]
    document = {"first": first, "second": second, "columns": [dict(zip(keys, row, strict=True)) for row in found]}
    session.answer(document, table(["column", *(key.replace("_", " ") for key in keys[1:])], rows))
