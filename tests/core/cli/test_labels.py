"""The label commands, over answers that were logged."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from core.cli.main import main
from core.records.prediction import LoggedPrediction
from core.settings import load
from storage.segments import SegmentLog

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--home", str(home)])


def test_labels_are_added_from_a_file_counted_and_looked_at(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(home, "project", "create", "prices", "--task", "regression", "--target", "price")
    answers = [
        LoggedPrediction(
            prediction_id=given, at=NOON + timedelta(hours=n), version=1, features={}, prediction=1.0, score=None,
            latency_ms=1.0,
        )
        for n, given in enumerate(("0012", "0013", "0014"))
    ]  # fmt: skip
    SegmentLog(load(home).predictions).append("prices", answers)
    table = tmp_path / "truth.csv"
    table.write_text("prediction_id,label,observed_at\n0012,3.5,2026-03-03 10:00:00\n0013,4,\n9999,1,\n")
    added = run(home, "labels", "add", "prices", str(table))
    assert added.stderr == ""
    assert (added.exit_code, added.stdout.strip()) == (
        0,
        "2 labels added, 0 corrected, 0 known already. No answer was logged under 1 ids; they were left out: 9999",
    )
    table.write_text("prediction_id,label\n0012,5\n")
    assert json.loads(run(home, "labels", "add", "prices", str(table), "--json").stdout)["corrected"] == 1
    covered = json.loads(run(home, "labels", "coverage", "prices", "--json").stdout)
    assert covered == {"predictions": 3, "labelled": 2, "share": 2 / 3}
    later = run(home, "labels", "coverage", "prices", "--since", "2026-03-02T13:30")
    assert later.stdout.strip() == "0 of 1 answers have a label (0.0%)."
    history = json.loads(run(home, "labels", "history", "prices", "0012", "--json").stdout)
    assert [one["label"] for one in history] == [3.5, 5.0]
    assert history[0]["observed_at"] == "2026-03-03T10:00:00Z"


def test_a_file_without_usable_labels_is_refused_with_the_rows_at_fault(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(home, "project", "create", "prices", "--task", "regression", "--target", "price")
    table = tmp_path / "truth.csv"
    table.write_text("prediction_id,label\na,text\nb,more\n")
    refused = run(home, "labels", "add", "prices", str(table))
    assert refused.exit_code == 2
    assert "labels[0].label must be a finite number" in refused.stderr
    assert run(home, "labels", "add", "nope", str(table)).exit_code == 2
