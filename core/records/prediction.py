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


class LoggedPrediction(Record):
    """One served answer as the prediction log keeps it."""

    prediction_id: str
    at: Moment
    version: int
    features: JsonObject
    prediction: Scalar
    score: float | None
    latency_ms: float
