"""What a challenger is judged on: its own held-out rows, with the champion's answers to the very same rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.datasets.service import DatasetService
from core.errors import AppError, BlobCorrupt, BlobNotFound, UnsafeModel
from core.model_errors import CannotJudge
from core.ports.blobs import BlobStore
from core.records.dataset import Column, ColumnKind, DatasetVersion
from core.records.model import ModelManifest
from core.records.prediction import Scalar
from core.training import bundle, holdout, tables
from core.training.measures import Array, Outcome

if TYPE_CHECKING:
    import pandas as pd

LEAST_UNSEEN = 200
"""So many held-out rows that the champion did not learn from are enough to compare on these alone."""

MOST_NAMED = 3


@dataclass(frozen=True)
class Pairing:
    """Both models' answers to the same rows, classes numbered alike; ``rows`` says in words which rows they are.

    ``places`` are their positions among the held-out rows of the challenger.
    """

    champion: Outcome
    challenger: Outcome
    places: Array
    rows: str


@dataclass(frozen=True)
class Material:
    """The challenger's answers to its held-out rows, the rows themselves, and how the champion answers them.

    ``frame`` has every column of the data. ``pairing`` is None where the champion cannot answer these rows, and
    ``why_alone`` says why; it is empty when there is no champion.
    """

    manifest: ModelManifest
    outcome: Outcome
    frame: "pd.DataFrame"
    pairing: Pairing | None
    why_alone: str = ""


def gather(
    blobs: BlobStore, datasets: DatasetService, manifest: ModelManifest, champion: ModelManifest | None
) -> Material:
    """Bring the rows and both models' answers together.

    Raises:
        CannotJudge: the version keeps no held-out rows, or its data is gone.
        BlobNotFound, BlobCorrupt: stored bytes of the challenger cannot be trusted.
    """
    if manifest.holdout_sha256 is None or manifest.split_sha256 is None:
        raise CannotJudge(
            problem="It was made before held-out rows were kept, so it cannot be judged on them. Train it again."
        )
    split = holdout.read_split(blobs.read(manifest.split_sha256))
    kept = holdout.read_holdout(blobs.read(manifest.holdout_sha256))
    try:
        version = datasets.get(manifest.project, manifest.dataset)
    except AppError as error:
        raise CannotJudge(problem=f"Its held-out rows are gone: {error.message}") from error
    frame, found = _rows(datasets, version, split, kept.rows)
    outcome = _taken(kept.outcome, found)
    if champion is None:
        return Material(manifest, outcome, frame, None)
    pairing = _paired(blobs, version.columns, frame, manifest, champion, outcome)
    return Material(manifest, outcome, frame, *((None, pairing) if isinstance(pairing, str) else (pairing, "")))


def _rows(
    datasets: DatasetService, version: DatasetVersion, split: holdout.RowSplit, wanted: Array
) -> "tuple[pd.DataFrame, Array]":
    """Return the held-out rows out of the data, and which of the wanted ones these are, in their order."""
    table = datasets.frame(version)
    columns = [column for column in version.columns if column.name in split.columns]
    hashes = holdout.row_hashes(table, columns)
    order = np.argsort(hashes, kind="stable")
    at = np.searchsorted(hashes[order], wanted)
    known = np.flatnonzero(hashes[order][np.minimum(at, len(order) - 1)] == wanted)
    if len(known) < len(wanted):
        raise CannotJudge(
            problem=f"Only {len(known):,} of its {len(wanted):,} held-out rows are in {version.ref} as they were."
        )
    return table.iloc[order[at[known]]].reset_index(drop=True), known


def _taken(outcome: Outcome, rows: Array) -> Outcome:
    return Outcome(outcome.task, outcome.actual[rows], outcome.answered[rows], outcome.scores[rows], outcome.positive)


def _paired(
    blobs: BlobStore,
    columns: Sequence[Column],
    frame: "pd.DataFrame",
    manifest: ModelManifest,
    champion: ModelManifest,
    outcome: Outcome,
) -> Pairing | str:
    """Return both models' answers to the fairest rows, or why the champion has none."""
    unlike = _unlike(columns, manifest, champion)
    if unlike:
        return unlike
    try:
        pipeline = bundle.load_pipeline(blobs, champion)
    except (BlobNotFound, BlobCorrupt, UnsafeModel) as error:
        return f"the champion's own model cannot be loaded: {error.message}"
    places, rows = _fair(blobs, columns, frame, champion)
    found = tables.score(champion, pipeline, tables.align(champion, frame.iloc[places]))
    first, second = _alike(manifest, _taken(outcome, places), champion, found)
    return Pairing(first, second, places, rows)


