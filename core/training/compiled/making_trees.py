"""Large trees to the two things that answer for them: which leaves are reached, and what those are worth."""

import numpy as np

from core.training.compiled import onnx_file
from core.training.compiled.form import Array, Form
from core.training.compiled.reading_models import Ensemble
from core.training.compiled.trees import KIND


def make(ensemble: Ensemble, width: int) -> Form:
    """Return the compiled form of trees over rows of ``width`` prepared numbers."""
    leaves = [tree.value[np.asarray(tree.left) < 0] for tree in ensemble.trees]
    counts = np.array([len(values) for values in leaves], dtype=np.int64)
    model = {"kind": KIND, "link": ensemble.link, "base": ensemble.base, "divisor": ensemble.divisor}
    arrays: dict[str, Array] = {
        "trees": np.frombuffer(onnx_file.write(ensemble.trees, width), dtype=np.uint8),
        "starts": counts.cumsum() - counts,
        "values": np.concatenate(leaves).astype(np.float64),
    }
    return Form({"model": {**model, "single": ensemble.single}}, arrays)
