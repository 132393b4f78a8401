"""The command that compares two dataset versions."""

from pathlib import Path

import click

from core.cli.session import Session, cell, table
from core.errors import InvalidInput
from core.records.dataset import DatasetRef
from core.records.difference import Difference, DifferenceRequest, Reach, RowDifference, RowSelection, RunReach

SHOWN = 20


@click.argument("project")
@click.argument("before", metavar="NAME@A")
@click.argument("after", metavar="NAME@B")
@click.option("--key", "key", multiple=True, metavar="COL", help="Column that tells rows apart; repeat for several.")
@click.option("--no-key", is_flag=True, help="Compare whole rows as a multiset.")
@click.option("--tolerance", type=click.FloatRange(min=0), default=0.0, help="Numbers this near count as equal.")
@click.option("--limit", type=click.IntRange(0, 1000), default=SHOWN, help="Rows that differ to show.")
@click.option(
    "--export", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write all rows that differ to FILE."
)
def diff(
    session: Session,
    project: str,
    before: str,
    after: str,
    *,
    key: tuple[str, ...],
    no_key: bool,
    tolerance: float,
    limit: int,
    target: Path | None,
) -> None:
    """Compare two dataset versions: schema, rows, cells, distributions, and the models trained on what changed."""
    if key and no_key:
        raise InvalidInput(problem="--key and --no-key exclude each other: give one of them.")
    if target is not None and target.suffix not in (".csv", ".parquet"):
        raise InvalidInput(problem=f"--export writes CSV or Parquet: end {target.name!r} in .csv or .parquet")
    request = DifferenceRequest(
        before=DatasetRef.parse(before),
        after=DatasetRef.parse(after),
        key=() if no_key else key or None,
        tolerance=tolerance,
    )
    platform = session.platform
    found = platform.differences.compute(session.actor, project, request)
    reach = platform.reach.of(found)
    rows = platform.differences.page(found, RowSelection(), 0, limit)
    if target is not None:
        platform.differences.export(found, RowSelection(), target)
    session.answer(_document(found, reach, rows, target), _text(found, reach, target))


def _document(found: Difference, reach: Reach, rows: list[RowDifference], target: Path | None) -> dict[str, object]:
    changes = {change.name: change for change in found.schema_changes}
    return {
        "before": found.before,
        "after": found.after,
        "key": found.key,
        "key_proposed": found.is_key_proposed,
        "tolerance": found.tolerance,
        "rows_before": found.rows_before,
        "rows_after": found.rows_after,
        "added": found.added,
        "removed": found.removed,
        "changed": found.changed,
        "unchanged": found.unchanged,
        "columns_added": [name for name, change in changes.items() if change.before is None],
        "columns_removed": [name for name, change in changes.items() if change.after is None],
        "kinds_changed": [change for change in changes.values() if change.before and change.after],
        "columns": found.columns,
        "rows": rows,
        "reach": reach.runs,
        "export": str(target) if target else None,
    }


def _text(found: Difference, reach: Reach, target: Path | None) -> str:
    lines = [
        f"{found.before} -> {found.after}: {_counts(found)}.",
        _key_line(found),
    ]
    lines += [
        f"Column {change.name}: {change.before or 'absent'} -> {change.after or 'absent'}"
        for change in found.schema_changes
    ]
    lines.append(_columns(found))
    if reach.runs:
        lines += ["", f"Trained on {found.before}:", _runs(reach.runs)]
    else:
        lines += ["", f"No run was trained on {found.before}."]
    if target is not None:
        lines += ["", f"The rows that differ are in {target}."]
    return "\n".join(lines)


def _counts(found: Difference) -> str:
    counts = {"added": found.added, "removed": found.removed, "changed": found.changed, "unchanged": found.unchanged}
    return "rows " + ", ".join(f"{count:,} {word}" for word, count in counts.items())


def _key_line(found: Difference) -> str:
    if not found.key:
        return "Rows are compared whole, without a key."
    return f"Rows are recognised by {', '.join(found.key)}{' (proposed)' if found.is_key_proposed else ''}."


def _columns(found: Difference) -> str:
    rows = []
    for column in found.columns:
        shape = column.distribution
        figures = [cell(shape.psi), cell(shape.ks)] if shape else ["-", "-"]
        rows.append([column.name, f"{column.changed:,}", *figures])
    return table(["column", "changed_cells", "psi", "ks"], rows)


def _runs(runs: tuple[RunReach, ...]) -> str:
    headers = ["run", "version", "serving", "changed_train", "removed_train", "changed_test", "removed_test"]
    rows = []
    for run in runs:
        touched = run.touched
        counts = (
            [touched.changed_train, touched.removed_train, touched.changed_test, touched.removed_test]
            if (touched)
            else [run.reason, "", "", ""]
        )
        rows.append(
            [run.run_id[:8], cell(run.version), "yes" if run.is_serving else "no", *(f"{count}" for count in counts)]
        )
    return table(headers, rows)
