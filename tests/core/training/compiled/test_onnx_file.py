"""Trees written for ONNX Runtime, which has to find the very leaves scikit-learn finds."""

import numpy as np
import onnxruntime
import pytest
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier
from sklearn.tree import DecisionTreeRegressor

from core.training.compiled import onnx_file
from core.training.compiled.reading_models import Tree, read


def leaves(trees: tuple[Tree, ...], rows: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(onnx_file.write(trees, rows.shape[1]), providers=["CPUExecutionProvider"])
    return session.run(None, {onnx_file.INPUT: rows})[0]


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(7, random_state=0),
        ExtraTreesRegressor(5, random_state=0, max_depth=4),
        DecisionTreeRegressor(),
        RandomForestClassifier(3, random_state=0, max_depth=1),
    ],
)
def test_each_row_ends_in_the_leaf_it_ends_in_for_scikit_learn_gaps_and_thresholds_included(model) -> None:
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(400, 6)).astype(np.float32).astype(np.float64)
    rows[draw.random(rows.shape) < 0.1] = np.nan
    target = np.nan_to_num(rows[:, 0]) + np.isnan(rows[:, 1]) + draw.normal(size=400) / 2
    model.fit(rows, target > 0.3 if hasattr(model, "predict_proba") else target)
    trees = read(model).trees
    asked = trees[0].threshold[trees[0].left >= 0]
    rows[0] = np.resize(asked[np.isfinite(asked)].astype(np.float32), 6)
    wanted = model.apply(rows.astype(np.float32)).reshape(len(rows), -1)
    found = leaves(trees, rows).astype(int)
    for number, tree in enumerate(trees):
        assert np.flatnonzero(tree.left < 0)[found[:, number]].tolist() == wanted[:, number].tolist()


def test_a_tree_of_one_leaf_stands_beside_others() -> None:
    one = np.array([-1])
    lone = Tree(one, one, one, np.zeros(1), np.zeros(1, dtype=bool), np.ones((1, 1)))
    split = Tree(
        np.array([1, -1, -1]), np.array([2, -1, -1]), np.array([0, -2, -2]), np.array([0.5, -2, -2]),
        np.array([True, False, False]), np.zeros((3, 1)),
    )  # fmt: skip
    rows = np.array([[0.5], [np.nextafter(0.5, 1)], [np.nan]])
    assert leaves((split, lone, split), rows).tolist() == [[0, 0, 0], [1, 0, 1], [0, 0, 0]]


def test_whole_numbers_are_written_in_base_128() -> None:
    """300 is AC 02 in the description of protocol buffers."""
    assert onnx_file._varints(np.array([0, 1, 127, 128, 300, 2**35])).hex() == "00017f8001ac02808080808001"
