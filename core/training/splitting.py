"""Which rows are held out, and which folds the others make: at random, by groups, or by time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidSpec
from core.records.training import Split, SplitKind
from core.training.target import Target

Rows = np.ndarray[Any, Any]
MOST_FOLDS = 20


@dataclass(frozen=True)
class Fold:
    """Positions within the training rows: learned from, and answered; both in ascending order."""

    learned: Rows
    answered: Rows


def split(
    target: Target,
    spec: Split,
    seed: int,
    times: "pd.Series[Any] | None",
    groups: "pd.Series[Any] | None" = None,
) -> tuple[Rows, Rows]:
    """Return (training, test) positions within the rows of ``target``, each in ascending order.

    ``times`` and ``groups`` are the columns a split by time or by groups goes by, for those rows; the rows of one
    moment or of one group never part. Rows in the gap before the first moment held out are in neither. The same
    arguments always give the same rows.

    Raises:
        InvalidSpec: the rows cannot be parted so that there is something to learn and something to test.
    """
    if spec.kind is SplitKind.TIME:
        train, test = _by_time(times, spec)
    elif spec.kind is SplitKind.GROUP:
        train, test = _by_group(groups, spec, seed)
    else:
        train, test = _at_random(target, spec, seed)
    if target.classes:
        _require_all_classes(target, train)
    return train, test


def folds(
    answers: Rows,
    spec: Split,
    count: int,
    seed: int,
    times: "pd.Series[Any] | None" = None,
    groups: "pd.Series[Any] | None" = None,
    *,
    stratified: bool,
) -> tuple[Fold, ...]:
    """Part training rows into ``count`` folds in the manner of ``spec``; everything given is for those rows.

    By time, each fold is learned from what came before it, the gap left out, so the earliest rows are answered by
    none; by groups, no group is on both sides; otherwise at random, with the shares of the classes if ``stratified``.
    For a nested search, call it again with the rows a fold is learned from.

    Raises:
        InvalidSpec: there are too few rows, groups, moments, or rows of a class for so many folds.
    """
    if spec.kind is SplitKind.TIME:
        return tuple(_forward(_moments(times), spec, count))
    if spec.kind is SplitKind.GROUP:
        return _group_folds(answers, _codes(groups), count, seed)
    return _random_folds(answers, count, seed, stratified=stratified)


def _at_random(target: Target, spec: Split, seed: int) -> tuple[Rows, Rows]:
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(target.values))
    tests = int(np.ceil(spec.test_size * len(rows)))
    least = max(len(target.classes), 1)
    if tests < least or len(rows) - tests < least:
        raise InvalidSpec(
            problem=f"{len(rows)} rows with an answer are too few: holding out {tests} of them must leave at least "
            f"{least} on each side. Add rows or change the test size."
        )
    stratify = target.values if target.classes else None
    train, test = train_test_split(rows, test_size=tests, random_state=seed, stratify=stratify)
    return np.sort(train), np.sort(test)


def _random_folds(answers: Rows, count: int, seed: int, *, stratified: bool) -> tuple[Fold, ...]:
    from sklearn.model_selection import KFold, StratifiedKFold

    fewest = int(np.unique(answers, return_counts=True)[1].min()) if stratified else len(answers)
    if fewest < count:
        what = "the rarest class has" if stratified else "there are"
        raise InvalidSpec(problem=f"{what} {fewest} training rows, too few for {count} folds. Ask for fewer folds.")
    kind = StratifiedKFold if stratified else KFold
    parts = kind(count, shuffle=True, random_state=seed).split(np.zeros((len(answers), 1)), answers)
    return tuple(Fold(learned, answered) for learned, answered in parts)


def _by_group(groups: "pd.Series[Any] | None", spec: Split, seed: int) -> tuple[Rows, Rows]:
    codes = _codes(groups)
    sizes = np.bincount(codes)
    order = np.random.default_rng(seed).permutation(len(sizes))
    enough = int(np.searchsorted(np.cumsum(sizes[order]), spec.test_size * len(codes))) + 1
    held_out = order[: min(enough, len(sizes) - 1)]
    is_test = np.isin(codes, held_out)
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _group_folds(answers: Rows, codes: Rows, count: int, seed: int) -> tuple[Fold, ...]:
    from sklearn.model_selection import GroupKFold

    different = len(np.unique(codes))
    if different < count:
        raise InvalidSpec(
            problem=f"the training rows have {different} groups, too few for {count} folds. Ask for fewer folds."
        )
    parts = GroupKFold(count, shuffle=True, random_state=seed).split(answers, groups=codes)
    return tuple(Fold(learned, answered) for learned, answered in parts)


def _codes(groups: "pd.Series[Any] | None") -> Rows:
    """Number the groups; rows without a group are one of their own."""
    if groups is None:
        raise InvalidSpec(problem="a split by groups needs a group column.")
    codes, names = pd.factorize(groups, use_na_sentinel=False)
    if len(names) < 2:
        raise InvalidSpec(problem=f"the group column {groups.name!r} has one group only, so none can be held out.")
    return np.asarray(codes)


def _by_time(times: "pd.Series[Any] | None", spec: Split) -> tuple[Rows, Rows]:
    moments = _moments(times)
    name = None if times is None else times.name
    earliest = np.sort(moments, kind="stable")
    cut = earliest[min(int(np.floor((1 - spec.test_size) * len(moments))), len(moments) - 1)]
    train, test = np.flatnonzero(_is_before(moments, cut, spec)), np.flatnonzero(moments >= cut)
    if not len(train):
        gap = f" with a gap of {spec.gap}" if spec.gap else ""
        raise InvalidSpec(problem=f"too few different moments in {name!r}{gap} to hold out the latest rows.")
    return train, test


def _forward(moments: Rows, spec: Split, count: int) -> Iterator[Fold]:
    """Yield folds that each answer a later stretch of time from all that came before."""
    different = np.unique(moments)
    if len(different) < count + 1:
        raise InvalidSpec(problem=f"the training rows have {len(different)} moments, too few for {count} folds.")
    starts = np.sort(moments, kind="stable")[[len(moments) * part // (count + 1) for part in range(1, count + 1)]]
    for place, start in enumerate(starts):
        is_late = moments >= starts[place + 1] if place + 1 < len(starts) else np.zeros(len(moments), dtype=bool)
        fold = Fold(np.flatnonzero(_is_before(moments, start, spec)), np.flatnonzero((moments >= start) & ~is_late))
        if not len(fold.learned) or not len(fold.answered):
            raise InvalidSpec(
                problem=f"too few moments for {count} folds in time; ask for fewer folds or a smaller gap."
            )
        yield fold


def _is_before(moments: Rows, start: Any, spec: Split) -> Rows:
    """Tell which rows may be learned from when the first moment answered is ``start``."""
    return np.asarray(moments < start - gap_of(spec.gap, moments.dtype) if spec.gap else moments < start)


def gap_of(text: str, dtype: Any) -> Any:
    """Read a gap: a length such as ``7d`` or ``12h`` for dates, a number for numbers.

    Raises:
        InvalidSpec: it is neither, or negative.
    """
    is_date = np.issubdtype(dtype, np.datetime64)
    try:
        gap = pd.Timedelta(text).to_timedelta64() if is_date else np.float64(text)
    except ValueError as error:
        wanted = "a length such as 7d or 12h" if is_date else "a number"
        raise InvalidSpec(problem=f"the gap {text!r} must be {wanted}, as the time column holds.") from error
    if not gap >= (np.timedelta64(0, "ns") if is_date else 0):
        raise InvalidSpec(problem=f"the gap {text!r} must not be negative.")
    return gap


def _moments(times: "pd.Series[Any] | None") -> Rows:
    if times is None:
        raise InvalidSpec(problem="a split by time needs a time column.")
    name = times.name
    if not (pd.api.types.is_datetime64_any_dtype(times) or pd.api.types.is_numeric_dtype(times)):
        raise InvalidSpec(problem=f"the time column {name!r} is text; upload it as dates or numbers.")
    missing = int(times.isna().sum())
    if missing:
        raise InvalidSpec(
            problem=f"the time column {name!r} is empty in {missing} rows, so they have no place in time."
        )
    return times.to_numpy()


def _require_all_classes(target: Target, train: Rows) -> None:
    present = set(np.unique(target.values[train]).tolist())
    absent = [repr(value) for value in target.classes if value not in present]
    if absent:
        raise InvalidSpec(
            problem=f"the class {', '.join(absent)} occurs only in the held-out rows, so it cannot be learned. "
            "Hold out fewer rows or split at random."
        )
