"""Large trees compiled: evaluated by treelite's General Tree Inference Library, which is exact in double precision.

Trees come in packs small enough for the processor's cache. A pack holds a power of two of them, so that its average
times its size is its exact sum, and a tie between two classes stays a tie.
"""

from collections.abc import Mapping, Sequence
from ctypes import c_uint64, c_void_p
from typing import Any

import numpy as np

from core.training.compiled import links
from core.training.compiled.bits import LARGEST_FLOAT32, too_large
from core.training.compiled.form import Array, Form
from core.training.compiled.preparation import Number, Preparation, Records

KIND = "trees"


class Trees:
    """The average of all trees of a forest, or one ensemble that treelite adds up itself, with a link."""

    few = 2

    def __init__(self, preparation: Preparation, form: Form) -> None:
        model = form.document["model"]
        self._preparation = preparation
        self._link = str(model["link"])
        self._limited = [part for part in preparation.parts if isinstance(part, Number)] if model["single"] else None
        self._outputs = int(model["outputs"])
        self._sizes = np.array(model["sizes"], dtype=np.float64)[:, np.newaxis, np.newaxis]
        self._divisor = float(sum(model["sizes"]))
        self._packs = [_Pack(form.arrays[f"pack{n}"].tobytes()) for n in range(len(self._sizes))]
        for pack in self._packs:
            pack.require_shape(preparation.width, self._outputs)

    def one(self, record: Mapping[str, Any]) -> list[float]:
        """Answer one record.

        Raises:
            ValueError: a number is too large for the model.
        """
        answers: list[float] = self._answer(self._preparation.row(record))[0].tolist()
        return answers

    def many(self, records: Records) -> Array:
        """Answer records in one go; errors are those of :meth:`one`."""
        return self._answer(self._preparation.matrix(records))

    def _answer(self, matrix: Array) -> Array:
        if self._limited is not None:
            self._require_single(matrix, self._limited)
            matrix = matrix.astype(np.float32).astype(np.float64)
        rows = len(matrix)
        parts = np.empty((len(self._packs), rows, self._outputs))
        source, count = c_void_p(matrix.ctypes.data), c_uint64(rows)
        target, step = parts.ctypes.data, rows * self._outputs * parts.itemsize
        for number, pack in enumerate(self._packs):
            pack.answer(source, count, c_void_p(target + number * step))
        return links.many(self._link, np.add.reduce(parts * self._sizes, axis=0) / self._divisor)

    def _require_single(self, matrix: Array, numbers: Sequence[Number]) -> None:
        fits = np.abs(matrix[:, [number.at for number in numbers]]) < LARGEST_FLOAT32
        if not fits.all():
            raise too_large(numbers[int(np.argmin(fits.all(axis=0)))].input)


class _Pack:
    """One treelite model, asked through its C interface: its Python one takes longer than the trees of one row."""

    def __init__(self, content: bytes) -> None:
        from treelite import Model
        from treelite.core import _LIB
        from treelite.gtil.gtil import GTILConfig

        self._model = Model.deserialize_bytes(content)
        self._config = GTILConfig(nthread=1, predict_type="raw")
        self._predict = _LIB.TreeliteGTILPredict
        self._handles = self._model.handle, self._config.handle

    def require_shape(self, width: int, outputs: int) -> None:
        """Refuse a pack that would read or write beyond the arrays it is given.

        Raises:
            ValueError: it takes rows of another width or kind, or answers another number of values.
        """
        from treelite.gtil import predict

        if self._model.num_feature != width or self._model.input_type != "float64":
            raise ValueError("the trees take other rows")
        answer = predict(self._model, np.zeros((1, width)), nthread=1, pred_margin=True)
        if answer.size != outputs or answer.dtype != np.float64:
            raise ValueError("the trees answer another number of values")

    def answer(self, source: c_void_p, rows: c_uint64, target: c_void_p) -> None:
        """Write the answers to C-ordered float64 rows at the address ``source`` to the address ``target``."""
        model, config = self._handles
        status = self._predict(model, source, b"float64", rows, target, config)
        if status:
            raise ValueError("treelite could not evaluate the trees")
