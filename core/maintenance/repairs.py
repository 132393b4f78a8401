"""What can be made again from what is left: the typed table of an original, the model file that MLflow keeps too."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.datasets.limits import Limits
from core.errors import AppError
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.integrity import BlobUse
from core.records.reading import ReadingChoices

ADVICE = {
    "original": "Add the same file once more (`pilothouse data add`), pull it (`pilothouse data pull`), or restore a "
    "backup.",
    "table": "`pilothouse fsck --repair` makes it again from the original.",
    "model": "`pilothouse fsck --repair` takes it from MLflow again.",
    "difference": "`pilothouse fsck --repair` forgets it; it is computed again when it is opened.",
    "bundle": "Restore a backup, or train the version again.",
    "compiled": "Restore a backup, or train the version again.",
    "rows": "Restore a backup; predictions do not need it.",
    "recipe": "Add the recipe once more, or restore a backup.",
    "unused": "`pilothouse fsck --repair` removes it: nothing needs it.",
}


@dataclass(frozen=True)
class Repairer:
    """Makes blobs again where that is possible; it never keeps bytes of another hash."""

    store: Store
    blobs: BlobStore
    tracking: Tracking
    limits: Limits

    def repair(self, sha256: str, use: BlobUse) -> bool:
        """Make a blob again for one of its uses; tell whether that worked."""
        make = {"table": self._table, "model": self._model, "difference": self._difference}.get(use.kind)
        return make is not None and make(sha256, use)

    def _table(self, sha256: str, use: BlobUse) -> bool:
        from core.datasets.reading import convert

        with self.store.read() as work:
            version = work.datasets.get(str(use.project), DatasetRef.parse(use.subject))
        choices = ReadingChoices.model_validate(version.reading.get("choices", {}))
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            table = Path(folder) / "table.parquet"
            try:
                convert(self.blobs.path(version.sha256), version.source, table, self.limits, choices)
            except AppError:
                return False  # the original is damaged, too: a finding of its own
            return self._keep(sha256, table.read_bytes())

    def _model(self, sha256: str, use: BlobUse) -> bool:
        for run in self.tracking.all_runs(str(use.project)):
            if run.tags.get("pilothouse.model_sha256") == sha256:
                model = self.tracking.model(run.run_id)
                return model is not None and self._keep(sha256, model)
        return False

    def _difference(self, sha256: str, use: BlobUse) -> bool:
        with self.store.write() as work:
            gone = work.differences.forget(str(use.project), use.subject.split()[0])
            for other in gone:
                if other.rows_sha256 != sha256:
                    work.differences.keep(other)
            work.commit()
        self.blobs.delete(sha256)
        return True

    def _keep(self, sha256: str, content: bytes) -> bool:
        if hashlib.sha256(content).hexdigest() != sha256:
            return False
        return self.blobs.put_bytes(content) == sha256


def table_problem(blobs: BlobStore, version: DatasetVersion) -> str | None:
    """Return what is wrong with the typed table of a version whose bytes are right, or None.

    Raises:
        BlobNotFound, BlobCorrupt: its bytes are not there or not right.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = blobs.path(version.parquet_sha256)
    try:
        with pq.ParquetFile(path) as file:
            rows, names = file.metadata.num_rows, file.schema_arrow.names
    except (pa.ArrowException, OSError) as error:
        return f"it cannot be read as Parquet ({error})"
    expected = [column.name for column in version.columns]
    if rows != version.rows or names != expected:
        return f"it has {rows:,} rows and {len(names)} columns, not {version.rows:,} and {len(expected)}"
    return None
