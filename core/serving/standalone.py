"""One model version on its own: loaded from a folder, proved, and answered for; what an export runs.

It needs neither a store nor the rest of Pilothouse: an export carries this module with what it imports.
"""

import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from core.errors import AppError, BundleMismatch, InvalidRequest
from core.records.base import JsonObject
from core.records.model import ModelManifest
from core.records.prediction import Answer
from core.serving import answering, bodies, mlflow_bodies, oip
from core.serving.backends import Backend, Compiled, Fitted
from core.serving.ids import random_id
from core.serving.lanes import Lane
from core.serving.receiving import CSV, JSON, Bodies, media_type
from core.serving.refusals import Refusal
from core.serving.schemas import RequestSchema
from core.training.known_rows import require_parity

FACTS, MANIFEST, MODEL, COMPILED = "version.json", "manifest.json", "model.skops", "compiled.zip"
"""Files of a version's folder: its number and hashes, what a server must know, the pipeline, the compiled form."""

logger = logging.getLogger(__name__)

ROWS, PLACES, SECONDS = 10_000, 64, 10.0
"""Most rows of a request, most requests inside, and how long one may take."""

ONE, MANY, INVOCATIONS, INFER = "predict", "predict/batch", "invocations", "infer"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Standalone:
    """A version that answered its known rows as at training; it does not change any more."""

    def __init__(self, folder: Path) -> None:
        """Load and prove what lies in ``folder``.

        Raises:
            BundleMismatch: bytes are not those that were exported, or there are no known rows.
            UnsafeModel: the file holds more than the types a model needs.
            ParityFailed: the answers differ from those recorded at training.
        """
        facts = orjson.loads((folder / FACTS).read_bytes())
        self.version = int(facts["version"])
        self.manifest = ModelManifest.model_validate_json(_checked(folder / MANIFEST, facts["manifest_sha256"]))
        self.schema = RequestSchema(self.manifest)
        self.backend = _backend(folder, self.manifest)
        subject = f"Version {self.version}"
        if not self.manifest.probe:
            raise BundleMismatch(subject=subject, problem="the bundle has no probe rows")
        require_parity(self.manifest, self.backend.answer([row.features for row in self.manifest.probe]), subject)

    def answer(self, records: Sequence[Any], ids: Sequence[str | None] | None, *, batch: bool) -> list[Answer]:
        """Answer records, all in one call.

        Raises:
            InvalidRequest: a record does not fit the model's input, or has no finite answer.
        """
        checked = self.schema.check(records, batch=batch)
        if not checked:
            return []
        try:
            found = self.backend.answer(checked)
        except (ValueError, OverflowError) as error:
            raise InvalidRequest(problem=f"the model cannot compute an answer ({error})") from error
        return answering.made(self.manifest, self.version, found, ids, batch=batch)


def _backend(folder: Path, manifest: ModelManifest) -> Backend:
    form = manifest.compiled
    if form is not None and form.sha256 is not None:
        from core.training.compiled import engine

        return Compiled(manifest, engine.load(_checked(folder / COMPILED, form.sha256)))
    from core.training import model_file

    return Fitted(manifest, model_file.load(_checked(folder / MODEL, manifest.model_sha256)))


def _checked(path: Path, sha256: str) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BundleMismatch(subject="The exported version", problem=f"its file {path.name} is not what was exported")
    return content


class Server:
    """The small server of one version, as plain ASGI: the addresses of the scoring API that concern one project."""

    def __init__(self, model: Standalone) -> None:
        self._model = model
        self._bodies = Bodies()
        self._lane = Lane("model", PLACES, SECONDS)
        name = re.escape(model.manifest.project)
        one_version = rf"(?:/versions/{model.version})?"
        forms = rf"(?:/projects/{name})?/(predict|predict/batch|invocations)|/v2/models/{name}{one_version}/(infer)"
        self._scoring = re.compile(forms)
        self._about = re.compile(rf"/v2/models/{name}{one_version}")
        self._ready = re.compile(rf"/v2/models/{name}{one_version}/ready")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors have the one shape of Pilothouse."""
        if scope["type"] != "http":
            return
        request_id = random_id(64)
        try:
            body, status, headers = await self._answer(scope, receive), 200, {"content-type": "application/json"}
        except AppError as error:
            body, status, headers = _refused(Refusal.of(error, request_id))
        except _MissingError as missing:
            body, status, headers = _refused(Refusal.of_status(missing.status, request_id, scope["path"]))
        except Exception:
            logger.exception("request %s failed", request_id)
            body, status, headers = _refused(Refusal.unexpected(request_id))
        told = {**headers, "content-length": str(len(body)), "x-request-id": request_id}
        encoded = [(name.encode(), text.encode()) for name, text in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        path = scope["path"]
        asked = self._scoring.fullmatch(path)
        if asked is None:
            if scope["method"] not in ("GET", "HEAD"):
                raise _MissingError(404)
            return orjson.dumps(self._told(path))
        if scope["method"] != "POST":
            raise _MissingError(405)
        headers = dict(scope["headers"])
        kind = asked[1] or asked[2]
        body = await self._bodies.read(headers, receive, (JSON, CSV) if kind == INVOCATIONS else (JSON,))
        return await self._lane.run(lambda: orjson.dumps(self._reply(kind, body, media_type(headers))))

    def _told(self, path: str) -> JsonObject:
        model = self._model
        described = {"/livez", "/readyz", "/ping", "/v2/health/live", "/v2/health/ready"}
        if path in described or self._ready.fullmatch(path):
            return {"status": "ok", "ready": True, "name": model.manifest.project, "version": str(model.version)}
        if path == "/v2":
            return oip.SERVER
        if self._about.fullmatch(path):
            return oip.metadata(model.manifest, model.version)
        if path in ("/health", f"/projects/{model.manifest.project}"):
            return {
                "status": "ok",
                "model_loaded": True,
                "project": model.manifest.project,
                "model_version": model.version,
                "model_sha256": model.manifest.model_sha256,
                "answers_by": model.backend.kind,
                "input_schema": model.schema.json_schema(),
                "example": model.schema.example(),
            }
        raise _MissingError(404)

    def _reply(self, kind: str, body: bytes, media: str) -> JsonObject:
        model, names = self._model, self._model.schema.names
        if kind == ONE:
            record, given = bodies.one(bodies.parse(body), names)
            return answering.document(model.answer([record], [given], batch=False)[0])
        if kind == MANY:
            records, ids = bodies.many(bodies.parse(body), names, ROWS)
            return {"predictions": [answering.document(one) for one in model.answer(records, ids, batch=True)]}
        if kind == INFER:
            asked = bodies.parse(body)
            answers = model.answer(oip.records(asked, ROWS), None, batch=True)
            return oip.reply(model.manifest, model.version, answers, asked.get("id"))
        if media == CSV:
            rows: list[Any] = list(mlflow_bodies.of_csv(body, model.schema.kinds, ROWS))
        else:
            rows = mlflow_bodies.with_gaps(mlflow_bodies.records(bodies.parse(body), names, ROWS))
        return {"predictions": [one.prediction for one in model.answer(rows, None, batch=True)]}


class _MissingError(Exception):
    """Nothing is there, or not for that method."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _refused(refusal: Refusal) -> tuple[bytes, int, dict[str, str]]:
    return refusal.body, refusal.status, refusal.headers
