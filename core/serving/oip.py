"""The Open Inference Protocol, version 2 (KServe): each input of a model is a tensor with one value a row."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.records.base import JsonObject
from core.records.dataset import ColumnKind
from core.records.model import ModelManifest
from core.records.prediction import Answer
from core.serving.schemas import refusal
from core.serving_errors import TooManyRows

SERVER: JsonObject = {"name": "pilothouse", "version": "1", "extensions": []}
DATATYPES: Mapping[ColumnKind, str] = {
    ColumnKind.INTEGER: "INT64",
    ColumnKind.NUMBER: "FP64",
    ColumnKind.BOOLEAN: "BOOL",
    ColumnKind.TEXT: "BYTES",
    ColumnKind.DATETIME: "BYTES",
}
KNOWN = frozenset({"id", "parameters", "inputs", "outputs"})


def metadata(manifest: ModelManifest, version: int) -> JsonObject:
    """Return what a model takes and gives; -1 stands for the number of rows."""
    inputs = [
        {"name": feature.column.name, "datatype": DATATYPES[feature.column.kind], "shape": [-1]}
        for feature in manifest.features
    ]
    outputs: list[JsonObject] = [{"name": "prediction", "datatype": _datatype(manifest), "shape": [-1]}]
    if manifest.classes:
        outputs.append({"name": "probabilities", "datatype": "FP64", "shape": [-1, len(manifest.classes)]})
    return {
        "name": manifest.project,
        "versions": [str(version)],
        "platform": "pilothouse",
        "inputs": inputs,
        "outputs": outputs,
    }


def records(document: Any, limit: int) -> list[JsonObject]:
    """Return the records in the tensors of an inference request; nothing else of it is used.

    Raises:
        InvalidRequest: it has another shape, or tensors of different lengths.
        TooManyRows: there are more than ``limit`` records.
    """
    if not isinstance(document, dict) or not isinstance(document.get("inputs"), list) or document.keys() - KNOWN:
        raise refusal([("inputs", "the body must be a JSON object with the list inputs")])
    columns: dict[str, list[Any]] = {}
    for at, tensor in enumerate(document["inputs"]):
        name, values = _tensor(tensor, f"inputs[{at}]")
        if name in columns:
            raise refusal([(f"inputs[{at}].name", "was given before")])
        columns[name] = values
    if len({len(values) for values in columns.values()}) > 1:
        raise refusal([("inputs", "must have one value for each row: their lengths differ")])
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if len(rows) > limit:
        raise TooManyRows(rows=len(rows), limit=limit)
    return rows


def request(manifest: ModelManifest, rows: Sequence[Mapping[str, Any]]) -> JsonObject:
    """Return checked rows as an inference request: what a client sends."""
    return {
        "inputs": [
            {
                "name": feature.column.name,
                "datatype": DATATYPES[feature.column.kind],
                "shape": [len(rows)],
                "data": [row[feature.column.name] for row in rows],
            }
            for feature in manifest.features
        ]
    }


def _tensor(tensor: Any, where: str) -> tuple[str, list[Any]]:
    if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
        raise refusal([(where, "must be a tensor: an object with name, shape, datatype and data")])
    shape, data = tensor.get("shape"), tensor.get("data")
    is_column = isinstance(shape, list) and shape[1:] in ([], [1]) and len(shape) > 0
    if not is_column or not isinstance(data, list):
        raise refusal([(f"{where}.shape", "must be [rows] or [rows, 1], with the list data")])
    values = [value[0] if isinstance(value, list) and len(value) == 1 else value for value in data]
    if [len(values)] != shape[:1]:  # type: ignore[index]  # it is a list, as was just made sure
        raise refusal([(f"{where}.data", f"has {len(values)} values, and the shape says otherwise")])
    return tensor["name"], values


def reply(manifest: ModelManifest, version: int, answers: Sequence[Answer], given: Any) -> JsonObject:
    """Return answers as tensors, with the id of the request where it had one."""
    predictions = [answer.prediction for answer in answers]
    outputs: list[JsonObject] = [
        {"name": "prediction", "datatype": _datatype(manifest), "shape": [len(answers)], "data": predictions}
    ]
    if manifest.classes:
        shares = [share for answer in answers for share in (answer.probabilities or {}).values()]
        shape = [len(answers), len(manifest.classes)]
        outputs.append({"name": "probabilities", "datatype": "FP64", "shape": shape, "data": shares})
    told = {"model_name": manifest.project, "model_version": str(version), "outputs": outputs}
    return {**told, "id": given} if isinstance(given, str) else told


def _datatype(manifest: ModelManifest) -> str:
    kinds = {type(value) for value in manifest.classes}
    if not kinds:
        return "FP64"
    return {bool: "BOOL", int: "INT64", float: "FP64"}.get(kinds.pop(), "BYTES") if len(kinds) == 1 else "BYTES"
