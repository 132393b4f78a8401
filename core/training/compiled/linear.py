"""Linear models compiled: each input adds its own share to the sum, a category its ready-made one."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.training.compiled import links
from core.training.compiled.form import Array, Form
from core.training.compiled.preparation import Lookup, Number, Preparation, Records

KIND = "linear"


class Linear:
    """Weighted sums with a link; ``weights`` has a row for each output and a column for each prepared number."""

    few = 24
    """Up to so many rows are answered one by one."""

    def __init__(self, preparation: Preparation, weights: Array, intercepts: Array, link: str) -> None:
        self._intercepts = intercepts
        self._link = link
        self._numbers = [(part, weights[:, part.at]) for part in preparation.parts if isinstance(part, Number)]
        self._lookups = [
            (part, part.table @ weights[:, part.at : part.at + part.table.shape[1]].T)
            for part in preparation.parts
            if isinstance(part, Lookup)
        ]
        self._single = len(intercepts) == 1
        self._scalars = [(part, float(share[0])) for part, share in self._numbers]
        self._shares = [(part, share[:, 0].tolist()) for part, share in self._lookups]

    @classmethod
    def of_form(cls, form: Form, preparation: Preparation) -> "Linear":
        """Return the model in ``form``."""
        return cls(preparation, form.arrays["weights"], form.arrays["intercepts"], form.document["model"]["link"])

    def one(self, record: Mapping[str, Any]) -> list[float]:
        """Answer one record."""
        if not self._single:
            row: list[float] = self.many([record])[0].tolist()
            return row
        total = float(self._intercepts[0])
        for number, weight in self._scalars:
            total += number.one(record.get(number.input)) * weight
        for lookup, shares in self._shares:
            total += shares[lookup.one(record.get(lookup.input))]
        return links.one(self._link, [total])

    def many(self, records: Records) -> Array:
        """Answer records in one go."""
        raw = np.tile(self._intercepts, (len(records), 1))
        for number, weights in self._numbers:
            raw += np.multiply.outer(number.many(records), weights)
        for lookup, shares in self._lookups:
            raw += shares[lookup.many(records)]
        return links.many(self._link, raw)
