"""Commands that exchange data with DVC."""

from pathlib import Path

import click

from core.cli.session import Session, table
from core.errors import DatasetNotFound
from core.records.dataset import DatasetVersion

REMOTE = click.option("--remote", metavar="URL", help="DVC remote: a folder, s3://, gs://, azure://, ssh://.")


def write_project(session: Session, version: DatasetVersion, target: Path, remote: str | None) -> None:
    """Make ``target`` a DVC project that pulls ``version``."""
    file = session.platform.dvc.export(version, target, remote)
    document = {"file": str(file), "dataset": version.dataset, "version": version.number, "sha256": version.sha256}
    session.answer(document, f"{file} is there: `dvc pull` in {target} brings the bytes of {version.ref}.")


@click.argument("project")
@click.argument("refs", nargs=-1, metavar="[NAME[@N]]...")
@REMOTE
def push(session: Session, project: str, refs: tuple[str, ...], remote: str | None) -> None:
    """Keep the original bytes of dataset versions, of all of PROJECT by default, in a DVC remote."""
    pushed = session.platform.dvc.push(session.actor, _chosen(session, project, refs), remote)
    rows = [[item.version, item.path, item.md5, "sent" if item.is_new else "was there"] for item in pushed]
    session.answer({"pushed": pushed}, table(["version", "path", "md5", ""], rows) if rows else "No data yet.")


@click.argument("project")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dataset", help="With FILE: name of the dataset; by default made from the file's name.")
@REMOTE
def pull(session: Session, project: str, file: Path | None, dataset: str | None, remote: str | None) -> None:
    """Bring back from a DVC remote what is missing or damaged here, or add what FILE, anybody's .dvc file, names."""
    dvc = session.platform.dvc
    if file is None:
        mended = dvc.pull(session.actor, session.platform.datasets.versions(project), remote)
        said = f"Whole again: {', '.join(mended)}." if mended else "Nothing is missing or damaged."
        session.answer({"pulled": mended}, said)
        return
    added = dvc.add(session.actor, project, dataset, file, remote)
    version = added.version
    session.answer(added.facts, f"{version.ref}: {version.rows:,} rows x {len(version.columns)} columns, pulled.")


def _chosen(session: Session, project: str, refs: tuple[str, ...]) -> list[DatasetVersion]:
    known: list[DatasetVersion] = session.platform.datasets.versions(project)
    wanted = [version for version in known if not refs or {version.dataset, str(version.ref)} & set(refs)]
    strange = next((ref for ref in refs if not any(ref in (v.dataset, str(v.ref)) for v in known)), None)
    if strange is not None:
        raise DatasetNotFound(project=project, ref=strange, known=", ".join(str(v.ref) for v in known) or "none")
    return wanted
