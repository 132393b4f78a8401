"""What of a run is looked through and compared, the same in SQL and in memory."""

import math
from collections.abc import Mapping

from core.records.run_index import RunEntry


def numbers_of(params: Mapping[str, str]) -> dict[str, float]:
    """Return the parameters that are numbers."""
    found = {name: _number(text) for name, text in params.items()}
    return {name: number for name, number in found.items() if number is not None}


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def words_of(entry: RunEntry) -> str:
    """Return everything of a run that a search looks through, in small letters."""
    pairs = [f"{name}={text}" for name, text in {**entry.params, **entry.tags}.items()]
    parts = [entry.run_id, entry.name, entry.estimator, entry.dataset, entry.author, entry.note, *pairs]
    return "\n".join(part for part in parts if part).lower()
