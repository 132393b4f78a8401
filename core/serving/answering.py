"""From what a model computed to answers, and from answers to JSON: the same for every server of a model."""

import math
from collections.abc import Sequence

from core.records.base import JsonObject
from core.records.model import ModelManifest
from core.records.prediction import Answer, Scalar
from core.serving.ids import random_id
from core.serving.schemas import Problem, refusal
from core.training.answers import Answers


def made(
    manifest: ModelManifest,
    version: int,
    found: Answers,
    prediction_ids: Sequence[str | None] | None = None,
    *,
    batch: bool = True,
) -> list[Answer]:
    """Return what was found as answers; ids that are left out are made, ``batch`` has problems name the row.

    Raises:
        InvalidRequest: a record has no finite answer.
    """
    _need_finite(found, batch=batch)
    names = [str(value) for value in manifest.classes]
    rows: Sequence[list[float] | None] = found.shares or [None] * len(found.predictions)
    return [
        Answer.model_construct(  # made of values that were checked
            prediction_id=given or random_id(128),
            prediction=prediction,
            probabilities=None if shares is None else dict(zip(names, shares, strict=True)),
            model_version=version,
            model_sha256=manifest.model_sha256,
        )
        for given, prediction, shares in zip(
            prediction_ids or [None] * len(found.predictions), found.predictions, rows, strict=True
        )
    ]


def document(given: Answer) -> JsonObject:
    """Return one answer as JSON; regression has no probabilities."""
    told: JsonObject = {"prediction_id": given.prediction_id, "prediction": given.prediction}
    if given.probabilities is not None:
        told["probabilities"] = given.probabilities
    told["model_version"] = given.model_version
    told["model_sha256"] = given.model_sha256
    if given.warnings:
        told["warnings"] = list(given.warnings)
    return told


def _need_finite(found: Answers, *, batch: bool) -> None:
    """Refuse answers that JSON cannot carry; they come from inputs too extreme for the model."""
    rows = [row for row, prediction in enumerate(found.predictions) if not _is_finite(prediction)]
    rows += [row for row, shares in enumerate(found.shares or ()) if not math.isfinite(sum(shares))]
    if rows:
        sentence = "has no finite answer: a value is too extreme for the model"
        problems: list[Problem] = [(f"records[{row}]" if batch else "", sentence) for row in dict.fromkeys(rows)]
        raise refusal(problems)


def _is_finite(prediction: Scalar) -> bool:
    return not isinstance(prediction, float) or math.isfinite(prediction)
