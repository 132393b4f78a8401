"""Request bodies: from bytes to records, without ever trusting them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from core.errors import InvalidRequest
from core.serving.schemas import Problem, refusal
from core.serving_errors import TooManyRows

PREDICTION_ID = "prediction_id"
LONGEST_ID = 200


def parse(body: bytes) -> Any:
    """Read JSON as the standard has it: no NaN, no Infinity, nothing after the document, bounded depth.

    Raises:
        InvalidRequest: the bytes are not such JSON; the message says where.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"NaN" in body or b"Infinity" in body:
            return _parse_leniently(body)
        raise _not_json(str(error)) from error
    if body.count(b":") > _keys(document):
        _need_single_keys(body)
    return document


def _keys(document: Any) -> int:
    """Count the keys of all objects; a body has at least as many colons, and more where one was given twice."""
    if isinstance(document, dict):
        nested = [value for value in document.values() if isinstance(value, dict | list)]
        return len(document) + sum(map(_keys, nested))
    if isinstance(document, list):
        return sum(_keys(value) for value in document if isinstance(value, dict | list))
    return 0


def _need_single_keys(body: bytes) -> None:
    """Refuse an object that gives a key twice: which of both was meant, nobody knows.

    Raises:
        InvalidRequest: naming the key.
    """

    def checked(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise refusal([(key[:LONGEST_ID], "is given twice")])
            seen.add(key)

    json.loads(body, object_pairs_hook=checked)


def _parse_leniently(body: bytes) -> Any:
    """Let NaN and Infinity through, so that the check of the fields can name the one that holds them."""
    try:
        document = json.loads(body)
        _need_single_keys(body)
        json.dumps(document, ensure_ascii=False).encode()  # refuses half a surrogate pair, which no answer could carry
    except (ValueError, RecursionError) as error:
        raise _not_json(str(error)) from error
    return document


def _not_json(problem: str) -> InvalidRequest:
    return InvalidRequest(problem=f"the body is not valid JSON ({problem})", details=(("", problem),))


def one(document: Any, inputs: Sequence[str]) -> tuple[Mapping[str, Any], str | None]:
    """Split a flat record into the model's inputs and the optional prediction id.

    A model that has an input called ``prediction_id`` gets it as an input.

    Raises:
        InvalidRequest: it is no object, or the id is not usable.
    """
    if not isinstance(document, dict):
        raise refusal([("", "the body must be a JSON object with one value for each input")])
    record, given, problem = _split(document, inputs)
    if problem:
        raise refusal([(PREDICTION_ID, problem)])
    return record, given


def many(document: Any, inputs: Sequence[str], limit: int) -> tuple[list[Any], list[str | None]]:
    """Split ``{"records": [...]}`` into records and their optional prediction ids.

    Raises:
        InvalidRequest: it has another shape, or an id is not usable or given twice.
        TooManyRows: there are more than ``limit`` records.
    """
    if not isinstance(document, dict) or not isinstance(document.get("records"), list):
        raise refusal([("records", 'is missing: the body must be {"records": [...]}, a list of JSON objects')])
    unknown = [(str(key)[:LONGEST_ID], "is not known here; only records is") for key in document if key != "records"]
    if unknown:
        raise refusal(unknown)
    rows: list[Any] = document["records"]
    if len(rows) > limit:
        raise TooManyRows(rows=len(rows), limit=limit)
    return _split_all(rows, inputs)


def labels(document: Any) -> list[Any]:
    """Return the labels in ``{"labels": [...]}``.

    Raises:
        InvalidRequest: it has another shape.
    """
    if not isinstance(document, dict) or document.keys() != {"labels"} or not isinstance(document["labels"], list):
        raise refusal([("labels", 'the body must be {"labels": [...]}, a list of JSON objects, and nothing else')])
    rows: list[Any] = document["labels"]
    return rows


def _split_all(rows: list[Any], inputs: Sequence[str]) -> tuple[list[Any], list[str | None]]:
    records: list[Any] = []
    ids: list[str | None] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for at, row in enumerate(rows):
        record, given, problem = _split(row, inputs) if isinstance(row, dict) else (row, None, "")
        if given is not None and given in seen:
            problem = "was given to another record of this batch"
        if problem:
            problems.append((f"records[{at}].{PREDICTION_ID}", problem))
        records.append(record)
        ids.append(given)
        seen.add(given or "")
    if problems:
        raise refusal(problems)
    return records, ids


def _split(row: dict[str, Any], inputs: Sequence[str]) -> tuple[dict[str, Any], str | None, str]:
    """Return the inputs, the id, and what is wrong with the id, if anything."""
    if PREDICTION_ID in inputs or row.get(PREDICTION_ID) is None:
        return {key: row[key] for key in row if key != PREDICTION_ID or key in inputs}, None, ""
    given = row[PREDICTION_ID]
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_ID or not given.isprintable():
        return row, None, f"must be text of 1 to {LONGEST_ID} printable characters"
    return {key: row[key] for key in row if key != PREDICTION_ID}, given, ""
