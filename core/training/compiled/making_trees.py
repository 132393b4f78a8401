"""Large trees to packs that treelite evaluates."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.training.compiled.form import Form
from core.training.compiled.reading_models import FORESTS, SINGLE_TREES, Ensemble
from core.training.compiled.trees import KIND
from core.training.compiled.unsupported import Unsupported, name_of

PACK_NODES = 30_000
"""Nodes of a pack: few enough to stay in the cache for a batch, enough for one row to need few calls."""


def make(model: Any, ensemble: Ensemble) -> Form:
    """Return the packs of a fitted model of trees.

    Raises:
        Unsupported: treelite does not take it.
    """
    from treelite import TreeliteError
    from treelite.sklearn import import_model

    sizes = _sizes([len(tree.left) for tree in ensemble.trees]) if _is_averaged(model) else [1]
    try:
        packs = [import_model(part) for part in (_parts(model, sizes) if _is_averaged(model) else [model])]
    except (TreeliteError, NotImplementedError) as error:
        raise Unsupported(f"treelite does not take the model ({error})") from error
    outputs = len(ensemble.base)
    document = {"kind": KIND, "sizes": sizes, "link": ensemble.link, "outputs": outputs, "single": ensemble.single}
    stored = {f"pack{n}": np.frombuffer(pack.serialize_bytes(), dtype=np.uint8) for n, pack in enumerate(packs)}
    return Form({"model": document}, stored)


def _is_averaged(model: Any) -> bool:
    return name_of(model) in FORESTS | SINGLE_TREES


def _sizes(nodes: Sequence[int]) -> list[int]:
    """Part trees, in order, into packs of powers of two."""
    sizes: list[int] = []
    at = 0
    while at < len(nodes):
        size = 1
        while at + 2 * size <= len(nodes) and sum(nodes[at : at + 2 * size]) <= PACK_NODES:
            size *= 2
        sizes.append(size)
        at += size
    return sizes


def _parts(model: Any, sizes: Sequence[int]) -> list[Any]:
    trees = model.estimators_ if name_of(model) in FORESTS else [model]
    found, at = [], 0
    for size in sizes:
        part = _shell(model)
        part.estimators_ = trees[at : at + size]
        part.n_estimators = size
        found.append(part)
        at += size
    return found


def _shell(model: Any) -> Any:
    """Return a forest to fill: treelite takes no single tree."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    if name_of(model) in FORESTS:
        return copy.copy(model)
    forest = RandomForestClassifier() if hasattr(model, "classes_") else RandomForestRegressor()
    forest.n_features_in_, forest.n_outputs_ = model.n_features_in_, model.n_outputs_
    if hasattr(model, "classes_"):
        forest.n_classes_, forest.classes_ = model.n_classes_, model.classes_
    return forest
