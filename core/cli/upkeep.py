"""Commands that keep an installation sound."""

import re
import sys
from datetime import timedelta
from typing import Any

import click

from core.cli.moments import UNITS
from core.cli.session import Session, command, table
from core.records.integrity import Finding, FsckReport, GcReport


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "fsck")(fsck)
    command(main, "gc")(gc)


class Period(click.ParamType[timedelta]):
    """A length of time like ``6h``, ``7d``, ``2w``."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read a period."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,6})([mhdw])", value)
        if match is None:
            self.fail(f"{value!r} is no period: write it like 6h, 7d or 2w", param, ctx)
        return timedelta(**{UNITS[match[2]]: int(match[1])})


@click.option("--repair", is_flag=True, help="Make again what can be made again.")
def fsck(session: Session, repair: bool) -> None:
    """Check all stored bytes, references, tables, the audit trail and MLflow's aliases; exit 1 on findings."""
    report = session.platform.integrity.check(session.actor, repair=repair)
    document = {**report.model_dump(mode="json"), "clean": not report.open}
    session.answer(document, "\n".join([_summary(report), *_found(report.findings)]))
    if report.open:
        sys.exit(1)


def _summary(report: FsckReport) -> str:
    looked = f"{report.blobs:,} blobs ({_mb(report.size)}), {report.tables:,} tables and {report.events:,} audit events"
    unused = f"; {report.unused:,} blobs are used by nothing (see `pilothouse gc`)" if report.unused else ""
    repaired = len(report.findings) - len(report.open)
    found = "all sound" if not report.findings else f"{len(report.findings)} findings, {repaired} repaired"
    return f"Checked {looked} in {report.seconds:.1f} s: {found}{unused}."


def _found(findings: tuple[Finding, ...]) -> list[str]:
    if not findings:
        return []
    rows = [
        [
            "repaired" if item.repaired else "open",
            item.kind,
            item.subject,
            item.problem,
            "" if item.repaired else item.advice,
        ]
        for item in findings
    ]
    return [table(["state", "kind", "subject", "problem", "what_to_do"], rows)]


@click.option("--dry-run", is_flag=True, help="Say what would be removed, and change nothing.")
@click.option("--grace", type=Period(), help="How long bytes must be unused before they go, like 12h or 7d (1d).")
def gc(session: Session, dry_run: bool, grace: timedelta | None) -> None:
    """Mark stored bytes that nothing needs, and remove those that were marked longer ago than the grace time."""
    report = session.platform.collection.collect(session.actor, grace=grace, dry_run=dry_run)
    session.answer(report, _tidied(report))


def _tidied(report: GcReport) -> str:
    would = "would be removed" if report.dry_run else "removed"
    unused = f"{report.unused:,} of {report.blobs:,} blobs are used by nothing ({_mb(report.unused_size)})"
    waiting = f"{report.waiting:,} wait until they were unused for {timedelta(seconds=report.grace_s)}"
    lines = [f"{unused}: {report.removed:,} {would} ({_mb(report.freed)}), {waiting}."]
    if report.leftovers:
        lines.append(f"{report.leftovers:,} parts of uploads that broke off are gone.")
    return "\n".join(lines)


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
