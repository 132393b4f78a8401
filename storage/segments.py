"""The prediction log as JSON lines: a folder a project, a file a day."""

import json
import os
import shutil
import threading
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from core.errors import Unavailable
from core.records.prediction import LoggedPrediction
from storage.prediction_rules import check_answer, check_project

START = b'{"at":"'
ID = b'"prediction_id":"'
TORN = b" torn\n"
"""What the next append puts behind a line whose end is missing, so that nobody takes it for a whole one."""

MOMENT = slice(len(START), len(START) + len("2026-01-01T00:00:00.000000"))
"""Where a line says when, to the microsecond and without the zone."""


class SegmentLog:
    """A :class:`core.ports.prediction_log.PredictionLog` under ``root/<project>/<day>.jsonl``.

    A line is one answer, its moment first, always in UTC with microseconds, so that lines sort as bytes. Each append
    is one ``write`` to a file opened for appending, which the operating system keeps apart from those of other
    processes. A line counts once its end is there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._counted: dict[Path, tuple[int, int]] = {}
        self._ids: dict[Path, _Ids] = {}
        self._writing: dict[str, _Segment] = {}

    def append(self, project: str, predictions: Sequence[LoggedPrediction]) -> None:
        """Add answers, in one write (one a day, when they are of several).

        Raises:
            InvalidInput: an answer holds a number that is not finite.
            Unavailable: the disk did not take them all.
        """
        check_project(project)
        for prediction in predictions:
            check_answer(prediction)
        for day, answers in groupby(predictions, key=lambda answer: answer.at.date()):
            lines = b"".join(_line(answer) for answer in answers)
            try:
                self._append(project, day, lines)
            except OSError as error:
                problem = f"The answers could not be logged: {error.strerror or error}. Free the log's disk and retry."
                raise Unavailable(problem=problem) from error

    def _append(self, project: str, day: date, lines: bytes) -> None:
        """Write to the segment that is open for the project, or open the one of ``day``."""
        with self._lock:
            segment = self._writing.get(project)
            if segment is None or segment.day != day or not segment.is_there:
                self._close(project)
                segment = _Segment(day, _open(self._folder(project) / f"{day}.jsonl"))
                self._writing[project] = segment
            segment.append(lines)

    def _close(self, project: str) -> None:
        segment = self._writing.pop(project, None)
        if segment is not None:
            os.close(segment.handle)

    def read(
        self,
        project: str,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[LoggedPrediction]:
        """Return answers with ``since <= at < until``, oldest first; with ``limit`` only the newest so many."""
        low, high = _bound(since), _bound(until)
        chosen: list[list[bytes]] = []
        missing = limit
        for file in reversed(self._days(project, since, until)):
            lines = [line for line in _whole_lines(file) if low <= line[MOMENT] and (not high or line[MOMENT] < high)]
            lines.sort(key=lambda line: line[MOMENT])
            if missing is not None:
                lines = lines[max(0, len(lines) - missing) :]
                missing -= len(lines)
            chosen.append(lines)
            if missing == 0:
                break
        return [_answer(line) for lines in reversed(chosen) for line in lines]

    def count(self, project: str) -> int:
        """Count all answers; what was counted before is not read again."""
        files = self._days(project)
        with self._lock:
            return sum(self._count(file) for file in files)

    def known(self, project: str, prediction_ids: Collection[str]) -> set[str]:
        """Return those of the ids an answer was logged under; lines seen before are not read again."""
        import numpy as np

        hashes = {hash(given.encode("utf-8", "surrogatepass")): given for given in prediction_ids}
        wanted = np.array(list(hashes), dtype=np.int64)
        is_known = np.zeros(len(wanted), dtype=bool)
        for file in self._days(project):
            with self._lock:
                part = self._ids.setdefault(file, _Ids(file))
            is_known |= np.isin(wanted, part.all())
        return {hashes[int(found)] for found in wanted[is_known]}

    def delete(self, project: str) -> None:
        """Remove all answers of a project."""
        folder = self._folder(project)
        with self._lock:
            self._close(project)
            for known in (self._ids, self._counted):
                for file in [file for file in known if file.parent == folder]:
                    del known[file]
        if folder.exists():
            shutil.rmtree(folder)

    def _folder(self, project: str) -> Path:
        check_project(project)
        return self._root / project

    def _days(self, project: str, since: datetime | None = None, until: datetime | None = None) -> list[Path]:
        first = since.astimezone(UTC).date() if since else date.min
        last = until.astimezone(UTC).date() if until else date.max
        files = sorted(self._folder(project).glob("????-??-??.jsonl"))
        return [file for file in files if first <= date.fromisoformat(file.stem) <= last]

    def _count(self, file: Path) -> int:
        size = file.stat().st_size
        offset, count = self._counted.get(file, (0, 0))
        if size < offset:
            offset, count = 0, 0
        with file.open("rb") as segment:
            segment.seek(offset)
            for line in segment:
                if line.endswith(b"\n"):
                    offset, count = offset + len(line), count + _is_whole(line)
        self._counted[file] = (offset, count)
        return count


class _Ids:
    """The hashes of the prediction ids of one file, as far as it was read: a tenth of what the ids would take."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._offset = 0
        self._hashes = array("q")

    def all(self) -> "array[int]":
        """Return the hashes, those of lines that came since the last time included."""
        with self._lock, self._file.open("rb") as segment:
            if segment.seek(0, os.SEEK_END) < self._offset:
                self._offset, self._hashes = 0, array("q")
            segment.seek(self._offset)
            for line in segment:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                if _is_whole(line):
                    self._hashes.append(hash(_id_of(line)))
            return array("q", self._hashes)


def _id_of(line: bytes) -> bytes:
    """Return the prediction id of a line, without reading the rest of it where that can be avoided."""
    start = line.find(ID) + len(ID)
    found = line[start : line.find(b'"', start)]
    return found if b"\\" not in found else str(_load(line)["prediction_id"]).encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class _Segment:
    """A file that is open for appending, and the day it is for."""

    day: date
    handle: int

    @property
    def is_there(self) -> bool:
        """Whether the file still has its name: another process may have deleted the project."""
        return os.fstat(self.handle).st_nlink > 0

    def append(self, lines: bytes) -> None:
        end = os.fstat(self.handle).st_size
        torn = end > 0 and os.pread(self.handle, 1, end - 1) != b"\n"
        content = TORN + lines if torn else lines
        if os.write(self.handle, content) != len(content):
            raise OSError("the disk is full")


def _open(file: Path) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(file, flags, 0o600)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, flags, 0o600)


def _line(answer: LoggedPrediction) -> bytes:
    """Return the moment first and the features last; the rest in the order of the record."""
    fields = {
        "at": answer.at.isoformat(timespec="microseconds"),
        "prediction_id": answer.prediction_id,
        "version": answer.version,
        "prediction": answer.prediction,
        "score": answer.score,
        "latency_ms": answer.latency_ms,
        "features": answer.features,
    }
    return _dump(fields) + b"\n"


def _dump(fields: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError:
        return json.dumps(fields, separators=(",", ":")).encode()


def _load(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)


def _answer(line: bytes) -> LoggedPrediction:
    return LoggedPrediction.model_validate(_load(line))


def _whole_lines(file: Path) -> Iterator[bytes]:
    return filter(_is_whole, file.read_bytes().splitlines(keepends=True))


def _is_whole(line: bytes) -> bool:
    return line.startswith(START) and line.endswith(b"}\n")


def _bound(moment: datetime | None) -> bytes:
    if moment is None:
        return b""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00").encode()
