"""A logged answer as a line of JSON, and back."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson

from core.records.prediction import LoggedPrediction
from storage.prediction_tables import Row

START = b'{"at":"'
ID = b'"prediction_id":"'
MOMENT = slice(len(START), len(START) + len("2026-01-01T00:00:00.000000"))
"""Where a line says when, to the microsecond and without the zone."""


def line_of(answer: LoggedPrediction) -> bytes:
    """Return the moment first and the features last; the rest in the order of the record."""
    fields = {
        "at": answer.at.isoformat(timespec="microseconds"),
        "prediction_id": answer.prediction_id,
        "version": answer.version,
        "prediction": answer.prediction,
        "score": answer.score,
        "latency_ms": answer.latency_ms,
        "client": answer.client,
        "cohort": answer.cohort,
        "warnings": answer.warnings,
        "features": answer.features,
    }
    return _dump(fields) + b"\n"


def _dump(fields: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError:
        return json.dumps(fields, separators=(",", ":")).encode()


def load(line: bytes) -> Any:
    """Return what a line holds."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)


def row_of(line: bytes) -> Row:
    """Return a line as the values of its columns."""
    fields: dict[str, Any] = load(line)
    fields["at"] = datetime.fromisoformat(fields["at"])
    return fields


def answer_of(item: bytes | Row) -> LoggedPrediction:
    """Return a line, or the values of its columns, as the record."""
    return LoggedPrediction.model_validate(load(item) if isinstance(item, bytes) else item)


def is_whole(line: bytes) -> bool:
    """Tell whether a line was written to its end."""
    return line.startswith(START) and line.endswith(b"}\n")


def bound(moment: datetime | None) -> bytes:
    """Return a moment as lines spell it, nothing for None."""
    if moment is None:
        return b""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00").encode()


def id_of(line: bytes) -> bytes:
    """Return the prediction id of a line, without reading the rest of it where that can be avoided."""
    start = line.find(ID) + len(ID)
    found = line[start : line.find(b'"', start)]
    return found if b"\\" not in found else str(load(line)["prediction_id"]).encode("utf-8", "surrogatepass")
