"""A version as one file: the folder of an export as a zip archive, and what is read of one that comes."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from core.records.base import JsonObject
from core.records.evaluation import Evaluation
from core.records.model import ModelManifest
from core.records.reproduction import EnvironmentLock
from core.records.training import TrainingSpec
from core.serving.standalone import FACTS, MANIFEST, MODEL
from core.serving_errors import InvalidArchive

INSIDE = "model/"
EVALUATION, ENVIRONMENT, SPEC = "evaluation.json", "environment.json", "spec.json"
SPLIT, HOLDOUT = "split.bin", "holdout.bin"
UNJUDGED = {"metrics": {}, "train_metrics": {}, "rows_train": 0, "rows_test": 0}
DOCUMENT_BYTES = 64 << 20
PIECE = 1 << 20
MOST_ENTRIES = 1000


def pack(folder: Path, target: Path) -> str:
    """Write the files of an export as an archive, unpacked and without times; return its SHA-256."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            with archive.open(zipfile.ZipInfo(path.relative_to(folder).as_posix()), "w", force_zip64=True) as entry:
                entry.write(path.read_bytes())
    return sha256_of(target)


def hashed(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def dumped(document: JsonObject) -> bytes:
    """Return a document as the bytes of a file."""
    return json.dumps(document, ensure_ascii=False).encode()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Arrived:
    """A version in an archive, whole: all hashes are those its ``version.json`` states."""

    version: int
    manifest: ModelManifest
    manifest_sha256: str
    spec: TrainingSpec | None
    evaluation: Evaluation
    environment: EnvironmentLock | None
    names: tuple[str, ...]
    archive: zipfile.ZipFile

    def content(self, name: str) -> bytes:
        """Return the bytes of one of ``names``."""
        return self.archive.read(INSIDE + name)


def read(file: IO[bytes], size: int) -> Arrived:
    """Read what is in an archive of ``size`` bytes; its code and texts are not looked at.

    Raises:
        InvalidArchive: it is no archive of an export, or something in it was altered.
    """
    try:
        archive = zipfile.ZipFile(file)
        _need_plain(archive.infolist(), size)
        facts = json.loads(archive.read(INSIDE + FACTS))
        names = tuple(facts["files"])
        for name in names:
            _need_hash(archive, name, facts["files"][name])
        return _arrived(archive, facts, names)
    except ValidationError as error:
        raise InvalidArchive(problem=f"{error.error_count()} values in it are not those of a version.") from error
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        NotImplementedError,
        RecursionError,
        EOFError,
    ) as error:
        raise InvalidArchive(problem="it cannot be read as one.") from error


def _need_plain(entries: list[zipfile.ZipInfo], size: int) -> None:
    if len(entries) > MOST_ENTRIES or len({entry.filename for entry in entries}) < len(entries):
        raise InvalidArchive(problem=f"it has more than {MOST_ENTRIES} entries, or two of one name.")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries):
        raise InvalidArchive(problem="its entries are packed; exports are stored unpacked.")
    if sum(entry.file_size for entry in entries) > size:
        raise InvalidArchive(problem="its entries are larger than the file.")


def _need_hash(archive: zipfile.ZipFile, name: str, sha256: str) -> None:
    digest = hashlib.sha256()
    with archive.open(INSIDE + name) as entry:
        for piece in _pieces(entry):
            digest.update(piece)
    if digest.hexdigest() != sha256:
        raise InvalidArchive(problem=f"its {name} was altered.")


def _pieces(entry: IO[bytes]) -> Iterator[bytes]:
    while piece := entry.read(PIECE):
        yield piece


def _arrived(archive: zipfile.ZipFile, facts: JsonObject, names: tuple[str, ...]) -> Arrived:
    manifest = ModelManifest.model_validate(_document(archive, MANIFEST, names))
    if facts["files"].get(MODEL) != manifest.model_sha256:
        raise InvalidArchive(problem=f"its {MODEL} is not that of its manifest.")
    for name, sha256 in ((SPLIT, manifest.split_sha256), (HOLDOUT, manifest.holdout_sha256)):
        if facts["files"].get(name) not in (None, sha256):
            raise InvalidArchive(problem=f"its {name} is not that of its manifest.")
    spec, surroundings = _document(archive, SPEC, names), _document(archive, ENVIRONMENT, names)
    return Arrived(
        version=int(facts["version"]),
        manifest=manifest,
        manifest_sha256=str(facts["manifest_sha256"]),
        spec=None if spec is None else TrainingSpec.model_validate(spec),
        evaluation=Evaluation.model_validate(_document(archive, EVALUATION, names) or UNJUDGED),
        environment=None if surroundings is None else EnvironmentLock.model_validate(surroundings),
        names=names,
        archive=archive,
    )


def _document(archive: zipfile.ZipFile, name: str, names: tuple[str, ...]) -> Any:
    if name not in names:
        return None
    if archive.getinfo(INSIDE + name).file_size > DOCUMENT_BYTES:
        raise InvalidArchive(problem=f"its {name} is larger than {DOCUMENT_BYTES >> 20} MB.")
    return json.loads(archive.read(INSIDE + name))
