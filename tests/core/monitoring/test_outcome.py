import pytest

from core.records.monitor import MonitorReport, ReportKind
from tests.builders import START


def report(tested: int, drifted: bool) -> MonitorReport:
    return MonitorReport(
        id="r",
        project="churn",
        kind=ReportKind.DRIFT,
        reference="a@1",
        current="a@2",
        rows_reference=100,
        rows_current=100,
        drifted=drifted,
        drifted_columns=int(drifted),
        tested_columns=tested,
        summary="",
        columns=(),
        job_id=None,
        created_at=START,
    )


@pytest.mark.parametrize(
    ("tested", "drifted", "outcome"), [(0, False, "untested"), (3, False, "stable"), (3, True, "drifted")]
)
def test_no_verdict_is_not_called_stable(tested: int, drifted: bool, outcome: str) -> None:
    assert report(tested, drifted).outcome == outcome
