"""Gates: what a challenger must be like, and what judging one against them found."""

import math
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.records.base import Moment, Record

Columns = Annotated[tuple[str, ...], Field(max_length=50)]


class _Gate(Record):
    @property
    def key(self) -> str:
        """What tells the gate from the others of a policy."""
        kind: str = getattr(self, "kind")  # noqa: B009 - each gate declares its own literal
        return kind


class MinimumGate(_Gate):
    """The challenger's metric clears a bound with the whole of its 95 % interval.

    ``metric`` is the project's when empty; without a ``bound`` the best answer that looks at no column is to be beaten.
    """

    kind: Literal["minimum"] = "minimum"
    metric: str = ""
    bound: float | None = Field(default=None, allow_inf_nan=False)

    @property
    def key(self) -> str:
        """One for each metric."""
        return f"{self.kind}:{self.metric}"


class NotWorseGate(_Gate):
    """On the challenger's own held-out rows it is not worse than the champion by ``margin`` or more.

    The lower end of the paired interval of the gain must lie above minus ``margin``, so a tie is no when it is 0.
    """

    kind: Literal["not_worse"] = "not_worse"
    metric: str = ""
    margin: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)

    @property
    def key(self) -> str:
        """One for each metric."""
        return f"{self.kind}:{self.metric}"


class SlicesGate(_Gate):
    """No kind of rows fares worse than under the champion, by more than ``margin`` and by more than chance.

    ``columns`` make the kinds, all the challenger's inputs when empty. ``margin`` is a share of the rows, for numbers
    a share of the champion's mean error; kinds with fewer than ``least`` rows are left out.
    """

    kind: Literal["slices"] = "slices"
    columns: Columns = ()
    margin: float = Field(default=0.02, ge=0.0, allow_inf_nan=False)
    least: int = Field(default=30, ge=10)


class CalibrationGate(_Gate):
    """Probabilities are what they say: the mean distance to the observed shares is at most ``most``."""

    kind: Literal["calibration"] = "calibration"
    most: float = Field(default=0.1, gt=0.0, le=1.0)


class LatencyGate(_Gate):
    """One answer takes at most ``most_ms`` milliseconds (median, measured where it is judged)."""

    kind: Literal["latency"] = "latency"
    most_ms: float = Field(default=50.0, gt=0.0, allow_inf_nan=False)


class SizeGate(_Gate):
    """The model's file is at most ``most_mb`` megabytes."""

    kind: Literal["size"] = "size"
    most_mb: float = Field(default=500.0, gt=0.0, allow_inf_nan=False)


class ContractGate(_Gate):
    """The data it learned from passed their contract; ``warnings`` tells whether warnings are let pass."""

    kind: Literal["contract"] = "contract"
    warnings: bool = True


class FairnessGate(_Gate):
    """A figure differs by at most ``most`` between the groups of each of ``columns`` that have ``least`` rows."""

    kind: Literal["fairness"] = "fairness"
    columns: Columns = Field(min_length=1)
    figure: str = "selection_rate"
    most: float = Field(default=0.2, gt=0.0, allow_inf_nan=False)
    least: int = Field(default=30, ge=10)

    @property
    def key(self) -> str:
        """One for each figure."""
        return f"{self.kind}:{self.figure}"


class ParityGate(_Gate):
    """The stored model, loaded anew, answers known rows as it did at training."""

    kind: Literal["parity"] = "parity"


class ReplayGate(_Gate):
    """At most the share ``most`` of the ``last`` logged requests gets another answer; ``least`` must be there."""

    kind: Literal["replay"] = "replay"
    most: float = Field(default=0.2, gt=0.0, le=1.0)
    last: int = Field(default=10_000, ge=100, le=1_000_000)
    least: int = Field(default=500, ge=100)


class ApprovalGate(_Gate):
    """A person approved it; with ``other_person`` another one than who asked."""

    kind: Literal["approval"] = "approval"
    other_person: bool = True


Gate = Annotated[
    MinimumGate
    | NotWorseGate
    | SlicesGate
    | CalibrationGate
    | LatencyGate
    | SizeGate
    | ContractGate
    | FairnessGate
    | ParityGate
    | ReplayGate
    | ApprovalGate,
    Field(discriminator="kind"),
]

TITLES = {
    "minimum": "Minimum",
    "not_worse": "Better than the champion",
    "slices": "No slice falls",
    "calibration": "Calibration",
    "latency": "Latency",
    "size": "Size",
    "contract": "Data contract",
    "fairness": "Fairness",
    "parity": "Parity probe",
    "replay": "Replay",
    "approval": "Approval",
}
"""How each kind of gate is called, in the order of a policy."""


class GateDraft(Record):
    """The gates of a policy, not stored yet."""

    gates: tuple[Gate, ...] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        keys = [gate.key for gate in self.gates]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise ValueError(f"the gate {twice.rstrip(':')!r} is there twice")
        return self


class GatePolicy(Record):
    """One immutable version of a project's gates; number 0 is the policy of a project that set none."""

    project: str
    number: int
    gates: tuple[Gate, ...]
    note: str
    author: str
    created_at: Moment


class Standing(StrEnum):
    """How a challenger stands to one gate."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


class VerdictOutcome(StrEnum):
    """What follows from all gates: go, wait for more or for somebody, or no."""

    PROMOTE = "promote"
    HOLD = "hold"
    REJECT = "reject"


class GatePart(Record):
    """One of several things a gate looked at: a kind of rows, a group, with its figures and whether it is fine."""

    name: str
    rows: int | None = None
    value: float | None = None
    champion: float | None = None
    low: float | None = None
    high: float | None = None
    passed: bool = True


class GateResult(Record):
    """What one gate found.

    ``measured`` is held against ``threshold`` and ``low`` to ``high`` is its interval; it is ``wanted`` "above" or
    "below", and what decides is the interval's end nearer to failing, where there is one. ``value`` and ``champion``
    are the figures behind it. ``certain`` tells that more data would not change a failure, ``unit`` is ``ms``, ``MB``,
    ``share``, ``target`` or empty.
    """

    kind: str
    title: str
    standing: Standing
    sentence: str
    certain: bool = False
    metric: str = ""
    value: float | None = None
    champion: float | None = None
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    threshold: float | None = None
    wanted: Literal["above", "below", ""] = ""
    unit: str = ""
    rows: int | None = None
    method: str = ""
    parts: tuple[GatePart, ...] = ()

    @model_validator(mode="after")
    def _finite(self) -> Self:
        numbers = (self.value, self.champion, self.measured, self.low, self.high, self.threshold)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ValueError("a figure that is not finite is no figure")
        return self


class Verdict(Record):
    """The stored answer of all gates of a policy on one version against one champion; never changed.

    ``champion`` is 0 when nothing served. ``id`` follows from the job that made it, so that a repeated job makes no
    second one; ``basis`` is the verdict it was derived from, when it was.
    """

    id: str
    project: str
    version: int
    run_id: str
    bundle_sha256: str
    champion: int
    policy: int
    outcome: VerdictOutcome
    gates: tuple[GateResult, ...]
    summary: str
    basis: str = ""
    actor: str
    created_at: Moment

    def of(self, standing: Standing) -> tuple[GateResult, ...]:
        """Return the gates that stand so."""
        return tuple(gate for gate in self.gates if gate.standing is standing)
