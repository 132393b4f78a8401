"""From the bytes of a compiled model to something that answers."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from core.errors import UnsafeModel
from core.training.compiled import bits, form, linear, preparation, trees
from core.training.compiled.form import Array, Form
from core.training.compiled.preparation import Preparation, Records


class Model(Protocol):
    """A compiled model: each row becomes the probability of each class, or one number."""

    few: int
    """Up to so many rows are answered faster one by one."""

    def one(self, record: Mapping[str, Any]) -> list[float]:
        """Answer one record."""
        ...

    def many(self, records: Records) -> Array:
        """Answer records in one go."""
        ...


_KINDS: Mapping[str, Callable[[Form, Preparation], Model]] = {
    linear.KIND: linear.Linear.of_form,
    bits.KIND: lambda stored, prepared: bits.Bits(prepared, stored),
    trees.KIND: lambda stored, prepared: trees.Trees(prepared, stored),
}


def load(content: bytes) -> Model:
    """Return the model in ``content``, ready to answer.

    Raises:
        UnsafeModel: the bytes are no compiled model.
    """
    return of_form(form.load(content))


def of_form(stored: Form) -> Model:
    """Return the model in ``stored``, ready to answer.

    Raises:
        UnsafeModel: something is missing in it, or of another shape than the rest.
    """
    try:
        return _KINDS[stored.document["model"]["kind"]](stored, preparation.of_form(stored))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise UnsafeModel(problem=f"its compiled form is not complete ({type(error).__name__}).") from error


def answer(model: Model, records: Records) -> list[list[float]]:
    """Answer records the way that is fastest for so many; NumPy's warnings about extreme values stay silent."""
    if len(records) <= model.few:
        return [model.one(record) for record in records]
    with np.errstate(all="ignore"):
        rows: list[list[float]] = model.many(records).tolist()
    return rows
