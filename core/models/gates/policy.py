"""The gates of a project: those it starts with, those people set, and what they may ask for."""

import json
from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from core.datasets.fit import meant
from core.model_errors import InvalidGates
from core.records.base import clipped
from core.records.dataset import DatasetVersion
from core.records.gate import (
    TITLES,
    CalibrationGate,
    ContractGate,
    FairnessGate,
    Gate,
    GateDraft,
    GatePolicy,
    LatencyGate,
    MinimumGate,
    NotWorseGate,
    ParityGate,
    ReplayGate,
    SizeGate,
    SlicesGate,
)
from core.records.metric import METRICS, metrics_of
from core.records.project import Project

AUTHOR, NOTE = "Pilothouse", "What every project starts with"
LARGEST = 1 << 16


def starting(project: Project) -> GatePolicy:
    """Return the policy of a project that set none: better than no model, surely better than the champion, sound."""
    gates: tuple[Gate, ...] = (
        MinimumGate(),
        NotWorseGate(),
        SlicesGate(),
        *((CalibrationGate(),) if project.task.is_classification else ()),
        ContractGate(),
        LatencyGate(),
        SizeGate(),
        ParityGate(),
        ReplayGate(),
    )
    return GatePolicy(
        project=project.name, number=0, gates=gates, note=NOTE, author=AUTHOR, created_at=project.created_at
    )


def check(draft: GateDraft, project: Project, versions: Sequence[DatasetVersion]) -> None:
    """Make sure that the gates make sense for a project and its data.

    Raises:
        InvalidGates: they do not.
    """
    known = {column.name for version in versions for column in version.columns}
    for gate in draft.gates:
        if isinstance(gate, MinimumGate | NotWorseGate):
            _check_metric(gate.metric, project)
        if isinstance(gate, CalibrationGate) and not project.task.is_classification:
            raise InvalidGates(problem=f"{project.name!r} predicts numbers, which have no calibration.")
        if isinstance(gate, SlicesGate | FairnessGate):
            _check_columns(gate.columns, known, project)
        if isinstance(gate, FairnessGate):
            _check_figure(gate.figure, project)


def _check_metric(metric: str, project: Project) -> None:
    if metric and (metric not in METRICS or project.task not in METRICS[metric].tasks):
        fitting = ", ".join(one.name for one in metrics_of(project.task))
        raise InvalidGates(problem=f"{metric!r} is no metric of {project.task} projects. Choose one of: {fitting}.")


def _check_columns(columns: Sequence[str], known: set[str], project: Project) -> None:
    for name in columns:
        if name == project.target:
            raise InvalidGates(problem=f"groups of the target {name!r} cannot be compared.")
        if known and name not in known:
            near = meant(name, sorted(known))
            raise InvalidGates(problem=f"no dataset of {project.name!r} has a column {clipped(name, 60)!r}.{near}")


def _check_figure(figure: str, project: Project) -> None:
    from core.training.fairness import figures_of

    fitting = figures_of(project.task)
    if figure not in fitting:
        raise InvalidGates(
            problem=f"{figure!r} cannot be compared between groups of a {project.task} project. Choose one of: "
            f"{', '.join(fitting)}."
        )


def parse(text: str) -> GateDraft:
    """Read gates written as YAML or JSON: a list, or a mapping with the key ``gates``.

    Raises:
        InvalidGates: naming the gate and the key at fault.
    """
    if len(text) > LARGEST:
        raise InvalidGates(problem=f"the file is larger than {LARGEST // 1024} kB.")
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidGates(problem=f"it is no YAML: {clipped(str(error), 200)}") from error
    gates = document.get("gates") if isinstance(document, dict) else document
    return drafted(gates)


def drafted(gates: Any) -> GateDraft:
    """Return gates given as plain values.

    Raises:
        InvalidGates: naming the gate and the key at fault.
    """
    if not isinstance(gates, list) or not gates:
        raise InvalidGates(problem="a list of at least one gate is wanted, each with its `kind`.")
    try:
        return GateDraft.model_validate({"gates": gates})
    except ValidationError as error:
        raise InvalidGates(problem=_fault(error, gates)) from error


def _fault(error: ValidationError, gates: list[Any]) -> str:
    first = error.errors()[0]
    where = [part for part in first["loc"] if part != "gates"]
    if not where or not isinstance(where[0], int):
        return first["msg"].removeprefix("Value error, ") + "."
    given = gates[where[0]]
    kind = given.get("kind") if isinstance(given, dict) else None
    if kind not in TITLES:
        return f"gate {where[0] + 1}: there is no kind {clipped(str(kind), 40)!r}. Kinds: {', '.join(TITLES)}."
    name = ".".join(str(part) for part in where[2:])
    return f"gate {where[0] + 1} ({kind}), {name}: {first['msg'].removeprefix('Value error, ')}."


def write(policy: GatePolicy) -> str:
    """Return the gates as YAML that :func:`parse` reads."""
    heading = f"# gate policy {policy.number} of {policy.project}, by {policy.author}\n"
    gates = [json.loads(gate.model_dump_json()) for gate in policy.gates]
    text: str = yaml.safe_dump({"gates": gates}, sort_keys=False, allow_unicode=True)
    return heading + text
