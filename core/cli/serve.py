"""Commands on predictions."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from core.cli.session import Session, command
from core.errors import NoChampion
from core.records.prediction import Answer

ROWS_AT_ONCE = 5000


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "predict")(predict)


@click.argument("project")
@click.option("--input", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--version", type=int, help="Model version; by default the champion.")
@click.option("--keep", multiple=True, metavar="COL", help="Column of the input to write beside the answer; * for all.")
def predict(
    session: Session, project: str, source: Path, output: Path, version: int | None, keep: tuple[str, ...]
) -> None:
    """Score every row of a table with a model of PROJECT and write the answers as CSV; nothing is logged.

    The project's id column, where it has one, is written beside each answer.
    """
    from core.datasets.exporting import write_csv
    from core.datasets.rows import read_rows

    platform = session.platform
    id_column = platform.projects.get(project).id_column
    champion = platform.models.champion(project)
    if version is None and champion is None:
        raise NoChampion(project=project)
    used = version or champion.version
    wanted = [f.column for f in platform.models.manifest(platform.models.version(project, used)).features]
    rows = read_rows(source, wanted, keep, [id_column] if id_column else [])
    answers: list[Answer] = []
    for start in range(0, len(rows.asked), ROWS_AT_ONCE):
        asked = rows.asked[start : start + ROWS_AT_ONCE]
        answers += platform.serving.predict(session.actor, project, asked, version=used)
    classes = sorted(answers[0].probabilities or {}) if answers else []
    part = output.with_name(f".{output.name}.part")
    with part.open("w", encoding="utf-8", newline="") as target:
        header = ["row", *rows.kept, "prediction", *(f"probability_{name}" for name in classes)]
        write_csv(target, header, _lines(rows.beside, answers, classes))
    part.replace(output)
    document = {"rows": len(answers), "version": used, "file": str(output)}
    session.answer(document, f"{len(answers):,} rows scored by version {used} are in {output}.")


def _lines(
    beside: Sequence[tuple[object, ...]], answers: Sequence[Answer], classes: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    for number, (kept, answer) in enumerate(zip(beside, answers, strict=True), 1):
        yield number, *kept, answer.prediction, *((answer.probabilities or {})[name] for name in classes)
