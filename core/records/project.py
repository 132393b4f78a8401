"""A project: one prediction task."""

from enum import StrEnum

from pydantic import Field

from core.records.base import Moment, Record


class Task(StrEnum):
    """The kind of answer a model gives."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        """Whether answers are classes."""
        return self is not Task.REGRESSION


class CostMatrix(Record):
    """Money gained (positive) or lost (negative) for each kind of answer of a binary project."""

    true_positive: float = 0.0
    false_positive: float = 0.0
    true_negative: float = 0.0
    false_negative: float = 0.0


class Project(Record):
    """One prediction task; also one MLflow experiment and one registered model of the same name.

    ``enough_labels`` is the share of a time's answers that must have a label before its figures count as final.
    """

    name: str
    task: Task
    target: str
    positive: str | None = None
    id_column: str | None = None
    time_column: str | None = None
    metric: str
    cost_matrix: CostMatrix | None = None
    description: str = ""
    enough_labels: float = Field(default=0.8, gt=0, le=1)
    created_at: Moment
    created_by: str
