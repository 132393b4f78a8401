"""Bodies in MLflow's scoring protocol: four forms of JSON and CSV, so that its clients switch by address alone."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import InvalidRequest
from core.records.base import JsonObject
from core.records.dataset import ColumnKind
from core.serving.schemas import refusal
from core.serving_errors import TooManyRows

SPLIT, RECORDS, INSTANCES, INPUTS, PARAMS = "dataframe_split", "dataframe_records", "instances", "inputs", "params"
FORMS = (SPLIT, RECORDS, INSTANCES, INPUTS)
_BOOLEANS = {"true": True, "false": False}


def records(document: Any, names: Sequence[str], limit: int) -> list[Any]:
    """Return the records in a document of one of the four forms; ``params`` beside them are not used.

    Raises:
        InvalidRequest: it has none of the forms, or more than one.
        TooManyRows: there are more than ``limit`` records.
    """
    forms = [key for key in document if key != PARAMS] if isinstance(document, dict) else []
    if len(forms) != 1 or forms[0] not in FORMS:
        raise refusal([("", f"the body must be a JSON object with one of {', '.join(FORMS)}")])
    [form] = forms
    given = document[form]
    rows = _of_split(given) if form == SPLIT else _of_columns(given) if isinstance(given, dict) else given
    if not isinstance(rows, list):
        raise refusal([(form, "must be a list of records")])
    _bound(len(rows), limit)
    if form == RECORDS:
        return rows
    return [_named(row, names, f"{form}[{at}]") if isinstance(row, list) else row for at, row in enumerate(rows)]


def with_gaps(rows: Sequence[Any]) -> list[Any]:
    """Return records with null for NaN, by which MLflow's own client spells a missing number."""
    return [
        {name: None if value != value else value for name, value in row.items()} if isinstance(row, dict) else row
        for row in rows
    ]


def of_csv(body: bytes, kinds: Mapping[str, ColumnKind], limit: int) -> list[JsonObject]:
    """Return the records of a CSV table with a header; each value is read as the kind its column has.

    Raises:
        InvalidRequest: it is no such table.
        TooManyRows: there are more than ``limit`` records.
    """
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidRequest(problem=f"the body is no CSV table in UTF-8 ({error})") from error
    lines = [line for line in lines if line]
    if not lines:
        raise refusal([("", "the body must be a CSV table with a header")])
    header, *rows = lines
    _bound(len(rows), limit)
    named = [_pairs(header, row, f"records[{at}]") for at, row in enumerate(rows)]
    return [{name: _value(text, kinds.get(name)) for name, text in row.items()} for row in named]


def _bound(rows: int, limit: int) -> None:
    if rows > limit:
        raise TooManyRows(rows=rows, limit=limit)


def _of_split(given: Any) -> list[Any]:
    columns, data = (given.get(key) for key in ("columns", "data")) if isinstance(given, dict) else (None, None)
    if not isinstance(columns, list) or not isinstance(data, list) or not all(isinstance(row, list) for row in data):
        raise refusal([(SPLIT, "must be an object with the lists columns and data, a list for each row")])
    return [_pairs(columns, row, f"{SPLIT}.data[{at}]") for at, row in enumerate(data)]


def _of_columns(given: Mapping[str, Any]) -> list[Any]:
    """Turn ``{"a": [1, 2], "b": [3, 4]}`` into records."""
    if not all(isinstance(values, list) for values in given.values()):
        return [dict(given)]
    if len({len(values) for values in given.values()}) > 1:
        raise refusal([(INPUTS, "must hold lists of one length")])
    return [dict(zip(given, row, strict=True)) for row in zip(*given.values(), strict=True)]


def _named(row: list[Any], names: Sequence[str], where: str) -> JsonObject:
    return _pairs(list(names), row, where)


def _pairs(columns: Sequence[Any], row: Sequence[Any], where: str) -> JsonObject:
    if len(columns) != len(row):
        raise refusal([(where, f"must have {len(columns)} values, not {len(row)}")])
    return {str(name): value for name, value in zip(columns, row, strict=True)}


def _value(text: str, kind: ColumnKind | None) -> Any:
    """Read a cell; what cannot be read stays text, which the check of the record then names."""
    if text == "":
        return None
    if kind is ColumnKind.BOOLEAN:
        return _BOOLEANS.get(text.strip().lower(), text)
    if kind is None or not kind.is_numeric:
        return text
    try:
        return int(text) if kind is ColumnKind.INTEGER else float(text)
    except ValueError:
        return text
