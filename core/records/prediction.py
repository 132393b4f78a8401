"""Served answers."""

from core.records.base import JsonObject, Moment, Record

Scalar = int | float | str | bool


class Answer(Record):
    """What a caller gets for one row; ``probabilities`` maps each class, as text, to its probability."""

    prediction_id: str
    prediction: Scalar
    probabilities: dict[str, float] | None
    model_version: int
    model_sha256: str


CHAMPION = "champion"
"""The cohort of what the champion answered."""


class LoggedPrediction(Record):
    """One served answer as the prediction log keeps it.

    ``client`` is who asked, ``cohort`` which part of the traffic the answer belongs to, and ``warnings`` name the
    inputs that were unlike all seen in training.
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
