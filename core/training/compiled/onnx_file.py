"""Trees as an ONNX model, written as protocol buffers; which leaf each tree ends in is what it answers.

One operator, `TreeEnsemble` of the domain `ai.onnx.ml` (version 5), in double precision. Messages and field numbers are
those of `onnx.proto` (ONNX IR version 10); the few that are needed are written here, since the library `onnx` takes a
value at a time and so fifty times as long.
"""

from collections.abc import Sequence

import numpy as np

from core.training.compiled.form import Array
from core.training.compiled.reading_models import Tree

IR_VERSION, OPERATORS, TREE_OPERATORS = 10, 21, 5
INPUT, OUTPUT, DOMAIN = "rows", "leaves", "ai.onnx.ml"
DOUBLE, UINT8 = 11, 2
"""Numbers of element types."""

GAPS = "nodes_missing_value_tracks_true"
"""The attribute that may be left out where no gap goes left."""

INT_ATTRIBUTE, TENSOR_ATTRIBUTE, INTS_ATTRIBUTE = 2, 4, 7
SUM = 1


def write(trees: Sequence[Tree], width: int) -> bytes:
    """Return a model that takes rows of ``width`` doubles and answers, for each tree, the number of its leaf.

    Leaves are numbered within a tree in the order of its nodes. A row goes left where its number is at most the
    threshold, or is missing and gaps go left.
    """
    parts = [_numbered(tree) for tree in trees]
    asking = np.array([len(part["nodes_featureids"]) for part in parts])
    ending = np.array([len(part["leaf_weights"]) for part in parts])
    roots, leaves = asking.cumsum() - asking, ending.cumsum() - ending
    for part, root, leaf in zip(parts, roots, leaves, strict=True):
        for side in ("true", "false"):
            part[f"nodes_{side}nodeids"] += np.where(part[f"nodes_{side}leafs"] == 1, leaf, root)
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if not whole[GAPS].any():
        del whole[GAPS]
    attributes = [
        _number("n_targets", len(trees)),
        _number("aggregate_function", SUM),
        _number("post_transform", 0),
        _numbers("tree_roots", roots),
        _numbers("leaf_targetids", np.repeat(np.arange(len(trees)), ending)),
        _tensor("leaf_weights", whole.pop("leaf_weights"), DOUBLE),
        _tensor("nodes_splits", whole.pop("nodes_splits"), DOUBLE),
        _tensor("nodes_modes", np.zeros(asking.sum(), dtype=np.uint8), UINT8),
        *(_numbers(name, values) for name, values in whole.items()),
    ]
    return _model(_operator(attributes), width, len(trees))


def _numbered(tree: Tree) -> dict[str, Array]:
    """Return the attributes of one tree, asking nodes and leaves numbered apart from 0."""
    is_leaf = np.asarray(tree.left) < 0
    if is_leaf[0]:
        return _lone()
    asks = np.flatnonzero(~is_leaf)
    number = np.where(is_leaf, is_leaf.cumsum(), (~is_leaf).cumsum()) - 1
    left, right = tree.left[asks], tree.right[asks]
    return {
        "nodes_featureids": tree.feature[asks],
        "nodes_splits": tree.threshold[asks].astype(np.float64),
        GAPS: tree.gap_left[asks].astype(np.int64),
        "nodes_truenodeids": number[left],
        "nodes_trueleafs": is_leaf[left].astype(np.int64),
        "nodes_falsenodeids": number[right],
        "nodes_falseleafs": is_leaf[right].astype(np.int64),
        "leaf_weights": np.arange(is_leaf.sum(), dtype=np.float64),
    }


def _lone() -> dict[str, Array]:
    """Return a tree of one leaf: the operator wants a node, both sides of which end there."""
    zero, one = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    nodes = {"nodes_featureids": zero, "nodes_splits": np.zeros(1), GAPS: zero}
    sides = {"nodes_truenodeids": zero.copy(), "nodes_trueleafs": one, "nodes_falsenodeids": zero.copy()}
    return {**nodes, **sides, "nodes_falseleafs": one, "leaf_weights": np.zeros(1)}


def _model(operator: bytes, width: int, trees: int) -> bytes:
    graph = (
        _field(1, operator) + _field(2, b"trees") + _field(11, _value(INPUT, width)) + _field(12, _value(OUTPUT, trees))
    )
    versions = [("", OPERATORS), (DOMAIN, TREE_OPERATORS)]
    imports = b"".join(_field(8, _field(1, domain.encode()) + _whole(2, version)) for domain, version in versions)
    return _whole(1, IR_VERSION) + _field(7, graph) + imports


def _operator(attributes: Sequence[bytes]) -> bytes:
    named = _field(1, INPUT.encode()) + _field(2, OUTPUT.encode()) + _field(4, b"TreeEnsemble")
    return named + b"".join(_field(5, one) for one in attributes) + _field(7, DOMAIN.encode())


def _value(name: str, columns: int) -> bytes:
    """Return a table of doubles with any number of rows."""
    shape = _field(1, _field(2, b"n")) + _field(1, _whole(1, columns))
    return _field(1, name.encode()) + _field(2, _field(1, _whole(1, DOUBLE) + _field(2, shape)))


def _number(name: str, value: int) -> bytes:
    return _field(1, name.encode()) + _whole(3, value) + _whole(20, INT_ATTRIBUTE)


def _numbers(name: str, values: Array) -> bytes:
    return _field(1, name.encode()) + _field(8, _varints(values)) + _whole(20, INTS_ATTRIBUTE)


def _tensor(name: str, values: Array, kind: int) -> bytes:
    content = (
        _whole(1, len(values)) + _whole(2, kind) + _field(9, values.astype(values.dtype.newbyteorder("<")).tobytes())
    )
    return _field(1, name.encode()) + _field(5, content) + _whole(20, TENSOR_ATTRIBUTE)


def _field(number: int, content: bytes) -> bytes:
    return _varints(np.array([number << 3 | 2])) + _varints(np.array([len(content)])) + content


def _whole(number: int, value: int) -> bytes:
    return _varints(np.array([number << 3])) + _varints(np.array([value]))


def _varints(values: Array) -> bytes:
    """Return whole numbers from 0 in base 128, the lowest digit first, a bit set on all but the last."""
    numbers = np.asarray(values, dtype=np.int64)[:, np.newaxis]
    most = max(1, -(-int(numbers.max(initial=0)).bit_length() // 7))
    rest = numbers >> np.arange(0, 7 * most + 7, 7)
    follows = rest[:, 1:] > 0
    coded = (rest[:, :-1] & 127 | follows << 7).astype(np.uint8)
    is_written = np.concatenate([np.ones((len(numbers), 1), dtype=bool), follows[:, :-1]], axis=1)
    return bytes(coded[is_written].tobytes())
