"""The prediction log of a million answers: read as a frame, counted, and asked which ids it knows."""

import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.report import Figure, write
from core.records.prediction import LoggedPrediction
from storage.segments import SegmentLog

DAYS, A_DAY = 10, 100_000
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fill(log: SegmentLog) -> None:
    """Log a million answers with twelve inputs each, over ten days."""
    for day in range(DAYS):
        for start in range(0, A_DAY, 1000):
            log.append("churn", [_answer(day, number) for number in range(start, start + 1000)])


def _answer(day: int, number: int) -> LoggedPrediction:
    features = {f"n{column}": number % (column + 7) + 0.5 for column in range(6)}
    texts = {f"t{column}": f"category {number % (column + 3)}" for column in range(6)}
    return LoggedPrediction.model_construct(
        prediction_id=f"{day:02}-{number:08}",
        at=NOON + timedelta(days=day, milliseconds=number),
        version=1,
        features={**features, **texts},
        prediction="Yes" if number % 3 else "No",
        score=number % 100 / 100,
        latency_ms=0.3,
        client="key:app",
        cohort="champion",
        warnings=(),
    )


def main() -> int:
    """Measure on a log of its own."""
    with tempfile.TemporaryDirectory() as folder:
        log = SegmentLog(Path(folder))
        fill(log)
        lines = sum(file.stat().st_size for file in Path(folder).rglob("*.jsonl"))
        begun = time.perf_counter()
        log.compact("churn", date.max)
        archived = time.perf_counter() - begun
        kept = sum(file.stat().st_size for file in Path(folder).rglob("*.parquet"))
        begun = time.perf_counter()
        frame = log.frame("churn").to_pandas()
        read = time.perf_counter() - begun
        assert len(frame) == DAYS * A_DAY
        begun = time.perf_counter()
        known = SegmentLog(Path(folder)).known("churn", ["03-00000007", "nobody"])
        asked = time.perf_counter() - begun
        assert known == {"03-00000007"}
    figures = [
        Figure("a million logged answers as a pandas frame", "<= 2 s", f"{read:.2f} s", read <= 2.0),
        Figure("the first question which ids are known", "<= 3 s", f"{asked:.2f} s", asked <= 3.0),
        Figure(
            "archiving them", "smaller", f"{archived:.0f} s, {lines / 1e6:.0f} MB to {kept / 1e6:.0f} MB", kept < lines
        ),
    ]
    return 0 if write("Prediction log", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
