"""Commands on data."""

from pathlib import Path
from typing import Any

import click

from core.cli.contract import brief, told
from core.cli.differences import diff
from core.cli.overrides import choices_of, overruling
from core.cli.removal import delete_data
from core.cli.session import Session, cell, command, pairs, table
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.reading import ColumnChoice


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("data", help="Datasets and their versions.")
    main.add_command(group)
    command(group, "add")(add)
    command(group, "preview")(preview)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "diff")(diff)
    command(group, "export")(export)
    command(group, "delete")(delete_data)


def _summary(version: DatasetVersion) -> dict[str, object]:
    return {
        "dataset": version.dataset,
        "version": version.number,
        "rows": version.rows,
        "columns": len(version.columns),
        "sha256": version.sha256,
        "note": version.note,
        "tags": version.tags,
        "author": version.author,
        "created_at": version.created_at,
        "warnings": version.profile.warnings,
    }


@click.argument("project")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dataset", help="Name of the dataset; by default made from the file's name.")
@click.option("--note", default="", help="What this version is.")
@click.option("--tag", "tags", multiple=True, metavar="K=V")
@overruling
def add(
    session: Session,
    project: str,
    file: Path,
    dataset: str | None,
    note: str,
    tags: tuple[str, ...],
    **overrides: Any,
) -> None:
    """Store FILE as the next version of a dataset of PROJECT: CSV, Parquet, JSON lines, a workbook, or one packed."""
    datasets = session.platform.datasets
    session.platform.projects.get(project)
    name = dataset or datasets.default_name(file.name)
    added = datasets.add_file(
        session.actor, project, name, file, note=note, tags=pairs(tags, "--tag"), choices=choices_of(**overrides)
    )
    version = added.version
    said = "stored" if added.created else "the same content was stored already"
    text = f"{version.ref}: {version.rows:,} rows x {len(version.columns)} columns, {said}."
    verdict = session.platform.contracts.result(project, version.ref)
    session.answer(
        {**_summary(version), "created": added.created, "contract": brief(verdict)},
        "\n".join([text, *(f"! {w}" for w in version.profile.warnings), *told(verdict)]),
    )


@click.argument("project")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@overruling
def preview(session: Session, project: str, file: Path, **overrides: Any) -> None:
    """Show how FILE would be read into PROJECT, and what could be read otherwise; nothing is stored."""
    session.platform.projects.get(project)
    found = session.platform.datasets.look_into(session.actor, file, file.name, choices_of(**overrides))
    rows = [[c.name, c.kind.value, ", ".join(c.examples), c.note, _offer(c.name, c.proposal)] for c in found.columns]
    read = ", ".join(f"{key} {value!r}" for key, value in found.reading.items() if key != "choices")
    lines = [f"{file.name}: {read}", table(["column", "kind", "examples", "note", "instead"], rows)]
    session.answer(found, "\n".join([*lines, *(f"! {said}" for said in (*found.doubts, *found.notes))]))


def _offer(name: str, choice: ColumnChoice | None) -> str:
    if choice is None:
        return ""
    form = f":{choice.date_format}" if choice.date_format else ""
    return f"--kind '{name}={choice.kind.value}{form}'"


@click.argument("project")
def list_(session: Session, project: str) -> None:
    """List the dataset versions of PROJECT."""
    session.platform.projects.get(project)
    versions = session.platform.datasets.versions(project)
    headers = ["version", "rows", "columns", "sha256", "created_at", "note"]
    rows = [
        [str(v.ref), f"{v.rows:,}", str(len(v.columns)), v.sha256[:12], cell(v.created_at), cell(v.note)]
        for v in versions
    ]
    session.answer([_summary(v) for v in versions], table(headers, rows) if rows else "No data yet.")


@click.argument("project")
@click.argument("ref", metavar="NAME@N")
def show(session: Session, project: str, ref: str) -> None:
    """Show the schema and the profile of a dataset version."""
    version = session.platform.datasets.get(project, DatasetRef.parse(ref))
    headers = ["column", "kind", "nulls", "distinct", "minimum", "mean", "maximum"]
    rows = [
        [c.name, c.kind.value, str(c.nulls), str(c.distinct), cell(c.minimum), cell(c.mean), cell(c.maximum)]
        for c in version.profile.columns
    ]
    lines = [f"{version.ref}: {version.rows:,} rows, sha256 {version.sha256}", table(headers, rows)]
    lines += [f"! {warning}" for warning in version.profile.warnings]
    session.answer(version, "\n".join(lines))


@click.argument("project")
@click.argument("ref", metavar="NAME@N")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
def export(session: Session, project: str, ref: str, output: Path) -> None:
    """Write the original bytes of a dataset version, or its table when OUTPUT ends in .parquet."""
    version = session.platform.datasets.get(project, DatasetRef.parse(ref))
    as_table = output.suffix == ".parquet"
    content = session.platform.blobs.read(version.parquet_sha256 if as_table else version.sha256)
    output.write_bytes(content)
    session.answer(
        {"file": str(output), "bytes": len(content), "sha256": version.sha256}, f"{version.ref} is in {output}."
    )
