"""How much each input of one record moved the answer away from that of a usual record.

Shapley values by sampling permutations (Strumbelj and Kononenko, "Explaining prediction models and individual
predictions with feature contributions", Knowledge and Information Systems 41, 2014), each permutation walked forwards
and backwards. They add up exactly to the difference of both answers.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PERMUTATIONS = 12
MOST_ROWS = 6_000

Score = Callable[[Sequence[Mapping[str, Any]]], Sequence[float]]
"""Answers records by the number that is explained."""


@dataclass(frozen=True)
class Contributions:
    """From the answer to the usual record to that of this one: by input, in units of the answer, largest first."""

    usual: float
    answer: float
    by_input: tuple[tuple[str, float], ...]


def explain(record: Mapping[str, Any], usual: Mapping[str, Any], score: Score, seed: int = 0) -> Contributions:
    """Explain the answer to ``record``.

    Args:
        record: what was asked.
        usual: a record with the same inputs to start from.
        score: answers many records at once.
        seed: the same record is explained the same way each time.
    """
    moved = [name for name in record if record[name] != usual[name]]
    if not moved:
        [value] = score([usual])
        return Contributions(value, value, ())
    walks = _walks(moved, seed)
    rows: list[dict[str, Any]] = []
    for walk in walks:
        at = dict(usual)
        rows.append(dict(at))
        for name in walk:
            at[name] = record[name]
            rows.append(dict(at))
    scores, total, length = score(rows), dict.fromkeys(moved, 0.0), len(moved) + 1
    for number, walk in enumerate(walks):
        values = scores[number * length : (number + 1) * length]
        for place, name in enumerate(walk):
            total[name] += values[place + 1] - values[place]
    shares = [(name, value / len(walks)) for name, value in total.items()]
    return Contributions(
        scores[0], scores[length - 1], tuple(sorted(shares, key=lambda pair: abs(pair[1]), reverse=True))
    )


def _walks(names: Sequence[str], seed: int) -> list[list[str]]:
    draw, walks = random.Random(seed), []  # noqa: S311 - a sample, no secret
    for _ in range(max(1, min(PERMUTATIONS, MOST_ROWS // (2 * len(names) + 2)))):
        order = list(names)
        draw.shuffle(order)
        walks += [order, order[::-1]]
    return walks
