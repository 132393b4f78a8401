"""Commands that keep an installation sound."""

import sys

import click

from core.cli.session import Session, command, table
from core.records.integrity import Finding, FsckReport


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "fsck")(fsck)


@click.option("--repair", is_flag=True, help="Make again what can be made again.")
def fsck(session: Session, repair: bool) -> None:
    """Check all stored bytes, references, tables, the audit trail and MLflow's aliases; exit 1 on findings."""
    report = session.platform.integrity.check(session.actor, repair=repair)
    document = {**report.model_dump(mode="json"), "clean": not report.open}
    session.answer(document, "\n".join([_summary(report), *_found(report.findings)]))
    if report.open:
        sys.exit(1)


def _summary(report: FsckReport) -> str:
    size = f"{report.size / 1e6:,.1f} MB"
    looked = f"{report.blobs:,} blobs ({size}), {report.tables:,} tables and {report.events:,} audit events"
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
