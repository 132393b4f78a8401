"""One judgement: what every gate gets to look at, and the words in which gates answer."""

import math
from dataclasses import dataclass, replace
from typing import Any

from core.models.gates.material import Material
from core.records.approval import Approval
from core.records.contract import ContractResult
from core.records.gate import TITLES, GateResult, Standing
from core.records.metric import METRICS
from core.records.model import ModelManifest
from core.records.project import Project
from core.records.replay import Replay

SEED = 0
"""Seed of every bootstrap of a judgement, so that the same rows give the same verdict."""

ALONE = "There is no champion yet, so there is nothing to compare with."


@dataclass(frozen=True)
class Served:
    """What was measured of the model as it would serve: the time of one answer, the size of its file, its probe.

    ``unsound`` says why it must not serve; it is empty when it may.
    """

    ms: float | None = None
    mb: float | None = None
    unsound: str = ""


@dataclass(frozen=True)
class Case:
    """A challenger before its judges; ``material`` is None where ``unjudged`` says why its rows cannot be had.

    ``champion`` is the number of the version that serves, 0 for none; ``contract`` is the newest result of the data it
    learned from, None where the data has no contract.
    """

    project: Project
    version: int
    manifest: ModelManifest
    champion: int
    material: Material | None
    served: Served
    contract: ContractResult | None = None
    approval: Approval | None = None
    replay: Replay | None = None
    replay_problem: str = ""
    logged: int = 0
    unjudged: str = ""

    def metric(self, name: str) -> str:
        """Return the metric a gate speaks of: the project's when it names none."""
        return name or self.project.metric


def number(value: float | None) -> str:
    """Return a figure as sentences write it."""
    if value is None or not math.isfinite(value):
        return "not a number"
    return f"{value:,.4g}" if abs(value) >= 1000 else f"{value:.4g}"


def title_of(metric: str) -> str:
    """Return how people call a metric."""
    return METRICS[metric].title if metric in METRICS else metric


def finite(**values: float | None) -> dict[str, Any]:
    """Return the figures that are numbers; others are left out of a result."""
    return {name: float(value) for name, value in values.items() if value is not None and math.isfinite(value)}


def passed(kind: str, sentence: str, **facts: Any) -> GateResult:
    """Return the result of a gate that is met."""
    return _result(kind, Standing.PASSED, sentence, **facts)


def failed(kind: str, sentence: str, *, certain: bool = False, **facts: Any) -> GateResult:
    """Return the result of a gate that is not met, or could not be judged."""
    return _result(kind, Standing.FAILED, sentence, certain=certain, **facts)


def not_applicable(kind: str, sentence: str, **facts: Any) -> GateResult:
    """Return the result of a gate that does not concern this challenger."""
    return _result(kind, Standing.NOT_APPLICABLE, sentence, **facts)


def _result(kind: str, standing: Standing, sentence: str, **facts: Any) -> GateResult:
    title = str(facts.pop("title", TITLES[kind]))
    return GateResult(kind=kind, title=title, standing=standing, sentence=sentence, **facts)


def titled(result: GateResult, title: str) -> GateResult:
    """Return the result under a title of its own."""
    return result.model_copy(update={"title": title})


def without_rows(case: Case, why: str) -> Case:
    """Return the case of a challenger whose rows cannot be had."""
    return replace(case, material=None, unjudged=why)
