"""Two versions of a table, and the service that compares them, over stores in memory."""

import io

import pandas as pd

from core.datasets.diff.service import DifferenceService
from core.datasets.service import DatasetService
from core.records.access import LOCAL
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.difference import Difference, DifferenceRequest, RowSelection
from storage.memory import MemoryBlobs, MemoryStore
from tests.builders import FakeClock, project

ALL = RowSelection()


class House:
    def __init__(self, **changes: object) -> None:
        self.store = MemoryStore()
        self.blobs = MemoryBlobs()
        clock = FakeClock()
        self.datasets = DatasetService(self.store, self.blobs, clock)
        self.differences = DifferenceService(self.store, self.blobs, self.datasets, clock)
        with self.store.write() as work:
            work.projects.add(project(**changes))
            work.commit()

    def add(self, content: str | pd.DataFrame) -> DatasetVersion:
        if isinstance(content, str):
            source, name = io.BytesIO(content.encode()), "t.csv"
        else:
            source, name = io.BytesIO(content.to_parquet(index=False)), "t.parquet"
        return self.datasets.add_version(LOCAL, "churn", "t", source, name).version

    def diff(self, before: str | pd.DataFrame, after: str | pd.DataFrame, **options: object) -> Difference:
        refs = [self.add(content).ref for content in (before, after)]
        return self.compare(refs[0], refs[1], **options)

    def compare(self, before: DatasetRef, after: DatasetRef, **options: object) -> Difference:
        request = DifferenceRequest.model_validate({"before": before, "after": after, **options})
        return self.differences.compute(LOCAL, "churn", request)

    def rows(self, found: Difference, **selection: object) -> list[tuple[object, ...]]:
        chosen = RowSelection.model_validate(selection)
        return [
            (row.change.value, row.row_before, row.row_after, row.before, row.after, row.changed)
            for row in self.differences.page(found, chosen)
        ]
