"""The answers of one day at rest: lines, Parquet once the day is over, or both for a moment."""

import hashlib
import threading
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.records.prediction import LoggedPrediction
from storage import prediction_tables
from storage.prediction_tables import Row
from storage.segment_lines import MOMENT, answer_of, bound, id_of, is_whole, row_of

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")


def undisturbed(look: Callable[[], T]) -> T:
    """Look again when another process turned the lines of a day into Parquet meanwhile."""
    try:
        return look()
    except FileNotFoundError:
        return look()


@dataclass(frozen=True)
class Day:
    """The answers of one day: lines, Parquet, or both for a moment."""

    folder: Path
    day: date

    @property
    def lines(self) -> Path:
        """Where answers are appended."""
        return self.folder / f"{self.day}.jsonl"

    @property
    def archive(self) -> Path:
        """Where they are kept once the day is over."""
        return self.folder / f"{self.day}.parquet"

    def start(self) -> int:
        """Return where in the lines those begin that are not in the archive."""
        if not self.archive.exists() or not self.lines.exists():
            return 0
        mark, size = prediction_tables.consumed_of(self.archive)
        return size if self._mark() == mark else 0

    def _mark(self) -> str:
        """Tell these lines from others of the day: no two begin with the same answer, while an inode comes again."""
        with self.lines.open("rb") as segment:
            return hashlib.sha256(segment.readline()).hexdigest()

    def whole_lines(self) -> Iterator[bytes]:
        """Yield the lines that are not in the archive."""
        if not self.lines.exists():
            return
        with self.lines.open("rb") as segment:
            segment.seek(self.start())
            yield from filter(is_whole, segment)

    def read(self, since: datetime | None, until: datetime | None, limit: int | None) -> list[LoggedPrediction]:
        """Return the answers of the day in a window, oldest first, the newest ``limit`` of them."""
        found = [(line[MOMENT], line) for line in self._lines_in(since, until)]
        stored = self._archived(since, until)
        rows = prediction_tables.rows_of(_newest(stored, limit)) if stored is not None else ()
        answers = [(bound(row["at"]), row) for row in rows]
        ranked: list[tuple[bytes, Any]] = sorted([*answers, *found], key=lambda item: item[0])
        if limit is not None:
            ranked = ranked[max(0, len(ranked) - limit) :]
        return [answer_of(item) for _, item in ranked]

    def _lines_in(self, since: datetime | None, until: datetime | None) -> Iterator[bytes]:
        low, high = bound(since), bound(until)
        for line in self.whole_lines():
            if low <= line[MOMENT] and (not high or line[MOMENT] < high):
                yield line

    def find(self, prediction_id: str) -> list[LoggedPrediction]:
        """Return the answers of the day under an id, oldest first."""
        import pyarrow.parquet as pq

        found: list[LoggedPrediction] = []
        if self.archive.exists():
            stored = pq.read_table(self.archive, filters=[("prediction_id", "=", prediction_id)])
            found += [answer_of(row) for row in prediction_tables.rows_of(stored)]
        wanted = prediction_id.encode("utf-8", "surrogatepass")
        found += [answer_of(line) for line in self.whole_lines() if id_of(line) == wanted]
        return sorted(found, key=lambda answer: answer.at)

    def tables(self, since: datetime | None, until: datetime | None) -> Iterator["pa.Table"]:
        """Yield the answers of the day in a window as columns."""
        stored = self._archived(since, until)
        if stored is not None:
            yield stored
        rows = [row_of(line) for line in self._lines_in(since, until)]
        if rows:
            yield prediction_tables.batch(rows, prediction_tables.kinds_of(rows))

    def _archived(self, since: datetime | None, until: datetime | None) -> "pa.Table | None":
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        if not self.archive.exists():
            return None
        table = pq.read_table(self.archive)
        if since is not None:
            table = table.filter(pc.greater_equal(table["at"], since))
        return table if until is None else table.filter(pc.less(table["at"], until))

    def count(self, counted: dict[Path, tuple[int, int]]) -> int:
        """Count the answers; ``counted`` remembers how far the lines were counted."""
        total = 0
        if self.archive.exists():
            import pyarrow.parquet as pq

            total = int(pq.read_metadata(self.archive).num_rows)
        return total + (self._count_lines(counted) if self.lines.exists() else 0)

    def _count_lines(self, counted: dict[Path, tuple[int, int]]) -> int:
        start = self.start()
        offset, count = counted.get(self.lines, (start, 0))
        if self.lines.stat().st_size < offset or offset < start:
            offset, count = start, 0
        with self.lines.open("rb") as segment:
            segment.seek(offset)
            for line in segment:
                if line.endswith(b"\n"):
                    offset, count = offset + len(line), count + is_whole(line)
        counted[self.lines] = (offset, count)
        return count

    def compact(self) -> int:
        """Put the lines into the archive, then remove them; return how many they were."""
        size = self.lines.stat().st_size
        fresh = sum(1 for _ in self.whole_lines())

        def rows() -> Iterator[Row]:
            import pyarrow.parquet as pq

            stored = prediction_tables.rows_of(pq.read_table(self.archive)) if self.archive.exists() else ()
            return chain(stored, map(row_of, self.whole_lines()))

        if fresh:
            prediction_tables.write(self.archive, rows, (self._mark(), size))
        self.lines.unlink()
        return fresh


def _newest(table: "pa.Table", limit: int | None) -> "pa.Table":
    if limit is None or table.num_rows <= limit:
        return table
    import pyarrow.compute as pc

    newest = pc.sort_indices(table["at"])[table.num_rows - limit :]
    return table.take(newest)


class Ids:
    """The hashes of the prediction ids of one file, as far as it was read: a tenth of what the ids would take."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._read: tuple[int, int] = (0, 0)
        self._hashes = array("q")

    def all(self) -> "array[int]":
        """Return the hashes, those that came since the last time included; none when the file is gone."""
        with self._lock:
            try:
                standing = self._file.stat()
            except FileNotFoundError:
                self._read, self._hashes = (0, 0), array("q")
                return array("q")
            inode, offset = self._read
            if inode != standing.st_ino or standing.st_size < offset:
                offset, self._hashes = 0, array("q")
            if offset < standing.st_size:
                offset = self._read_on(offset)
            self._read = standing.st_ino, offset
            return array("q", self._hashes)

    def _read_on(self, offset: int) -> int:
        if self._file.suffix == ".parquet":
            import pyarrow.parquet as pq

            ids = pq.read_table(self._file, columns=["prediction_id"])["prediction_id"].to_pylist()
            self._hashes.extend(hash(given.encode("utf-8", "surrogatepass")) for given in ids)
            return self._file.stat().st_size
        with self._file.open("rb") as segment:
            segment.seek(offset)
            for line in segment:
                if not line.endswith(b"\n"):
                    break
                offset += len(line)
                if is_whole(line):
                    self._hashes.append(hash(id_of(line)))
        return offset
