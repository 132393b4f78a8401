"""Runs beside a baseline as tables: facts and parameters that differ, figures with signed differences."""

from collections import Counter
from collections.abc import Callable, Sequence

from core.records.comparison import ComparedRow, FigureRow, SideBySide
from core.records.metric import METRICS
from core.records.run_index import RunEntry

FACTS: tuple[tuple[str, Callable[[RunEntry], object]], ...] = (
    ("data", lambda run: run.dataset),
    ("estimator", lambda run: run.estimator),
    ("model version", lambda run: run.version),
    ("task", lambda run: run.task.value if run.task else None),
    ("target", lambda run: run.target),
    ("author", lambda run: run.author or None),
)


def side_by_side(runs: Sequence[RunEntry], base: int, metric: str, missing: Sequence[str] = ()) -> SideBySide:
    """Set runs beside the one at place ``base``.

    Args:
        runs: at least one.
        base: the place of the baseline among them.
        metric: the project's own, which comes first.
        missing: ids that were asked for and are not there any more.
    """
    baseline = runs[base]
    same = tuple(_same_rows(run, baseline) for run in runs)
    return SideBySide(
        runs=tuple(runs),
        base=base,
        same_rows=same,
        facts=tuple(ComparedRow(name=name, values=tuple(map(_text, map(read, runs)))) for name, read in FACTS),
        params=tuple(
            ComparedRow(name=name, values=tuple(run.params.get(name) for run in runs))
            for name in sorted({name for run in runs for name in run.params})
        ),
        figures=tuple(_figure(name, runs, base, same) for name in _names(runs, metric)),
        notes=tuple(_notes(runs, baseline, same, missing)),
    )


def question_of(run: RunEntry) -> tuple[str | None, str | None]:
    """Return what a run answers: task and target, None for what is not known."""
    return (run.task.value if run.task else None, run.target)


def answers_another(run: RunEntry, baseline: RunEntry) -> bool:
    """Tell whether two runs are known to answer different questions."""
    ours, theirs = question_of(run), question_of(baseline)
    return None not in (*ours, *theirs) and ours != theirs


def _same_rows(run: RunEntry, baseline: RunEntry) -> bool:
    return run.split_sha256 is not None and run.split_sha256 == baseline.split_sha256


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _names(runs: Sequence[RunEntry], metric: str) -> list[str]:
    met = {name for run in runs for name in run.metrics}
    ordered = [name for name in (metric, *METRICS) if name in met]
    return list(dict.fromkeys([*ordered, *sorted(met)]))


def _figure(name: str, runs: Sequence[RunEntry], base: int, same: Sequence[bool]) -> FigureRow:
    values = [run.metrics.get(name) for run in runs]
    first = values[base]
    differences: list[float | None] = []
    better: list[bool | None] = []
    for place, value in enumerate(values):
        is_comparable = value is not None and first is not None and not answers_another(runs[place], runs[base])
        change = value - first if is_comparable and value is not None and first is not None else None
        differences.append(None if place == base else change)
        judged = name in METRICS and same[place] and bool(change) and place != base
        better.append((change > 0) == METRICS[name].higher_is_better if judged and change is not None else None)
    return FigureRow(name=name, values=tuple(values), differences=tuple(differences), better=tuple(better))


def _notes(runs: Sequence[RunEntry], baseline: RunEntry, same: Sequence[bool], missing: Sequence[str]) -> list[str]:
    said = [f"Run {run_id[:8]} is not there any more: it was deleted." for run_id in missing]
    said += [f"Run {run.run_id[:8]} was deleted; shown is what was known of it." for run in runs if run.gone_at]
    questions = Counter(question_of(run) for run in runs if answers_another(run, baseline))
    for (task, target), count in questions.items():
        who = "1 run predicts" if count == 1 else f"{count} runs predict"
        said.append(
            f"{who} {target} ({task}), the baseline {baseline.target} ({question_of(baseline)[0]}): their figures "
            "cannot be compared, only their recipes."
        )
    others = [
        run for run, is_same in zip(runs, same, strict=True) if not is_same and not answers_another(run, baseline)
    ]
    if others:
        who = ", ".join(run.run_id[:8] for run in others[:5]) + (" and others" if len(others) > 5 else "")
        said.append(
            f"Not judged on the baseline's held-out rows: {who}. Their differences have no colour, since part of them "
            "may come from the rows."
        )
    return said
