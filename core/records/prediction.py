"""Served answers."""

from core.records.base import JsonObject, Moment, Record

Scalar = int | float | str | bool


class Answer(Record):
    """What a caller gets for one row; ``probabilities`` maps each class, as text, to its probability.

    ``warnings`` say which checks of the data's contract the row breaks, where the contract wants that said.
    """

    prediction_id: str
    prediction: Scalar
    probabilities: dict[str, float] | None
    model_version: int
    model_sha256: str
    warnings: tuple[str, ...] = ()


CHAMPION = "champion"
"""The cohort of what the champion answered."""


class LoggedPrediction(Record):
    """One served answer as the prediction log keeps it.

    ``client`` is who asked, ``cohort`` which part of the traffic the answer belongs to, and ``warnings`` name the
    inputs that were unlike all seen in training, and say which checks of the data's contract the row breaks.
    """

    prediction_id: str
    at: Moment
    version: int
    features: JsonObject
    prediction: Scalar
    score: float | None
    latency_ms: float
    client: str = ""
    cohort: str = CHAMPION
    warnings: tuple[str, ...] = ()
