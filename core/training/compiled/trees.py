"""Large trees compiled: ONNX Runtime tells the leaf each tree ends in, exactly, and their values are added up here.

So sums are made in scikit-learn's order, for any number of outputs, in one walk through the trees. The runtime's own
sums are not used: trees of several outputs would be walked once for each.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.errors import ExtraMissing
from core.training.compiled import links
from core.training.compiled.bits import LARGEST_FLOAT32, too_large
from core.training.compiled.form import Array, Form
from core.training.compiled.onnx_file import INPUT, OUTPUT
from core.training.compiled.preparation import Number, Preparation, Records

KIND = "trees"
FEW_ROWS = 5
"""Up to so many rows are prepared faster one by one."""

ROWS_AT_ONCE = 256
"""Rows whose leaves stay in the cache together."""


class Trees:
    """Sums over trees of any size.

    ``values`` has a row for each leaf of each tree, ``starts`` where those of a tree begin. ``base`` starts the sums,
    ``divisor`` ends them.
    """

    few = 2

    def __init__(self, preparation: Preparation, form: Form) -> None:
        model = form.document["model"]
        self._preparation = preparation
        self._link = str(model["link"])
        self._limited = [part for part in preparation.parts if isinstance(part, Number)] if model["single"] else None
        self._base = np.array(model["base"], dtype=np.float64)
        self._divisor = float(model["divisor"])
        self._starts = form.arrays["starts"][np.newaxis]
        self._values = form.arrays["values"]
        self._session = _session(form.arrays["trees"].tobytes(), preparation.width, len(form.arrays["starts"]))

    def one(self, record: Mapping[str, Any]) -> list[float]:
        """Answer one record.

        Raises:
            ValueError: a number is too large for the model.
        """
        row = self._preparation.row(record)
        if self._limited is not None:
            for number in self._limited:
                if not abs(row[0, number.at]) < LARGEST_FLOAT32:
                    raise too_large(number.input)
            row = row.astype(np.float32).astype(np.float64)
        (reached,) = self._session.run([OUTPUT], {INPUT: row})
        values = self._values.take(reached[0].astype(np.int64) + self._starts[0], 0)
        if values.shape[1] < len(self._base):
            values = values.reshape(-1, len(self._base))
        values[0] += self._base
        raw: list[float] = (np.add.reduce(values, axis=0) / self._divisor).tolist()
        return links.one(self._link, raw)

    def many(self, records: Records) -> Array:
        """Answer records in one go; errors are those of :meth:`one`."""
        prepare = self._preparation
        if len(records) <= FEW_ROWS:
            return self._answer(np.concatenate([prepare.row(record) for record in records]))
        return self._answer(prepare.matrix(records))

    def _answer(self, matrix: Array) -> Array:
        if self._limited is not None:
            self._require_single(matrix, self._limited)
            matrix = matrix.astype(np.float32).astype(np.float64)
        parts = [self._sums(matrix[at : at + ROWS_AT_ONCE]) for at in range(0, len(matrix), ROWS_AT_ONCE)]
        return links.many(self._link, parts[0] if len(parts) == 1 else np.concatenate(parts))

    def _sums(self, matrix: Array) -> Array:
        """Add up the leaves that are reached, in the order of the trees, as scikit-learn does."""
        (reached,) = self._session.run([OUTPUT], {INPUT: matrix})
        values = self._values.take((reached.astype(np.int64) + self._starts).T, 0)
        rows, outputs = len(matrix), len(self._base)
        if values.shape[2] < outputs:
            # Each tree adds to one output, in turn.
            values = values.reshape(-1, outputs, rows).transpose(0, 2, 1)
        values[0] += self._base
        return np.asarray(np.add.reduce(values, axis=0) / self._divisor)

    def _require_single(self, matrix: Array, numbers: Sequence[Number]) -> None:
        fits = np.abs(matrix[:, [number.at for number in numbers]]) < LARGEST_FLOAT32
        if not fits.all():
            raise too_large(numbers[int(np.argmin(fits.all(axis=0)))].input)


def _session(content: bytes, width: int, trees: int) -> Any:
    """Return the runtime with the trees in it, on one thread: who answers many requests has threads of its own.

    Raises:
        ExtraMissing: the runtime is not installed.
        ValueError: the runtime does not take the bytes, or they take and answer something else.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ExtraMissing(feature="Answering by compiled trees", command="pip install onnxruntime") from error

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ValueError("the runtime does not take the trees") from error
    told = [(one.name, one.type, one.shape[1:]) for one in (*session.get_inputs(), *session.get_outputs())]
    if told != [(INPUT, "tensor(double)", [width]), (OUTPUT, "tensor(double)", [trees])]:
        raise ValueError("the trees take or answer other rows")
    return session
