import json
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import InvalidInput
from storage.segments import SegmentLog
from tests.conformance.actors import in_processes
from tests.conformance.test_prediction_log import NOON, answer, ids
from tests.storage.actors import append_answers, append_on_a_full_disk, in_a_process


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "churn" / "2026-03-02.jsonl"


@pytest.fixture
def log(tmp_path: Path) -> SegmentLog:
    return SegmentLog(tmp_path)


def test_a_line_is_one_answer_as_json_with_its_moment_first(log: SegmentLog, file: Path) -> None:
    log.append("churn", [answer()])
    (line,) = file.read_text().splitlines()
    first = ["at", "prediction_id", "version", "prediction", "score", "latency_ms"]
    assert list(json.loads(line)) == [*first, "client", "cohort", "warnings", "features"]
    assert json.loads(line)["at"] == "2026-03-02T12:00:00.000000+00:00"


def test_each_day_has_its_file(log: SegmentLog, tmp_path: Path) -> None:
    log.append("churn", [answer("a"), answer("b", NOON + timedelta(days=1))])
    assert sorted(file.name for file in (tmp_path / "churn").iterdir()) == ["2026-03-02.jsonl", "2026-03-03.jsonl"]


def test_a_line_torn_at_any_byte_is_skipped_and_costs_no_later_answer(log: SegmentLog, file: Path) -> None:
    log.append("churn", [answer("a")])
    whole = file.read_bytes()
    log.append("churn", [answer("b", features={"nested": {"a": {}}, "text": "}}"})])
    both = file.read_bytes()
    for size in range(len(whole), len(both)):
        file.write_bytes(both[:size])
        fresh = SegmentLog(log._root)
        assert (ids(fresh.read("churn")), fresh.count("churn")) == (["a"], 1), both[len(whole) : size]
        fresh.append("churn", [answer("c")])
        assert (ids(fresh.read("churn")), fresh.count("churn")) == (["a", "c"], 2)


def test_a_log_that_another_process_fills_after_a_power_cut_is_read_on(log: SegmentLog, file: Path) -> None:
    log.append("churn", [answer("a"), answer("b")])
    assert log.count("churn") == 2
    file.write_bytes(file.read_bytes()[:-1])
    other = SegmentLog(log._root)
    other.append("churn", [answer("c")])
    assert (ids(log.read("churn")), other.count("churn")) == (["a", "c"], 2)


def test_the_count_notices_a_log_that_was_begun_anew_by_another_process(log: SegmentLog) -> None:
    log.append("churn", [answer("a"), answer("b")])
    assert log.count("churn") == 2
    other = SegmentLog(log._root)
    other.delete("churn")
    other.append("churn", [answer("c")])
    assert log.count("churn") == 1


def test_four_processes_append_without_mixing_their_lines(log: SegmentLog, tmp_path: Path) -> None:
    in_processes(4, append_answers, tmp_path, 50)
    answers = ids(log.read("churn"))
    assert len(answers) == log.count("churn") == 600
    assert set(answers) == {f"{n}-{turn}-{part}" for n in range(4) for turn in range(50) for part in range(3)}


def test_a_full_disk_is_reported_and_what_was_acknowledged_stays(log: SegmentLog, tmp_path: Path) -> None:
    assert in_a_process(append_on_a_full_disk, tmp_path) == 0
    kept = [str(number) for number in range(int((tmp_path / "kept").read_text()))]
    assert ids(log.read("churn")) == kept
    log.append("churn", [answer("later")])
    assert ids(log.read("churn")) == [*kept, "later"]


def test_an_append_with_one_bad_answer_writes_none(log: SegmentLog) -> None:
    with pytest.raises(InvalidInput):
        log.append("churn", [answer("a"), answer("b", NOON + timedelta(days=1), score=float("nan"))])
    assert log.read("churn") == []


@pytest.mark.parametrize("value", [2**70, "half \ud800", "line\nbreak", "\x00", None])
def test_odd_values_of_features_come_back(log: SegmentLog, value: object) -> None:
    log.append("churn", [answer(features={"x": value})])
    assert log.read("churn")[0].features == {"x": value}


def test_a_crash_between_archiving_and_removing_the_lines_counts_no_answer_twice(log: SegmentLog, file: Path) -> None:
    log.append("churn", [answer("a"), answer("b")])
    lines = file.read_bytes()
    next_day = (NOON + timedelta(days=1)).date()
    log.compact("churn", next_day)
    assert not file.exists()
    file.write_bytes(lines)
    again = SegmentLog(file.parents[1])
    assert [one.prediction_id for one in again.read("churn")] == ["a", "b"]
    assert (again.count("churn"), again.frame("churn").num_rows) == (2, 2)
    again.append("churn", [answer("c")])
    assert again.count("churn") == 3
    assert again.compact("churn", next_day) == 1
    assert [one.prediction_id for one in log.read("churn")] == ["a", "b", "c"]
    assert sorted(part.name for part in file.parent.iterdir()) == [f"{file.stem}.parquet"]
