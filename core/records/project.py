"""A project: one prediction task."""

from enum import StrEnum

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
    """One prediction task; also one MLflow experiment and one registered model of the same name."""

    name: str
    task: Task
    target: str
    positive: str | None = None
    id_column: str | None = None
    time_column: str | None = None
    metric: str
    cost_matrix: CostMatrix | None = None
    description: str = ""
    created_at: Moment
    created_by: str
