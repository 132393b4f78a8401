"""Simulations: what retraining policies would have done over the past."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from core.records.base import Moment, Record
from core.records.dataset import DatasetRef


class PolicyKind(StrEnum):
    """What makes a policy retrain at a check."""

    NEVER = "never"
    EVERY = "every"
    PERFORMANCE = "performance"
    DRIFT = "drift"
    ROWS = "rows"


class RetrainPolicy(Record):
    """When to retrain, and on which rows.

    ``amount`` is every how many checks, by how many percent the metric falls against the model's own held-out rows, or
    how many new rows there are. ``span`` is the window learned from, such as ``90d``; all when empty.
    """

    kind: PolicyKind
    amount: float = Field(default=0.0, ge=0)
    span: str = ""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        needs = self.kind in (PolicyKind.EVERY, PolicyKind.PERFORMANCE, PolicyKind.ROWS)
        if needs and self.amount <= 0:
            raise ValueError(f"the policy {self.kind.value!r} needs an amount")
        return self


class SimulationRequest(Record):
    """What to play through: checks each ``step_s`` from ``since`` to ``until``, by the project's time column.

    The first model learns from all before ``since``. Policies are chosen by what came before ``held_back``, and shown
    on what came after.
    """

    dataset: DatasetRef
    since: Moment
    until: Moment
    held_back: Moment
    step_s: int = Field(default=7 * 86_400, ge=3_600)
    policies: tuple[RetrainPolicy, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.since < self.held_back <= self.until:
            raise ValueError("the held-back time begins after the start and before the end")
        return self


class SimulatedCheck(Record):
    """One check: the metric on the rows since the one before, of the policy's model; whether it retrained and why.

    ``adopted`` tells whether the new model did better on its held-out rows and took over, ``helped`` whether it then
    did better on the rows up to the next check than the one before would have.
    """

    at: Moment
    rows: int
    value: float | None
    retrained: bool = False
    adopted: bool = False
    helped: bool | None = None
    reason: str = ""


class PolicyResult(Record):
    """What a policy would have led to: the metric over all rows up to the held-back time, and on those after it.

    ``seconds`` is the time its trainings took here; a false alarm is a retraining whose model was not adopted or did
    not help.
    """

    policy: RetrainPolicy
    words: str
    retrainings: int
    false_alarms: int
    seconds: float
    value: float | None
    held_back_value: float | None
    checks: tuple[SimulatedCheck, ...]


class Simulation(Record):
    """A simulation that was carried out; ``recommended`` is the place of the policy it recommends."""

    id: str
    project: str
    metric: str
    higher_is_better: bool
    request: SimulationRequest
    results: tuple[PolicyResult, ...]
    recommended: int
    summary: str
    seconds: float
    created_at: Moment
    created_by: str
