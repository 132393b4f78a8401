"""Runs side by side: exact differences, what may not be compared, answers that flip, files that are safe."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from core.datasets.service import DatasetService
from core.errors import InvalidInput, NoSuchRun
from core.records.dataset import Column, ColumnKind
from core.records.model import Alias
from core.records.project import Task
from core.training.comparing import exporting
from core.training.comparing.contents import contents
from core.training.comparing.flips import flips
from core.training.comparing.service import ComparisonService
from core.training.holdout import Holdout, RowSplit, pack_holdout, row_hashes
from core.training.measures import Outcome
from storage.memory import MemoryBlobs, MemoryStore
from tests.builders import START, FakeClock, project, run_entry

S = "5" * 64
RUNS = {
    "a": run_entry(run_id="a", params={"C": "1"}, metrics={"roc_auc": 0.75, "log_loss": 0.5}, split_sha256=S),
    "b": run_entry(run_id="b", params={"C": "2"}, metrics={"roc_auc": 0.875, "log_loss": 0.625}, split_sha256=S),
    "c": run_entry(run_id="c", metrics={"roc_auc": 0.5}, split_sha256="6" * 64),
    "d": run_entry(run_id="d", project="bikes", task=Task.REGRESSION, target="rent", metrics={"roc_auc": 0.5}),
}


@pytest.fixture
def service() -> ComparisonService:
    store = MemoryStore()
    with store.write() as work:
        work.projects.add(project())
        work.projects.add(project(name="bikes"))
        work.run_index.put(list(RUNS.values()))
        work.deployments.open("churn", Alias.CHAMPION, 1, "a", "b" * 64, "ann", "first", START)
        work.commit()
    blobs = MemoryBlobs()
    return ComparisonService(store, blobs, DatasetService(store, blobs, FakeClock()))


def test_the_champion_is_the_baseline_and_joins_those_compared(service: ComparisonService) -> None:
    found = service.compare("churn", ["b", "c"])
    assert ([run.run_id for run in found.runs], found.base) == (["a", "b", "c"], 0)
    auc, loss = found.figures
    assert (auc.name, auc.values, auc.differences, auc.better) == (
        "roc_auc",
        (0.75, 0.875, 0.5),
        (None, 0.125, -0.25),
        (None, True, None),
    )
    assert (loss.differences, loss.better) == ((None, 0.125, None), (None, False, None))
    assert found.same_rows == (True, True, False)
    assert [(row.name, row.values, row.differs) for row in found.params] == [("C", ("1", "2", None), True)]
    (note,) = found.notes
    assert note.startswith("Not judged on the baseline's held-out rows: c. Their differences have no colour")


def test_a_run_can_be_pinned(service: ComparisonService) -> None:
    found = service.compare("churn", ["a", "b"], "b")
    assert found.base == 1
    assert found.figures[0].differences == (-0.125, None)


def test_other_questions_and_deleted_runs_are_named_and_their_figures_stand_alone(service: ComparisonService) -> None:
    with service.store.write() as work:
        work.run_index.gone("churn", ["b"], START)
        work.commit()
    found = service.compare("churn", ["b", "d", "zzzzzzzzzz"])
    assert found.figures[0].differences == (None, 0.125, None)
    assert found.notes[:2] == (
        "Run zzzzzzzz is not there any more: it was deleted.",
        "Run b was deleted; shown is what was known of it.",
    )
    assert found.notes[2].startswith("1 run predicts rent (regression), the baseline churn (binary): their figures")
    with pytest.raises(InvalidInput, match="different questions"):
        service.flips(RUNS["a"], RUNS["d"], ())


def test_too_many_and_unknown_runs_are_refused(service: ComparisonService) -> None:
    with pytest.raises(InvalidInput, match="51 runs are too many"):
        service.compare("churn", [f"r{number}" for number in range(51)])
    with pytest.raises(NoSuchRun):
        service.compare("bikes", ["zz"])


def held_out(rows: list[int], actual: list[int], scores: list[float]) -> Holdout:
    score = np.array(scores)
    answered = (score >= 0.5).astype(int)
    outcome = Outcome(Task.BINARY, np.array(actual), answered, np.column_stack([1 - score, score]), 1)
    return Holdout(np.array(rows, dtype=np.uint64), outcome)


def test_flips_are_counted_in_both_directions_on_shared_rows_only(service: ComparisonService) -> None:
    before = held_out([1, 2, 3, 4, 9], [1, 0, 1, 0, 1], [0.25, 0.75, 0.75, 0.25, 0.5])
    after = held_out([4, 3, 2, 1, 8], [0, 1, 0, 1, 1], [0.625, 0.875, 0.25, 0.75, 0.5])
    found = flips(before, after, ("No", "Yes"))
    assert (found.shared, found.flipped, found.mended, found.broken, found.moved) == (4, 3, 2, 1, 0)
    assert found.directions == (("No", "Yes", 2), ("Yes", "No", 1))
    assert found.examples[0] == (f"{1:016x}", "Yes", "No", "Yes", 0.25, 0.75)
    names = [service.blobs.put_bytes(pack_holdout(side)) for side in (before, after)]
    entries = [RUNS[one].model_copy(update={"holdout_sha256": name}) for one, name in zip("ab", names, strict=True)]
    assert service.flips(*entries, ("No", "Yes")) == found
    assert service.flips(RUNS["a"], entries[1], ("No", "Yes")) is None


def test_numbers_that_moved_are_nearer_or_farther() -> None:
    def numbers(answers: list[float]) -> Holdout:
        actual = np.array([0.0, 10.0, 20.0, 30.0])
        outcome = Outcome(Task.REGRESSION, actual, np.array(answers), np.empty((4, 0)), None)
        return Holdout(np.arange(4, dtype=np.uint64), outcome)

    found = flips(numbers([1, 10, 25, 30]), numbers([0.5, 12, 25.1, 30]))
    assert (found.flipped, found.mended, found.broken, found.moved) == (2, 1, 1, 0)


def test_files_escape_what_spreadsheets_and_browsers_would_run(service: ComparisonService) -> None:
    with service.store.write() as work:
        work.run_index.put([RUNS["b"].model_copy(update={"params": {"C": "=cmd()", "<script>": "<b>"}})])
        work.commit()
    found = service.compare("churn", ["b"])
    rows = list(csv.reader(io.StringIO(exporting.to_csv(found))))
    assert rows[0] == ["kind", "name", "a (baseline)", "b"]
    assert ["parameter", "C", "1", "'=cmd()"] in rows
    assert ["difference", "roc_auc", "", "0.125"] in rows
    page = exporting.to_html(found, "<i>churn</i>")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert '<span class="change good">+0.125</span>' in page
    assert "http" not in page.replace("http-equiv", "")


def test_rows_are_found_by_their_hashes_in_the_data_and_known_by_the_columns_of_the_split() -> None:
    columns = [Column(name="id", kind=ColumnKind.INTEGER, nullable=False),
               Column(name="plan", kind=ColumnKind.TEXT, nullable=True)]  # fmt: skip
    frame = pd.DataFrame({"id": [1, 2, 3], "plan": ["a", None, "c"]})
    hashes = [f"{int(one):016x}" for one in row_hashes(frame, columns[:1])]
    split = RowSplit(("id",), np.array([], dtype=np.uint64), row_hashes(frame, columns[:1]))
    found = contents(frame, columns, split, [hashes[1], hashes[2], "0" * 16])
    assert found.columns == ("id", "plan")
    assert found.rows == {hashes[1]: ("2", None), hashes[2]: ("3", "c")}
    assert contents(frame[["plan"]], columns[1:], split, hashes).rows == {}


def test_where_the_data_is_gone_no_row_has_content(service: ComparisonService) -> None:
    assert service.contents(RUNS["a"], ["0" * 16]) is None
