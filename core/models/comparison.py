"""A version beside the champion, by the metrics both were given on their hold-out rows."""

from core.records.metric import METRICS
from core.records.model import VersionComparison
from core.records.training import Run, Split, SplitKind, TrainingSpec

Row = tuple[str, float | None, float | None, float | None, bool]


def compare(version: int, run: Run | None, champion: int | None, base: Run | None, metric: str) -> VersionComparison:
    """Return metric, champion's and version's value, difference (version minus champion) and direction.

    Args:
        version: the version looked at.
        run: its run, or None when MLflow lost it.
        champion: the champion's version, or None.
        base: the champion's run, or None.
        metric: the project's own metric, which comes first.
    """
    new = _holdout(run)
    old = _holdout(base)
    names = [name for name in (metric, *METRICS) if name in new or name in old]
    rows = tuple(_row(name, old.get(name), new.get(name)) for name in dict.fromkeys(names))
    same = _same_rows(run, base)
    return VersionComparison(
        version=version,
        champion=champion,
        rows=rows,
        same_holdout=same,
        note=_note(version, run, champion, base, same),
    )


def _holdout(run: Run | None) -> dict[str, float]:
    return {} if run is None else {name: value for name, value in run.metrics.items() if name in METRICS}


def _row(name: str, old: float | None, new: float | None) -> Row:
    difference = None if old is None or new is None else new - old
    return name, old, new, difference, METRICS[name].higher_is_better


def _same_rows(run: Run | None, base: Run | None) -> bool:
    """Tell whether both runs held out the very same rows: same content, target, split and seed."""
    if run is None or base is None or run.spec is None or base.spec is None:
        return False
    return _rows_key(run.spec) == _rows_key(base.spec)


def _rows_key(spec: TrainingSpec) -> tuple[object, ...]:
    seed = None if spec.split.kind is SplitKind.TIME else spec.seed
    return spec.dataset, spec.target, spec.task, _rows_of(spec.split), seed


def _rows_of(split: Split) -> Split:
    """Return the part of a split that decides which rows are held out: folds are made of the others."""
    kind = SplitKind.HOLDOUT if split.kind in (SplitKind.CV, SplitKind.NESTED) else split.kind
    return split.model_copy(update={"folds": 0, "inner": 0, "gap": "", "kind": kind})


def _note(version: int, run: Run | None, champion: int | None, base: Run | None, same: bool) -> str:
    if champion is None:
        return "There is no champion yet, so there is nothing to compare with."
    if champion == version:
        return f"Version {version} is the champion."
    if run is None or base is None:
        return "MLflow no longer has the run of " + (f"version {version}." if run is None else "the champion.")
    if same:
        return f"Both were measured on the same hold-out rows ({_holdout_words(run)})."
    return (
        f"Measured on different hold-out rows (champion: {_holdout_words(base)}; version {version}: "
        f"{_holdout_words(run)}): part of the difference may come from the rows, not from the model."
    )


def _holdout_words(run: Run) -> str:
    spec = run.spec
    if spec is None:
        return "not recorded"
    share = f"{spec.split.test_size:.0%} of {spec.dataset}"
    if spec.split.kind is SplitKind.TIME:
        return f"the latest {share} by {spec.split.time_column}"
    by = f" by {spec.split.group_column}" if spec.split.kind is SplitKind.GROUP else ""
    return f"{share}{by}, seed {spec.seed}"
