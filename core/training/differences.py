"""What is not as it was: inputs of a run then and now, and figures of a run and its rerun."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.records.reproduction import EnvironmentLock, InputDifference, ReproductionOutcome
from core.records.training import TrainingSpec

EPSILON = 1e-9
"""Largest difference, relative to the larger of the figure and 1, that still counts as the same result."""

COMPUTING = frozenset(
    {"scikit-learn", "numpy", "scipy", "pandas", "pyarrow", "joblib", "threadpoolctl", "skops"}
    | {"lightgbm", "xgboost", "xgboost-cpu"}
)
"""Packages that take part in computing a model; others are stored and named, but cannot explain a difference."""

UNKNOWN = "not recorded"


@dataclass(frozen=True)
class Gap:
    """The largest difference found and the figure it is in; infinite where two cannot be compared."""

    size: float = 0.0
    where: str = ""

    def or_larger(self, size: float, where: str) -> "Gap":
        """Return this gap or the one given, whichever is larger."""
        return Gap(size, where) if size > self.size else self


def environments(before: EnvironmentLock, now: EnvironmentLock) -> tuple[InputDifference, ...]:
    """Return what differs between two environments, what takes part in computing first."""
    found = [*_places(before, now), *_libraries(before, now), *_packages(before.packages, now.packages)]
    return tuple(sorted(found, key=lambda difference: not difference.relevant))


def _places(before: EnvironmentLock, now: EnvironmentLock) -> Iterator[InputDifference]:
    pairs = {
        "code": (_code(before), _code(now)),
        "python": (before.python, now.python),
        "system": (before.system, now.system),
        "processor": (before.processor, now.processor),
        "threads": (before.threads or "unset", now.threads or "unset"),
        "cores": (str(before.cores), str(now.cores)),
    }
    for name, (old, new) in pairs.items():
        if old != new:
            yield InputDifference(name=name, before=old, now=new, relevant=name != "cores")


def _code(lock: EnvironmentLock) -> str:
    """Name the code by what counts, the hash of its content; a commit without effect on training is no difference."""
    return lock.code.sha256[:12]


def _libraries(before: EnvironmentLock, now: EnvironmentLock) -> Iterator[InputDifference]:
    old, new = _spelled(before), _spelled(now)
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield InputDifference(name=f"library {name}", before=old.get(name), now=new.get(name))


def _spelled(lock: EnvironmentLock) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in lock.libraries:
        text = " ".join(filter(None, (one.version, one.architecture, f"{one.threads} threads")))
        found[one.name] = f"{found[one.name]}, {text}" if one.name in found else text
    return found


def _packages(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[InputDifference]:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            yield InputDifference(
                name=f"package {name}", before=before.get(name), now=now.get(name), relevant=name in COMPUTING
            )


def specs(before: TrainingSpec, now: TrainingSpec) -> tuple[InputDifference, ...]:
    """Return what differs between the spec that was asked for and the one recorded with the run."""
    old, new = _flat(before), _flat(now)
    return tuple(
        InputDifference(name=name, before=old.get(name), now=new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def _flat(spec: TrainingSpec) -> dict[str, str]:
    fields = spec.model_dump(mode="json", exclude={"register_version", "params"})
    params = {f"parameter {name}": str(value) for name, value in spec.params.items()}
    return {**{name: str(value) for name, value in fields.items()}, **params}


def figures(before: Mapping[str, float], now: Mapping[str, float]) -> tuple[int, Gap]:
    """Compare the figures both have; return how many there are and the largest gap."""
    shared = sorted({*before} & {*now})
    gap = Gap()
    for name in shared:
        gap = gap.or_larger(_apart(before[name], now[name]), name)
    return len(shared), gap


def answers(before: "np.ndarray[Any, Any]", now: "np.ndarray[Any, Any]") -> Gap:
    """Return the largest gap between the answers of two models to the same rows."""
    if before.shape != now.shape:
        return Gap(math.inf, "the held-out rows")
    if np.array_equal(before, now, equal_nan=True):
        return Gap()
    apart = np.abs(before - now) / np.maximum(1.0, np.abs(before))
    return Gap(float(np.nan_to_num(apart, nan=math.inf).max()), "the answers to the held-out rows")


def _apart(before: float, now: float) -> float:
    if before == now or (math.isnan(before) and math.isnan(now)):
        return 0.0
    gap = abs(before - now) / max(1.0, abs(before))
    return math.inf if math.isnan(gap) else gap


def outcome(gap: Gap) -> ReproductionOutcome:
    """Return what the largest gap means."""
    if gap.size == 0:
        return ReproductionOutcome.IDENTICAL
    return ReproductionOutcome.EQUAL if gap.size <= EPSILON else ReproductionOutcome.DIFFERENT


def in_words(result: ReproductionOutcome, found: tuple[InputDifference, ...], gap: Gap, metrics: int, rows: int) -> str:
    """Say in a sentence or two what a rerun showed."""
    named = "; ".join(_arrow(difference) for difference in found if difference.relevant)
    size = f"the largest difference is {gap.size:.3g}, in {gap.where}"
    if result is ReproductionOutcome.IDENTICAL:
        counted = f"Identical: {metrics} figures and the answers to {rows:,} held-out rows are equal bit for bit"
        return f"{counted}, although not every input is the same ({named})." if named else f"{counted}."
    if result is ReproductionOutcome.EQUAL:
        return f"Equal within {EPSILON:g}: {size}." + (f" Not the same: {named}." if named else "")
    if named:
        return f"Different: {named}. Of the figures, {size}."
    return f"Different, although every recorded input is the same: {size}. This estimator does not repeat itself."


def missing(found: tuple[InputDifference, ...], problem: str) -> str:
    """Say why nothing could be computed again."""
    named = "; ".join(_arrow(difference) for difference in found if difference.relevant)
    return f"Different: {named}. {problem}" if named else f"Different: {problem}"


def _arrow(difference: InputDifference) -> str:
    return f"{difference.name} {difference.before or 'absent'} \N{RIGHTWARDS ARROW} {difference.now or 'absent'}"
