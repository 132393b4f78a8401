"""How other servers are asked: where the operator's rules allow it, with secrets looked up at the last moment."""

import json
from collections.abc import Mapping, Sequence
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from core.data_errors import OriginRefused, OriginUnreachable
from core.datasets.origins import addresses, web
from core.datasets.origins.reach import Reach
from core.errors import InvalidRequest
from core.records.base import JsonObject
from core.records.model import ModelManifest, ProbeRow
from core.records.origin import Origin
from core.records.prediction import Scalar
from core.serving import oip
from core.serving.schemas import RequestSchema

ASK_S = 30.0
LARGEST_ANSWER = 8 << 20
Found = list[tuple[Scalar, list[float]]]
"""Answers in the order of what was asked: prediction, and the probability of each class."""


class Remote:
    """Asks servers by address, under the rules for data from outside."""

    def __init__(self, reach: Reach, secrets: Mapping[str, str]) -> None:
        """``secrets`` are what ``${NAME}`` in addresses and keys stands for."""
        self._reach = reach
        self._secrets = secrets

    def check(self, address: str) -> str:
        """Return the address with its secrets, once it may be asked.

        Raises:
            OriginRefused: it cannot be kept, or may not be asked.
            OriginUnreachable: its host has no address.
        """
        addresses.checked(Origin(url=address))
        url = addresses.resolved(address.strip(), self._secrets, plain="/")
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            raise OriginRefused(origin=address, problem="the address begins with http or https and a host")
        self._reach.check_host(parts, address)
        return url

    def headers(self, key: str) -> dict[str, str]:
        """Return the header that carries a key, given as ``${NAME}``; none without one."""
        return {"Authorization": f"Bearer {unquote(addresses.resolved(key, self._secrets))}"} if key else {}

    def send(self, address: str, body: IO[bytes], method: str, headers: Mapping[str, str], wait_s: float) -> JsonObject:
        """Hand a file over; return what was said in JSON, if anything.

        Raises:
            OriginRefused: it was not taken, with the reason where one was given.
            OriginUnreachable: nobody answers.
        """
        return self._opened(address, wait_s, body=body, method=method, headers=headers)

    def ask(self, address: str, headers: Mapping[str, str], document: JsonObject | None = None) -> JsonObject:
        """Return what a server says, to ``document`` where one is given; errors are those of :meth:`send`."""
        if document is None:
            return self._opened(address, ASK_S, headers=headers)
        content = json.dumps(document).encode()
        told = {**headers, "Content-Type": "application/json"}
        return self._opened(address, ASK_S, body=content, headers=told)

    def _opened(self, address: str, wait_s: float, **options: Any) -> JsonObject:
        with web.opened(self.check(address), address, self._reach, wait_s=wait_s, **options) as (answer, _):
            try:
                said = answer.read(LARGEST_ANSWER)
            except OSError as error:
                raise OriginUnreachable(origin=address, problem=str(error)) from error
        try:
            document = json.loads(said)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


def askable(manifest: ModelManifest) -> tuple[ProbeRow, ...]:
    """Return the known rows that a request may hold: not those with a gap where none is taken."""
    schema = RequestSchema(manifest)
    return tuple(row for row in manifest.probe if _is_taken(schema, row))


def _is_taken(schema: RequestSchema, row: ProbeRow) -> bool:
    try:
        schema.check([row.features])
    except InvalidRequest:
        return False
    return True


def known_answers(remote: Remote, address: str, manifest: ModelManifest, probe: Sequence[ProbeRow], key: str) -> Found:
    """Ask a model that serves the Open Inference Protocol the rows of ``probe``.

    Raises:
        OriginRefused, OriginUnreachable: as :meth:`Remote.send`; also when the answer has no predictions.
    """
    rows = RequestSchema(manifest).check([row.features for row in probe])
    asked = oip.request(manifest, rows)
    told = remote.ask(f"{address.rstrip('/')}/infer", remote.headers(key), asked)
    tensors = {one.get("name"): one.get("data") for one in told.get("outputs", ()) if isinstance(one, dict)}
    predictions = tensors.get("prediction")
    if not isinstance(predictions, list):
        raise OriginRefused(origin=address, problem="it does not answer as a model of the Open Inference Protocol.")
    width = len(manifest.classes)
    shares = tensors.get("probabilities") or []
    return [(one, shares[at * width : (at + 1) * width]) for at, one in enumerate(predictions)]
