"""An adopted model with everything its version is made of, as a training would leave it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.records.adoption import AdoptionRequest, HeldOut
from core.records.base import JsonObject
from core.records.dataset import Column
from core.records.prediction import Scalar
from core.records.project import Project, Task
from core.records.training import Split, Threshold, TrainingSpec
from core.training import bundle, preprocessing
from core.training.adoption import judging, model
from core.training.adoption.description import Unadoptable
from core.training.adoption.judging import MOST_ROWS, Rows, Whole
from core.training.adoption.model import Foreign
from core.training.compiled.edges import UNSEEN_TEXTS
from core.training.target import Target, read_target
from core.training.trainer import Trained

EXAMPLES = 100
"""Rows of an input example that take part in the proof."""

REFUSALS = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What scikit-learn raises for rows it cannot answer."""


@dataclass(frozen=True)
class Material:
    """The judged model, the spec that describes it, and the records it is known by."""

    trained: Trained
    spec: TrainingSpec
    probe: tuple[JsonObject, ...]


def judged(
    foreign: Foreign,
    project: Project,
    request: AdoptionRequest,
    columns: Sequence[Column],
    table: pd.DataFrame,
    example: "pd.DataFrame | None",
) -> Material:
    """Judge ``foreign`` on ``table``, the rows of the request's dataset version; ``example`` rows are answered too.

    Raises:
        Unadoptable: it does not fit the target, or does not answer the rows.
        InvalidSpec: the target or the rows do not fit the task.
    """
    target = read_target(table[project.target], project.task, project.positive)
    classes = model.classes(foreign, project.task, project.target, target.classes, request.classes)
    frame = preprocessing.model_frame(table.iloc[target.rows], columns)
    rows = judging.part(target, frame, request)
    fitted = _fitted(foreign, project, request, columns, target, classes)
    outcome = judging.tried(fitted, rows, request)
    named, notes = _what_it_takes(fitted, rows)
    fitted = _fitted(foreign, project, request, named, target, classes)
    spec = _spec(foreign, project, request, columns)
    evaluation = judging.evaluation(fitted, spec, rows, outcome, notes)
    tried = _with_example(fitted, rows.frame.iloc[rows.test if len(rows.test) else rows.train[:MOST_ROWS]], example)
    places = target.rows[rows.train], target.rows[rows.test]
    trained = Trained(fitted, evaluation, frame, tried, *places, outcome)
    return Material(trained, spec, _probe(fitted, tried))


def _fitted(
    foreign: Foreign,
    project: Project,
    request: AdoptionRequest,
    columns: Sequence[Column],
    target: Target,
    classes: tuple[Scalar, ...],
) -> Whole:
    positive = None if target.positive is None else classes.index(target.classes[target.positive])
    threshold = request.threshold if project.task is Task.BINARY else 0.5
    return Whole(foreign.pipeline, project.task, tuple(columns), classes, positive, threshold)


def _spec(foreign: Foreign, project: Project, request: AdoptionRequest, columns: Sequence[Column]) -> TrainingSpec:
    """Describe the model in the words of a spec; it is kept nowhere, since nothing can be trained by it."""
    share = request.test_size if request.held_out is HeldOut.SPLIT else Split().test_size
    return TrainingSpec(
        project=project.name,
        task=project.task,
        dataset=request.dataset,
        target=project.target,
        positive=project.positive,
        features=tuple(column.name for column in columns),
        estimator=foreign.estimator,
        split=Split(test_size=share),
        threshold=Threshold(value=request.threshold),
        seed=request.seed,
        metric=project.metric,
    )


def _what_it_takes(fitted: Whole, rows: Rows) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Ask the model what it refuses: gaps, and texts it never saw; return its columns and what is to be told."""
    base = _whole_row(rows)
    named, gaps, words = [], [], []
    for column in fitted.columns:
        takes_gaps = _answers(fitted, base, column.name, None)
        named.append(column.model_copy(update={"nullable": takes_gaps}))
        gaps += [] if takes_gaps else [column.name]
        is_word = isinstance(base[column.name].iloc[0], str)
        words += [column.name] if is_word and not _answers(fitted, base, column.name, UNSEEN_TEXTS[0]) else []
    notes = []
    if gaps:
        notes.append(f"It refuses rows with missing values in {_listed(gaps)}; requests must have them.")
    if words:
        notes.append(f"It refuses texts it never learned in {_listed(words)}; requests with others get an error.")
    return tuple(named), tuple(notes)


def _whole_row(rows: Rows) -> pd.DataFrame:
    """Return one row that the model answers, without gaps where there is such a row."""
    full = np.flatnonzero(~rows.frame.isna().any(axis=1).to_numpy())
    place = int(full[0]) if len(full) else 0
    return rows.frame.iloc[[place]]


def _answers(fitted: Whole, base: pd.DataFrame, name: str, value: Any) -> bool:
    row = base.copy()
    row[name] = pd.Series([value], index=row.index, dtype=object)
    return _is_answered(fitted, row)


def _is_answered(fitted: Whole, frame: pd.DataFrame) -> bool:
    try:
        fitted.outcome(fitted.prepare(frame), np.zeros(len(frame), dtype=np.int64))
    except REFUSALS:
        return False
    return True


def _with_example(fitted: Whole, frame: pd.DataFrame, example: "pd.DataFrame | None") -> pd.DataFrame:
    """Put the rows of the input example before those of the data.

    Raises:
        Unadoptable: the model does not answer its own example.
    """
    if example is None:
        return frame
    shown = preprocessing.model_frame(example.head(EXAMPLES), fitted.columns)
    if not _is_answered(fitted, shown):
        raise Unadoptable("it does not answer the input example it was logged with")
    return pd.concat([shown, frame], ignore_index=True)


def _probe(fitted: Whole, tried: pd.DataFrame) -> tuple[JsonObject, ...]:
    """Return the usual records to know a model by, without those it refuses."""
    records = bundle.probe_records(fitted.columns, tried)
    frames = [preprocessing.model_frame(pd.DataFrame([record], dtype=object), fitted.columns) for record in records]
    return tuple(one for one, frame in zip(records, frames, strict=True) if _is_answered(fitted, frame))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:8])) + (", and others" if len(names) > 8 else "")
