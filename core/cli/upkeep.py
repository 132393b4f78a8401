"""Commands that keep an installation sound."""

import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from core.cli.moments import UNITS
from core.cli.session import Session, command, table
from core.records.integrity import Finding, FsckReport, GcReport


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "fsck")(fsck)
    command(main, "gc")(gc)
    command(main, "doctor")(doctor)
    command(main, "backup")(backup)
    command(main, "restore")(restore)


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


@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(session: Session, file: Path) -> None:
    """Write a backup of everything to FILE while all runs, and read it through."""
    report = session.platform.backups.write(session.actor, file)
    session.answer(report, f"{file} holds {report.parts:,} parts ({_mb(report.size)}), each read back and right.")


@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(session: Session, file: Path) -> None:
    """Make an installation of the backup FILE, in an empty home, and check it."""
    from core import bootstrap

    report = bootstrap.restore(session.settings, file)
    platform = session.platform
    platform.models.reconcile()
    platform.backups.note_restored(session.actor, report)
    checked = platform.integrity.check(session.actor)
    document = {**report.model_dump(mode="json"), "home": str(session.settings.home), "clean": not checked.open}
    said = f"{report.parts:,} parts of {report.created_at:%Y-%m-%d %H:%M} UTC are in {session.settings.home}."
    session.answer(document, "\n".join([said, _summary(checked), *_found(checked.findings)]))
    if checked.open:
        sys.exit(1)


def doctor(session: Session) -> None:
    """Look at the surroundings and parts of the installation and say what to do; exit 1 when something is wrong."""
    from core.bootstrap import build
    from core.doctor import examine

    symptoms = examine(session.settings, build)
    marks = {"ok": " ", "warn": "!", "fail": "x"}
    lines = [
        f"{marks[item.state]} {item.part.ljust(12)} {item.found}{f'. {item.advice}' if item.advice else ''}"
        for item in symptoms
    ]
    is_well = all(item.state != "fail" for item in symptoms)
    session.answer({"well": is_well, "checks": symptoms}, "\n".join(lines))
    if not is_well:
        sys.exit(1)