def _unlike(columns: Sequence[Column], manifest: ModelManifest, champion: ModelManifest) -> str:
    """Tell why the champion cannot answer the challenger's rows; empty when it can."""
    if (champion.task, champion.target) != (manifest.task, manifest.target):
        return f"the champion predicts {champion.target!r} ({champion.task}), not {manifest.target!r}"
    has = {column.name: column.kind for column in columns}
    wanted = [feature.column for feature in champion.features]
    missing = [column.name for column in wanted if column.name not in has]
    if missing:
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        named = ", ".join(repr(name) for name in missing[:MOST_NAMED])
        return f"the champion needs {named}{more}, which the challenger's data {manifest.dataset} does not have"
    other = next((one for one in wanted if _kind(one.kind) != _kind(has[one.name])), None)
    if other is not None:
        return f"{other.name!r} is {has[other.name]} in {manifest.dataset}, but the champion learned it as {other.kind}"
    return ""


def _kind(kind: ColumnKind) -> str:
    return "number" if kind.is_numeric or kind is ColumnKind.BOOLEAN else kind.value


def _fair(
    blobs: BlobStore, columns: Sequence[Column], frame: "pd.DataFrame", champion: ModelManifest
) -> tuple[Array, str]:
    """Return the rows to compare on: those the champion did not learn from, if they are enough, else all."""
    every = np.arange(len(frame))
    if champion.split_sha256 is None:
        return every, "; which of them the champion learned from is not known"
    try:
        split = holdout.read_split(blobs.read(champion.split_sha256))
    except (BlobNotFound, BlobCorrupt):
        return every, "; which of them the champion learned from is not known any more"
    used = [column for column in columns if column.name in split.columns]
    if len(used) < len(split.columns):
        return every, "; which of them the champion learned from is not known, since its data had other columns"
    seen = np.isin(holdout.row_hashes(frame, used), split.train)
    if not seen.any():
        return every, ""
    unseen = np.flatnonzero(~seen)
    if len(unseen) >= LEAST_UNSEEN:
        return unseen, f" that the champion did not learn from, of {len(frame):,} held out"
    return every, f"; the champion learned from {int(seen.sum()):,} of them, which favours it"


def _alike(
    manifest: ModelManifest, outcome: Outcome, champion: ModelManifest, found: tables.Scores
) -> tuple[Outcome, Outcome]:
    """Return the outcomes of champion and challenger with their classes numbered alike."""
    if not manifest.classes:
        answered = np.asarray(found.predictions, dtype=np.float64)
        return Outcome(outcome.task, outcome.actual, answered, np.empty((len(answered), 0)), None), outcome
    classes = list(dict.fromkeys([*map(str, manifest.classes), *map(str, champion.classes)]))
    actual = outcome.actual.astype(np.int64)
    positive = None if outcome.positive is None else classes.index(str(manifest.classes[outcome.positive]))
    theirs = Outcome(
        outcome.task,
        actual,
        np.array([classes.index(str(value)) for value in found.predictions], dtype=np.int64),
        _spread(found.scores, champion.classes, classes),
        positive,
    )
    ours = Outcome(outcome.task, actual, outcome.answered, _spread(outcome.scores, manifest.classes, classes), positive)
    return theirs, ours


def _spread(scores: Any, own: Sequence[Scalar], classes: list[str]) -> Array:
    """Return probabilities with a column for every class, 0 for those a model does not know."""
    wide = np.zeros((len(scores), len(classes)))
    wide[:, [classes.index(str(value)) for value in own]] = scores
    return wide
