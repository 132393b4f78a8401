"""Commands on data."""

from pathlib import Path
from typing import Any

import click

from core.cli.contract import brief, told
from core.cli.differences import diff
from core.cli.dvc import pull, push, write_project
from core.cli.overrides import choices_of, overruling
from core.cli.removal import delete_data
from core.cli.session import Session, cell, command, pairs, table
from core.datasets.exporting import ExportForm
from core.errors import InvalidInput
from core.records.dataset import AddedVersion, DatasetRef, DatasetVersion
from core.records.origin import Origin
from core.records.reading import ColumnChoice


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("data", help="Datasets and their versions.")
    main.add_command(group)
    command(group, "add")(add)
    command(group, "refresh")(refresh)
    command(group, "preview")(preview)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "diff")(diff)
    command(group, "export")(export)
    command(group, "push")(push)
    command(group, "pull")(pull)
    command(group, "delete")(delete_data)
    command(group, "label")(label)


def _summary(version: DatasetVersion) -> dict[str, object]:
    return {
        "dataset": version.dataset,
        "version": version.number,
        "rows": version.rows,
        "columns": len(version.columns),
        "sha256": version.sha256,
        "parent": version.parent,
        "note": version.note,
        "tags": version.tags,
        "author": version.author,
        "created_at": version.created_at,
        "origin": version.origin and str(version.origin),
        "warnings": version.profile.warnings,
    }


@click.argument("project")
@click.argument("file", metavar="FILE|URL", required=False)
@click.option("--url", help="The same as URL; with --sql, the address of a database as SQLAlchemy spells it.")
@click.option("--sql", "query", metavar="QUERY", help="Ask the database at --url, and store the answer.")
@click.option("--dataset", help="Name of the dataset; by default made from the file's name.")
@click.option("--note", default="", help="What this version is.")
@click.option("--tag", "tags", multiple=True, metavar="K=V")
@click.option("--parent", type=click.IntRange(1), metavar="N", help="Version it follows; by default the newest.")
@overruling
def add(
    session: Session,
    project: str,
    file: str | None,
    url: str | None,
    query: str | None,
    dataset: str | None,
    note: str,
    tags: tuple[str, ...],
    parent: int | None,
    **overrides: Any,
) -> None:
    """Store FILE as the next version of a dataset of PROJECT: CSV, Parquet, JSON lines, a workbook, or one packed.

    In place of a file it can be an address that fsspec knows (https://, s3://, gs://, az://, file://, ...) or, with
    --sql, a query. ${NAME} in an address stands for a secret of the setting PILOTHOUSE_SECRETS.
    """
    platform = session.platform
    platform.projects.get(project)
    given = {"note": note, "tags": pairs(tags, "--tag"), "choices": choices_of(**overrides)}
    address = url or (file if file and "://" in file else None)
    if (file is None) == (url is None):
        raise InvalidInput(problem="give either a file, an address, or --url with --sql.")
    if address is not None:
        origin = Origin(url=address, query=query)
        added = platform.origins.add(session.actor, project, origin, dataset, parent=parent, **given)
    else:
        path = _file(str(file))
        name = dataset or platform.datasets.default_name(path.name)
        added = platform.datasets.add_file(session.actor, project, name, path, parent=parent, **given)
    _tell(session, project, added, "the same content was stored already")


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise InvalidInput(problem=f"there is no file {text!r}.")
    return path


@click.argument("project")
@click.argument("dataset")
def refresh(session: Session, project: str, dataset: str) -> None:
    """Fetch DATASET of PROJECT again from where it came; nothing new makes no new version."""
    added = session.platform.origins.refresh(session.actor, project, dataset)
    _tell(session, project, added, "the source holds the same content, so there is no new version")


def _tell(session: Session, project: str, added: AddedVersion, unchanged: str) -> None:
    version = added.version
    said = "stored" if added.created else unchanged
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
@click.option("-o", "--out", "--output", "out", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in ExportForm]),
    help="csv (harmless to spreadsheets), parquet, or original: the bytes that came. By default as OUT ends in "
    ".parquet or not: parquet or original.",
)
@click.option("--dvc", type=click.Path(file_okay=False, path_type=Path), help="Make DIR a DVC project that pulls it.")
@click.option("--remote", metavar="URL", help="With --dvc: keep the bytes in this DVC remote, not in DIR.")
def export(
    session: Session,
    project: str,
    ref: str,
    out: Path | None,
    form: str | None,
    dvc: Path | None,
    remote: str | None,
) -> None:
    """Write a dataset version to a file: its table as CSV or Parquet, or the original bytes."""
    version = session.platform.datasets.get(project, DatasetRef.parse(ref))
    if dvc is not None:
        write_project(session, version, dvc, remote)
        return
    if out is None:
        raise InvalidInput(problem="Say where to: -o FILE, or --dvc DIR.")
    chosen = ExportForm(form) if form else ExportForm.PARQUET if out.suffix == ".parquet" else ExportForm.ORIGINAL
    if not out.parent.is_dir():
        raise InvalidInput(problem=f"there is no folder {str(out.parent)!r} to write to. Make it first.")
    session.platform.datasets.export(version, chosen, out)
    written = {"file": str(out), "format": chosen.value, "bytes": out.stat().st_size, "sha256": version.sha256}
    session.answer(written, f"{version.ref} is in {out}.")


@click.argument("project")
@click.argument("ref", metavar="NAME@N")
@click.option("--note", help="What this version is; the note it had when left out.")
@click.option("--tag", "tags", multiple=True, metavar="K=V", help="A tag to set; K= takes it away.")
def label(session: Session, project: str, ref: str, note: str | None, tags: tuple[str, ...]) -> None:
    """Change the note and the tags of a dataset version; its content never changes."""
    version = session.platform.datasets.get(project, DatasetRef.parse(ref))
    merged = {**version.tags, **pairs(tags, "--tag")}
    labelled = session.platform.datasets.label(
        session.actor,
        project,
        version.ref,
        note=version.note if note is None else note,
        tags={key: value for key, value in merged.items() if value},
    )
    session.answer(_summary(labelled), f"{labelled.ref} is labelled.")
