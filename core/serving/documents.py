"""What the scoring API's answers say, and how its OpenAPI page describes them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from core.records.base import JsonObject, Record
from core.records.elsewhere import Arrival
from core.records.prediction import CHAMPION
from core.serving.bodies import PREDICTION_ID
from core.serving.refusals import ErrorAnswer
from core.serving.routing import Candidate
from core.serving.rules import RuleBook
from core.serving.slots import Failure, Slot

DESCRIPTION = (
    "Answers by the champion of each project. What a project takes is at `GET /projects/{project}`: fields are "
    "strict, unknown and missing ones are named. Every answer tells its version and the hash of the model's bytes."
)


def served(slot: Slot) -> JsonObject:
    """Return which version serves a project, and since when."""
    return {
        "project": slot.deployment.project,
        "model_version": slot.deployment.version,
        "model_sha256": slot.predictor.manifest.model_sha256,
        "since": slot.deployment.since.isoformat(),
    }


def traffic(candidate: Candidate | None) -> JsonObject:
    """Return the part of the requests that each cohort is answered by; a shadow answers nobody."""
    if candidate is None or candidate.is_shadow:
        return {CHAMPION: 1.0}
    share = candidate.traffic.share
    return {CHAMPION: 1.0 - share, candidate.arm.cohort: share}


def beside(candidate: Candidate | None) -> JsonObject | None:
    """Return which version takes part beside the champion, and how."""
    if candidate is None:
        return None
    given = candidate.traffic
    return {
        "mode": given.mode.value,
        "model_version": given.version,
        "share": given.share,
        "sticky": given.sticky,
        "since": given.since.isoformat(),
    }


def described(slot: Slot, candidate: Candidate | None = None) -> JsonObject:
    """Return all a client needs to ask a project: version, input schema, an example, the classes, the traffic."""
    manifest = slot.predictor.manifest
    return {
        **served(slot),
        "task": manifest.task.value,
        "target": manifest.target,
        "positive": manifest.positive,
        "classes": list(manifest.classes),
        "estimator": manifest.estimator,
        "dataset": str(manifest.dataset),
        "run_id": manifest.run_id,
        "input_schema": slot.predictor.input_schema(),
        "example": slot.predictor.schema.example(),
        "traffic": traffic(candidate),
        "candidate": beside(candidate),
    }


def loaded(slots: Mapping[str, Slot], failures: Mapping[str, Failure], trouble: str | None) -> JsonObject:
    """Return what is loaded and what could not be."""
    problems = [
        {"project": project, "model_version": failure.deployment.version, "problem": failure.problem}
        for project, failure in failures.items()
    ]
    return {"models": [served(slot) for slot in slots.values()], "problems": problems, "store": trouble or "ok"}


class PredictionAnswer(BaseModel):
    """The answer to one record; regression has no probabilities, and warnings are there when the contract has any."""

    prediction_id: str
    prediction: int | float | str | bool
    probabilities: dict[str, float] = {}
    model_version: int
    model_sha256: str
    warnings: list[str] = []


class BatchAnswer(Record):
    """The answers to a batch, in the order of its records."""

    predictions: list[PredictionAnswer]


class Invoked(BaseModel):
    """The answers alone, in the order of the records, as MLflow gives them."""

    predictions: list[int | float | str | bool]


class Inferred(BaseModel):
    """Answers as tensors."""

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[dict[str, Any]]


class LabelsAnswer(BaseModel):
    """What became of labels: added, correcting another one, known already, and ids no answer was logged under."""

    added: int
    corrected: int
    repeated: int
    unknown: list[str]


class SignalAnswer(BaseModel):
    """Whether a signal was taken in, or had been told before by the same id."""

    accepted: bool
    repeated: bool


class Served(BaseModel):
    """A project and the version that serves it."""

    project: str
    model_version: int
    model_sha256: str
    since: str


class ServedProjects(BaseModel):
    """All projects that are served."""

    projects: list[Served]


class ServedProject(Served):
    """A project, the version that serves it, and what that version takes."""

    task: str
    target: str
    positive: str | None
    classes: list[int | float | str | bool]
    estimator: str
    dataset: str
    run_id: str
    input_schema: dict[str, Any]
    example: dict[str, Any]
    traffic: dict[str, float]
    candidate: dict[str, Any] | None


class Status(BaseModel):
    """A state in one word, with more beside it where there is more to say."""

    status: str


class Taken(BaseModel):
    """A pushed version that was taken: what proves it, and where to ask how it stands."""

    job_id: str
    ask: str


class Ready(BaseModel):
    """Whether requests can be answered."""

    ready: bool


def _route(success: type[BaseModel], *codes: int, body: JsonObject | None = None) -> dict[str, Any]:
    """Return the documentation of a route: its success, its refusals, its request body."""
    route: dict[str, Any] = {
        "response_model": None,
        "responses": {200: {"model": success}, **{code: {"model": ErrorAnswer} for code in codes}},
    }
    if body is not None:
        route["openapi_extra"] = {"requestBody": {"required": True, "content": {"application/json": body}}}
    return route


_RECORD: JsonObject = {
    "type": "object",
    "description": "One value for each input of the live version; `prediction_id` is optional.",
    "properties": {"prediction_id": {"type": "string", "minLength": 1, "maxLength": 200}},
    "additionalProperties": True,
}
_BATCH: JsonObject = {
    "type": "object",
    "properties": {"records": {"type": "array", "items": _RECORD}},
    "required": ["records"],
    "additionalProperties": False,
}
_SCORING = (401, 403, 404, 408, 409, 413, 415, 422, 503)

PREDICT = _route(PredictionAnswer, *_SCORING, body={"schema": _RECORD})
PREDICT_BATCH = _route(BatchAnswer, *_SCORING, body={"schema": _BATCH})
_INVOCATIONS: JsonObject = {
    "type": "object",
    "description": "Exactly one of the four forms; `params` is not used.",
    "properties": {
        "dataframe_split": {
            "type": "object",
            "properties": {"columns": {"type": "array"}, "data": {"type": "array", "items": {"type": "array"}}},
            "required": ["columns", "data"],
        },
        "dataframe_records": {"type": "array", "items": {"type": "object"}},
        "instances": {"type": "array"},
        "inputs": {"type": ["array", "object"]},
        "params": {"type": "object"},
    },
}
_TENSORS: JsonObject = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "inputs": {"type": "array", "items": {"type": "object"}}},
    "required": ["inputs"],
}
INFER = _route(Inferred, *_SCORING, body={"schema": _TENSORS})
INVOCATIONS = _route(Invoked, *_SCORING, body={"schema": _INVOCATIONS})
INVOCATIONS["openapi_extra"]["requestBody"]["content"]["text/csv"] = {"schema": {"type": "string"}}
_LABEL: JsonObject = {
    "type": "object",
    "properties": {
        "prediction_id": {"type": "string", "minLength": 1, "maxLength": 200},
        "label": {"type": ["string", "number", "boolean"], "description": "A class, or a number."},
        "observed_at": {"type": "string", "format": "date-time"},
    },
    "required": ["prediction_id", "label"],
    "additionalProperties": False,
}
_LABELS: JsonObject = {
    "type": "object",
    "properties": {"labels": {"type": "array", "items": _LABEL}},
    "required": ["labels"],
    "additionalProperties": False,
}
_SIGNAL: JsonObject = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "maxLength": 80, "description": "The same id never counts twice."},
        "name": {"type": "string", "maxLength": 80, "description": "A rule may listen for one name alone."},
        "note": {"type": "string", "maxLength": 500, "description": "What people read beside what it led to."},
    },
    "additionalProperties": False,
}
SIGNAL = _route(SignalAnswer, 401, 403, 404, 408, 413, 415, 422, 503, body={"schema": _SIGNAL})
LABELS = _route(LabelsAnswer, 401, 403, 404, 408, 413, 415, 422, 503, body={"schema": _LABELS})
_ARCHIVE: JsonObject = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
PUSH: dict[str, Any] = {
    **_route(Status, 401, 403, 404, 408, 413, 415, 422, 503),
    "openapi_extra": {"requestBody": {"required": True, "content": _ARCHIVE}},
}
PUSH["responses"] = {202: {"model": Taken}, **{code: told for code, told in PUSH["responses"].items() if code != 200}}
PUSHED = _route(Arrival, 401, 403, 404, 422)
PROJECTS = _route(ServedProjects, 401, 403)
PROJECT = _route(ServedProject, 401, 403, 404, 409, 422, 503)
STATUS = _route(Status, 503)
READY: dict[str, Any] = {"response_model": None, "responses": {200: {"model": Ready}, 503: {"model": Ready}}}


def with_projects(document: JsonObject, slots: Mapping[str, Slot], rules: RuleBook) -> JsonObject:
    """Return an OpenAPI document with the scoring routes of each served project beside the general ones.

    Their bodies are described by the input schema of the live version and by what the data's contract asks of
    requests; the examples are answered as they stand.
    """
    paths, schemas = dict(document["paths"]), dict(document.get("components", {}).get("schemas", {}))
    for project, slot in slots.items():
        name = f"{project}_record"
        schemas[name] = _record_of(slot, rules)
        example = slot.predictor.schema.example()
        one: JsonObject = {"schema": {"$ref": f"#/components/schemas/{name}"}, "example": example}
        many: JsonObject = {
            "schema": {
                "type": "object",
                "properties": {"records": {"type": "array", "items": one["schema"]}},
                "required": ["records"],
                "additionalProperties": False,
            },
            "example": {"records": [example, example]},
        }
        for path, body in (("predict", one), ("predict/batch", many)):
            paths[f"/projects/{project}/{path}"] = {"post": _of_project(document, project, path, body)}
    components = {**document.get("components", {}), "schemas": schemas}
    return {**document, "paths": paths, "components": components}


def _record_of(slot: Slot, rules: RuleBook) -> JsonObject:
    schema = slot.predictor.input_schema()
    properties = {**schema["properties"]}
    if PREDICTION_ID not in properties:
        properties[PREDICTION_ID] = _RECORD["properties"][PREDICTION_ID]
    asked = rules.told(slot.deployment.project, slot.predictor.manifest)
    version = f"One record for version {slot.deployment.version} of {slot.deployment.project}."
    return {**schema, "properties": properties, "description": " ".join([version, *asked])}


def _of_project(document: JsonObject, project: str, path: str, body: JsonObject) -> JsonObject:
    general = document["paths"][f"/projects/{{project}}/{path}"]["post"]
    return {
        **{key: value for key, value in general.items() if key != "parameters"},
        "operationId": f"{project}_{path.replace('/', '_')}",
        "tags": [f"project {project}"],
        "requestBody": {"required": True, "content": {"application/json": body}},
    }
