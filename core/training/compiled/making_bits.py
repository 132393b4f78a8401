"""Small trees to the tables that answer for them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.training.compiled.bits import KIND, codes
from core.training.compiled.form import Array, Form
from core.training.compiled.preparation import Lookup, Preparation
from core.training.compiled.reading_models import Ensemble, Tree

MOST_LEAVES = 64
MOST_BYTES = 64 << 20
"""Largest table of masks; larger ensembles are evaluated tree by tree."""


@dataclass(frozen=True)
class _Question:
    """A node that asks: in which tree, about what, and the leaves that stand when the answer is no."""

    tree: int
    feature: int
    threshold: float
    gap_left: bool
    mask: int


def make(ensemble: Ensemble, preparation: Preparation) -> Form | None:
    """Return the tables of ``ensemble``, or None when its trees or the tables are too large."""
    most = max(tree.leaves for tree in ensemble.trees)
    if most > MOST_LEAVES:
        return None
    bits = 32 if most <= 32 else 64
    questions, leaves = _read(ensemble, bits)
    word = np.dtype(f"uint{bits}")
    most_rows = MOST_BYTES // (word.itemsize * len(ensemble.trees))
    tables: list[Array] = []
    arrays: dict[str, Array] = {}
    parts: list[tuple[int, int, int]] = []
    for number, part in enumerate(preparation.parts):
        width = part.table.shape[1] if isinstance(part, Lookup) else 1
        asked = [one for at in range(part.at, part.at + width) for one in questions.get(at, ())]
        steps = np.empty(0) if isinstance(part, Lookup) else _steps(asked, single=ensemble.single)
        rows = 0 if not asked else len(part.table) if isinstance(part, Lookup) else len(steps) + 2
        offset = sum(map(len, tables))
        if offset + rows > most_rows:
            return None
        table = np.full((rows, len(ensemble.trees)), np.iinfo(word).max, dtype=word)
        if isinstance(part, Lookup):
            _fill_lookup(table, asked, _compared(part.table, single=ensemble.single), part.at)
        else:
            arrays[f"steps{number}"] = steps
            _fill_intervals(table, asked, steps, single=ensemble.single)
        tables.append(table)
        parts.append((number, offset, rows))
    model = {"kind": KIND, "link": ensemble.link, "base": ensemble.base, "divisor": ensemble.divisor}
    document = {"model": {**model, "single": ensemble.single, "parts": parts}}
    return Form(document, {**arrays, "masks": np.concatenate(tables), "leaves": leaves})


def _read(ensemble: Ensemble, bits: int) -> tuple[dict[int, list[_Question]], Array]:
    """Return the questions by the prepared column they ask about, and the values of the leaves by code."""
    width = ensemble.trees[0].value.shape[1]
    leaves = np.zeros((len(ensemble.trees) * bits, width))
    code, questions = codes(bits), dict[int, list[_Question]]()
    for number, tree in enumerate(ensemble.trees):
        order, asked = _walk(tree, (1 << bits) - 1)
        leaves[number * bits + code[: len(order)]] = tree.value[order]
        for node, mask in asked:
            feature, threshold = int(tree.feature[node]), float(tree.threshold[node])
            question = _Question(number, feature, threshold, bool(tree.gap_left[node]), mask)
            questions.setdefault(feature, []).append(question)
    return questions, leaves if width > 1 else leaves[:, 0]


def _walk(tree: Tree, whole: int) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the leaves from left to right, and each asking node with the mask of its answer no."""
    order: list[int] = []
    first: dict[int, int] = {}
    asked: list[tuple[int, int]] = []
    for node, is_back in _depth_first(tree):
        if not is_back:
            first[node] = len(order)
            if tree.left[node] < 0:
                order.append(node)
        else:
            count = first[int(tree.right[node])] - first[node]
            asked.append((node, whole & ~(((1 << count) - 1) << first[node])))
    return order, asked


def _depth_first(tree: Tree) -> Iterator[tuple[int, bool]]:
    """Yield each node when it is met, and asking ones again when both branches are done."""
    pending = [(0, False)]
    while pending:
        node, is_back = pending.pop()
        yield node, is_back
        if not is_back and tree.left[node] >= 0:
            pending += [(node, True), (int(tree.right[node]), False), (int(tree.left[node]), False)]


def _steps(asked: list[_Question], *, single: bool) -> Array:
    return np.unique([_step(one.threshold, single=single) for one in asked]).astype(np.float64)


def _step(threshold: float, *, single: bool) -> float:
    """Return the largest double that a comparison with ``threshold`` answers with yes.

    With ``single`` that is the largest one that rounds, half to even, to a single not above the threshold.
    """
    if not single:
        return threshold
    with np.errstate(over="ignore"):
        below = np.float32(threshold)
        if float(below) > threshold:
            below = np.nextafter(below, np.float32(-np.inf))
        middle = (float(below) + float(np.nextafter(below, np.float32(np.inf)))) / 2
    is_even = int(below.view(np.uint32)) % 2 == 0
    return middle if is_even else float(np.nextafter(middle, -np.inf))


def _compared(table: Array, *, single: bool) -> Array:
    return table.astype(np.float32).astype(np.float64) if single else table


def _fill_intervals(table: Array, asked: list[_Question], steps: Array, *, single: bool) -> None:
    """Row ``i`` is for numbers above ``i`` of the steps; the last one for a gap."""
    for one in asked:
        mask = table.dtype.type(one.mask)
        above = int(np.searchsorted(steps, _step(one.threshold, single=single))) + 1
        table[above : len(steps) + 1, one.tree] &= mask
        if not one.gap_left:
            table[len(steps) + 1, one.tree] &= mask


def _fill_lookup(table: Array, asked: list[_Question], values: Array, at: int) -> None:
    for one in asked:
        answers = values[:, one.feature - at]
        says_no = np.where(np.isnan(answers), not one.gap_left, answers > one.threshold)
        table[says_no, one.tree] &= table.dtype.type(one.mask)
