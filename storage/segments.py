"""The prediction log as JSON lines: a folder a project, a file a day, days that are over as Parquet."""

import os
import shutil
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Unavailable
from core.records.prediction import LoggedPrediction
from storage import prediction_tables
from storage.prediction_rules import check_answer, check_project
from storage.segment_days import Day, Ids, undisturbed
from storage.segment_lines import line_of

if TYPE_CHECKING:
    import pyarrow as pa

TORN = b" torn\n"
"""What the next append puts behind a line whose end is missing, so that nobody takes it for a whole one."""


class SegmentLog:
    """A :class:`core.ports.prediction_log.PredictionLog` under ``root/<project>/<day>.jsonl`` and ``.parquet``.

    A line is one answer, its moment first, always in UTC with microseconds, so that lines sort as bytes. Each append
    is one ``write`` to a file opened for appending, which the operating system keeps apart from those of other
    processes. A line counts once its end is there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._counted: dict[Path, tuple[int, int]] = {}
        self._ids: dict[Path, Ids] = {}
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
            lines = b"".join(line_of(answer) for answer in answers)
            try:
                self._append(project, day, lines)
            except OSError as error:
                problem = f"The answers could not be logged: {error.strerror or error}. Free the log's disk and retry."
                raise Unavailable(problem=problem) from error

    def _append(self, project: str, day: date, lines: bytes) -> None:
        """Write to the segment that is open for the project, or open the one of ``day``."""
        with self._lock:
            segment = self._writing.get(project)
            if segment is not None and segment.day == day and segment.append(lines):
                return
            self._close(project)
            segment = self._writing[project] = _Segment(day, _open(self._folder(project) / f"{day}.jsonl"))
            if not segment.append(lines):
                raise OSError("the file went away")

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
        chosen: list[list[LoggedPrediction]] = []
        missing = limit
        for day in reversed(self._days(project, since, until)):
            answers = undisturbed(lambda day=day, missing=missing: day.read(since, until, missing))  # type: ignore[misc]
            if missing is not None:
                missing -= len(answers)
            chosen.append(answers)
            if missing == 0:
                break
        return [answer for answers in reversed(chosen) for answer in answers]

    def frame(self, project: str, since: datetime | None = None, until: datetime | None = None) -> "pa.Table":
        """Return answers with ``since <= at < until`` as columns, oldest first."""
        days = self._days(project, since, until)
        parts = [part for day in days for part in undisturbed(lambda day=day: list(day.tables(since, until)))]  # type: ignore[misc]
        return prediction_tables.frame(parts)

    def count(self, project: str) -> int:
        """Count all answers; what was counted before is not read again."""
        days = self._days(project)
        with self._lock:
            return sum(undisturbed(lambda day=day: day.count(self._counted)) for day in days)  # type: ignore[misc]

    def find(self, project: str, prediction_id: str) -> list[LoggedPrediction]:
        """Return the answers logged under an id, oldest first; lines are searched as bytes."""
        days = self._days(project)
        return [one for day in days for one in undisturbed(lambda day=day: day.find(prediction_id))]  # type: ignore[misc]

    def known(self, project: str, prediction_ids: Collection[str]) -> set[str]:
        """Return those of the ids an answer was logged under; lines seen before are not read again."""
        import numpy as np

        hashes = {hash(given.encode("utf-8", "surrogatepass")): given for given in prediction_ids}
        wanted = np.array(list(hashes), dtype=np.int64)
        is_known = np.zeros(len(wanted), dtype=bool)
        for day in self._days(project):
            for file in (day.archive, day.lines):
                with self._lock:
                    part = self._ids.setdefault(file, Ids(file))
                is_known |= np.isin(wanted, part.all())
        return {hashes[int(found)] for found in wanted[is_known]}

    def compact(self, project: str, before: date) -> int:
        """Turn the lines of days before ``before`` into Parquet, beside what is Parquet already; return how many."""
        written = 0
        for day in self._days(project):
            if day.day < before and day.lines.exists():
                written += day.compact()
        return written

    def expire(self, project: str, before: date) -> int:
        """Remove the answers of days before ``before``; return how many days there were."""
        gone = [day for day in self._days(project) if day.day < before]
        for day in gone:
            for file in (day.archive, day.lines):
                file.unlink(missing_ok=True)
                with self._lock:
                    self._ids.pop(file, None)
                    self._counted.pop(file, None)
        return len(gone)

    def delete(self, project: str) -> None:
        """Remove all answers of a project."""
        folder = self._folder(project)
        with self._lock:
            self._close(project)
            self._ids = {file: ids for file, ids in self._ids.items() if file.parent != folder}
            self._counted = {file: count for file, count in self._counted.items() if file.parent != folder}
        if folder.exists():
            shutil.rmtree(folder)

    def _folder(self, project: str) -> Path:
        check_project(project)
        return self._root / project

    def _days(self, project: str, since: datetime | None = None, until: datetime | None = None) -> list[Day]:
        first = since.astimezone(UTC).date() if since else date.min
        last = until.astimezone(UTC).date() if until else date.max
        folder = self._folder(project)
        stems = {file.stem for file in folder.glob("????-??-??.*") if file.suffix in (".jsonl", ".parquet")}
        days = [Day(folder, date.fromisoformat(stem)) for stem in sorted(stems)]
        return [day for day in days if first <= day.day <= last]


@dataclass(slots=True)
class _Segment:
    """A file that is open for appending, the day it is for, and where it ended after our last write."""

    day: date
    handle: int
    end: int = 0

    def append(self, lines: bytes) -> bool:
        """Write lines, in one go; tell whether the file still has its name, without which nothing was written.

        What we wrote last ends with a line's end, so that only what others wrote behind it is looked at.
        """
        found = os.fstat(self.handle)
        if not found.st_nlink:
            return False
        is_torn = found.st_size not in (0, self.end) and os.pread(self.handle, 1, found.st_size - 1) != b"\n"
        content = TORN + lines if is_torn else lines
        self.end = 0
        if os.write(self.handle, content) != len(content):
            raise OSError("the disk is full")
        self.end = found.st_size + len(content)
        return True


def _open(file: Path) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(file, flags, 0o600)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, flags, 0o600)
