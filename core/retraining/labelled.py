"""Labelled predictions as data to learn from: what was served and came true, as a version of a dataset of its own."""

import io
from typing import TYPE_CHECKING

from core.datasets.service import DatasetService
from core.records.access import SYSTEM
from core.records.dataset import ColumnKind, DatasetVersion
from core.records.label import LabelledPrediction
from core.records.project import Project
from core.records.reading import ColumnChoice, ReadingChoices
from core.records.training import TrainingSpec
from core.retraining_errors import TooFewLabelled
from core.serving.labels import LabelService

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 50
"""Labelled predictions below which nothing is learned from them."""


def version(datasets: DatasetService, labels: LabelService, project: Project, spec: TrainingSpec) -> DatasetVersion:
    """Keep the labelled predictions of a project as the next version of ``<dataset>-labelled`` and return it.

    The same predictions and labels make no second version.

    Raises:
        TooFewLabelled: there are too few.
    """
    known = [one for one in labels.joined(project.name) if one.label is not None]
    if len(known) < FEWEST:
        raise TooFewLabelled(count=len(known), needed=FEWEST)
    name = f"{spec.dataset.name.removesuffix('-labelled')}-labelled"
    frame = _frame(known, project, spec)
    kinds = {column.name: column.kind for column in datasets.get(project.name, spec.dataset).columns}
    kinds |= {project.time_column: ColumnKind.DATETIME} if project.time_column else {}
    choices = ReadingChoices(columns={n: ColumnChoice(kind=kinds[n]) for n in frame.columns if n in kinds})
    content = io.BytesIO(frame.to_csv(index=False).encode())
    note = f"{len(known):,} predictions whose truth is known"
    added = datasets.add_version(SYSTEM, project.name, name, content, f"{name}.csv", note=note, choices=choices)
    return added.version


def _frame(known: list[LabelledPrediction], project: Project, spec: TrainingSpec) -> "pd.DataFrame":
    """Return one row a prediction: the features of the spec, the truth, and when it was asked."""
    import pandas as pd

    columns = {name: [one.prediction.features.get(name) for one in known] for name in spec.features}
    columns[spec.target] = [one.label.label for one in known if one.label is not None]
    if project.time_column and project.time_column not in columns:
        columns[project.time_column] = [one.prediction.at.replace(tzinfo=None).isoformat() for one in known]
    return pd.DataFrame(columns)
