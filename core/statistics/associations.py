"""How strongly two columns go together, whatever their kinds; pure functions of arrays.

Categories are whole numbers from 0, -1 where missing; numbers are floats, NaN where missing.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


def entropy(counts: "npt.NDArray[Any]") -> float:
    """Return the entropy of a distribution given by counts, in nats."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def explained(target: Codes, column: Codes) -> float:
    """Return the share of the target's entropy that a column explains, 0 to 1; missing is a category of the column.

    Mutual information is corrected by the bias that counting has on average (Miller 1955). Rows without a target
    value must be left out before.
    """
    table = crossed(target, column + 1)
    whole = entropy(table.sum(axis=1))
    if whole <= 0:
        return 0.0
    information = whole + entropy(table.sum(axis=0)) - entropy(table.ravel())
    cells = [np.count_nonzero(part) for part in (table.sum(axis=1), table.sum(axis=0), table)]
    bias = (cells[2] - cells[0] - cells[1] + 1) / (2 * table.sum())
    return float(np.clip((information - max(bias, 0.0)) / whole, 0.0, 1.0))


def crossed(first: Codes, second: Codes) -> "npt.NDArray[np.int64]":
    """Return how often each pair of categories (from 0) occurs, shape (first, second)."""
    height, width = int(first.max(initial=0)) + 1, int(second.max(initial=0)) + 1
    return np.bincount(first * width + second, minlength=height * width).reshape(height, width)


def cramers_v(first: Codes, second: Codes) -> float | None:
    """Return Cramer's V with the correction of Bergsma (2013), 0 to 1; None where a side has one category only."""
    both = (first >= 0) & (second >= 0)
    table = crossed(first[both], second[both])
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, columns = table.shape
    total = int(table.sum())
    if min(rows, columns) < 2 or total < 2:
        return None
    wanted = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    phi = float(((table - wanted) ** 2 / wanted).sum()) / total
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (total - 1))
    smaller = min(rows - (rows - 1) ** 2 / (total - 1), columns - (columns - 1) ** 2 / (total - 1)) - 1
    return min(1.0, float(np.sqrt(phi / smaller))) if smaller > 0 else None


def correlation_ratio(categories: Codes, numbers: Floats) -> float | None:
    """Return the correlation ratio eta, 0 to 1, root of the spread between categories; None without any."""
    both = (categories >= 0) & np.isfinite(numbers)
    codes, values = categories[both], numbers[both]
    if len(values) < 2:
        return None
    values = values - values.mean()
    total = float(values @ values)
    if not (np.isfinite(total) and total > 0):
        return None
    counts = np.bincount(codes)
    sums = np.bincount(codes, weights=values)
    between = float((sums[counts > 0] ** 2 / counts[counts > 0]).sum())
    return float(np.sqrt(min(between / total, 1.0)))


def correlations(columns: Floats) -> Floats:
    """Return Pearson's correlation of each pair of columns, on rows where both are there; NaN where it has no meaning.

    Args:
        columns: shape (rows, columns), NaN where missing.
    """
    there = np.isfinite(columns)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        filled = np.where(there, columns, 0.0)
        centred = np.where(there, filled - filled.sum(axis=0) / np.maximum(there.sum(axis=0), 1), 0.0)
        scale = np.sqrt((centred**2).mean(axis=0))
        centred = centred / np.where(scale > 0, scale, 1.0)
        mask = there.astype(np.float64)
        count, sums = mask.T @ mask, centred.T @ mask
        squares = (centred**2).T @ mask - sums**2 / count
        products = centred.T @ centred - sums * sums.T / count
        found: Floats = products / np.sqrt(squares * squares.T)
    found[(count < 2) | ~(squares > 1e-12 * count) | ~(1e-12 * count < squares.T)] = np.nan
    return np.clip(found, -1.0, 1.0)


def ranked(numbers: Floats) -> Floats:
    """Return average ranks; missing stays missing."""
    from scipy.stats import rankdata

    found = np.full(len(numbers), np.nan)
    there = np.isfinite(numbers)
    found[there] = rankdata(numbers[there])
    return found


def separation(positive: "npt.NDArray[np.bool_]", numbers: Floats) -> float:
    """Return the area under the ROC curve of a column as a score, at least one half; missing rows are left out."""
    there = np.isfinite(numbers)
    is_positive, ranks = positive[there], ranked(numbers[there])
    ones = int(is_positive.sum())
    zeros = len(ranks) - ones
    if not (ones and zeros):
        return 0.5
    area = (float(ranks[is_positive].sum()) - ones * (ones + 1) / 2) / (ones * zeros)
    return max(area, 1 - area)
