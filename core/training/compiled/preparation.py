"""Preparation compiled: from the values of a record to the numbers a model sees, each input on its own.

A number is filled, shifted and scaled in the order and precision of the fitted steps. A text is looked up: its table
has the prepared row of each known category, then that of a category never seen, then that of a missing value.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.records.base import JsonObject
from core.training.compiled.form import Array, Form

Records = Sequence[Mapping[str, Any]]

NUMBER, LOOKUP = "number", "lookup"
SUBTRACT, ADD, DIVIDE, MULTIPLY, CLIP = "subtract", "add", "divide", "multiply", "clip"


@dataclass(frozen=True)
class Number:
    """An input that stays one number, at column ``at`` of the prepared row; ``fill`` None leaves a gap a NaN."""

    input: str
    at: int
    fill: float | None
    steps: tuple[tuple[str, tuple[float, ...]], ...]

    def one(self, value: Any) -> float:
        """Prepare one value."""
        number = math.nan if value is None else float(value)
        if not math.isfinite(number):
            number = math.nan if self.fill is None else self.fill
        for step, numbers in self.steps:
            if step == SUBTRACT:
                number -= numbers[0]
            elif step == DIVIDE:
                number /= numbers[0]
            elif step == MULTIPLY:
                number *= numbers[0]
            elif step == ADD:
                number += numbers[0]
            elif number == number:
                number = min(max(number, numbers[0]), numbers[1])
        return number

    def many(self, records: Records) -> Array:
        """Prepare a column of values."""
        values = np.array([record.get(self.input) for record in records], dtype=np.float64)
        values[~np.isfinite(values)] = math.nan if self.fill is None else self.fill
        for step, numbers in self.steps:
            _STEPS[step](values, *numbers, out=values)
        return values


_STEPS: Mapping[str, Any] = {
    SUBTRACT: np.subtract,
    ADD: np.add,
    DIVIDE: np.divide,
    MULTIPLY: np.multiply,
    CLIP: np.clip,
}


@dataclass(frozen=True)
class Lookup:
    """An input that becomes ``table.shape[1]`` numbers from column ``at`` on, by its category."""

    input: str
    at: int
    rows: Mapping[str, int]
    table: Array

    @property
    def unseen(self) -> int:
        """The row of the table for categories that are not in it."""
        return len(self.rows)

    def one(self, value: Any) -> int:
        """Return the row of the table for one value."""
        return len(self.rows) + 1 if value is None else self.rows.get(value, len(self.rows))

    def many(self, records: Records) -> Array:
        """Return the rows of the table for a column of values."""
        find, name, unseen = self.rows.get, self.input, len(self.rows)
        values = [record.get(name) for record in records]
        return np.array([unseen + 1 if value is None else find(value, unseen) for value in values], dtype=np.int64)


@dataclass(frozen=True)
class Preparation:
    """All parts, in the order of the prepared row, and its width."""

    parts: tuple[Number | Lookup, ...]
    width: int

    def row(self, record: Mapping[str, Any]) -> Array:
        """Return one prepared row as a table of one row."""
        row = [0.0] * self.width
        for part in self.parts:
            if isinstance(part, Number):
                row[part.at] = part.one(record.get(part.input))
            else:
                row[part.at : part.at + part.table.shape[1]] = part.table[part.one(record.get(part.input))].tolist()
        return np.array([row])

    def matrix(self, records: Records) -> Array:
        """Return the prepared rows."""
        matrix = np.empty((len(records), self.width))
        for part in self.parts:
            if isinstance(part, Number):
                matrix[:, part.at] = part.many(records)
            else:
                matrix[:, part.at : part.at + part.table.shape[1]] = part.table[part.many(records)]
        return matrix


def to_form(preparation: Preparation) -> Form:
    """Return the preparation as data."""
    described = [_described(number, part) for number, part in enumerate(preparation.parts)]
    tables = {f"table{n}": part.table for n, part in enumerate(preparation.parts) if isinstance(part, Lookup)}
    return Form({"parts": described, "width": preparation.width}, tables)


def of_form(form: Form) -> Preparation:
    """Return the preparation in ``form``."""
    document = form.document["preparation"]
    return Preparation(tuple(_part(part, form) for part in document["parts"]), document["width"])


def _described(number: int, part: Number | Lookup) -> JsonObject:
    if isinstance(part, Lookup):
        return {
            "kind": LOOKUP,
            "input": part.input,
            "at": part.at,
            "values": list(part.rows),
            "table": f"table{number}",
        }
    steps = [[name, *numbers] for name, numbers in part.steps]
    return {"kind": NUMBER, "input": part.input, "at": part.at, "fill": part.fill, "steps": steps}


def _part(described: JsonObject, form: Form) -> Number | Lookup:
    if described["kind"] == LOOKUP:
        rows = {value: row for row, value in enumerate(described["values"])}
        return Lookup(described["input"], described["at"], rows, form.arrays[described["table"]])
    steps = tuple((name, tuple(numbers)) for name, *numbers in described["steps"])
    return Number(described["input"], described["at"], described["fill"], steps)
