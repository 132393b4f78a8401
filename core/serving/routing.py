"""Who answers a request: the champion, or the candidate that takes part in the traffic."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from core.records.base import JsonObject
from core.records.prediction import CHAMPION
from core.records.traffic import Traffic, TrafficMode
from core.serving.predictor import Predictor
from core.serving.schemas import RequestSchema

_BYTES = 7


@dataclass(frozen=True, eq=False)
class Arm:
    """A loaded version that answers for a project, and the cohort its answers are logged in."""

    project: str
    predictor: Predictor
    cohort: str = CHAMPION

    @property
    def version(self) -> int:
        """Its number."""
        return self.predictor.version


@dataclass(frozen=True, eq=False)
class Candidate:
    """A loaded version that takes part in the traffic of a project."""

    traffic: Traffic
    arm: Arm

    @classmethod
    def of(cls, traffic: Traffic, predictor: Predictor) -> "Candidate":
        """Make a candidate of its loaded version."""
        return cls(traffic, Arm(traffic.project, predictor, traffic.mode.value))

    @property
    def is_shadow(self) -> bool:
        """Whether nobody gets its answers."""
        return self.traffic.mode is TrafficMode.SHADOW

    def takes(self, headers: Mapping[bytes, bytes], prediction_id: str | None) -> bool:
        """Tell whether a request is the candidate's: always the same for the same header or prediction id."""
        traffic = self.traffic
        given = headers.get(traffic.sticky.encode()) if traffic.sticky else None
        key = given if given is not None else _encoded(prediction_id)
        place = random.random() if key is None else position(traffic, key)  # noqa: S311 - a lottery, no secret
        return place < traffic.share


def position(traffic: Traffic, key: bytes) -> float:
    """Return where ``key`` stands between 0 and 1, evenly spread.

    It depends on project and version alone, so that a growing share keeps whom it has, and the next version is tried
    on others.
    """
    salted = f"{traffic.project}/{traffic.version}/".encode() + key
    return int.from_bytes(blake2b(salted, digest_size=_BYTES).digest()) / (1 << 8 * _BYTES)


def _encoded(prediction_id: str | None) -> bytes | None:
    return None if prediction_id is None else prediction_id.encode("utf-8", "surrogatepass")


def taken_by(schema: RequestSchema, other: RequestSchema, records: Sequence[Any]) -> Sequence[Any]:
    """Leave out of records what only the other version of the project takes, since callers may send for both."""
    foreign = other.known - schema.known
    if not foreign:
        return records
    return [_without(foreign, record) if isinstance(record, dict) else record for record in records]


def _without(foreign: frozenset[str], record: JsonObject) -> JsonObject:
    return {name: value for name, value in record.items() if name not in foreign}
