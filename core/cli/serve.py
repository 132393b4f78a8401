"""Commands on predictions."""

from pathlib import Path

import click

from core.cli.session import Session, command
from core.errors import NoChampion

ROWS_AT_ONCE = 5000


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "predict")(predict)


@click.argument("project")
@click.option("--input", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--version", type=int, help="Model version; by default the champion.")
def predict(session: Session, project: str, source: Path, output: Path, version: int | None) -> None:
    """Score every row of a table with a model of PROJECT and write the answers as CSV; nothing is logged."""
    from core.datasets.exporting import write_csv
    from core.datasets.rows import read_rows

    platform = session.platform
    platform.projects.get(project)
    champion = platform.models.champion(project)
    if version is None and champion is None:
        raise NoChampion(project=project)
    used = version or champion.version
    wanted = [f.column for f in platform.models.manifest(platform.models.version(project, used)).features]
    records = read_rows(source, wanted)
    answers = []
    for start in range(0, len(records), ROWS_AT_ONCE):
        answers += platform.serving.predict(session.actor, project, records[start : start + ROWS_AT_ONCE], version=used)
    classes = sorted(answers[0].probabilities or {}) if answers else []
    part = output.with_name(f".{output.name}.part")
    with part.open("w", encoding="utf-8", newline="") as target:
        header = ["row", "prediction", *(f"probability_{name}" for name in classes)]
        rows = ((n, a.prediction, *((a.probabilities or {})[c] for c in classes)) for n, a in enumerate(answers, 1))
        write_csv(target, header, rows)
    part.replace(output)
    document = {"rows": len(answers), "version": used, "file": str(output)}
    session.answer(document, f"{len(answers):,} rows scored by version {used} are in {output}.")
