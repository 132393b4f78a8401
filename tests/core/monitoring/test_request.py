"""What a check's payload means, and which windows are refused."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import NothingToCompare
from core.monitoring import request
from core.monitoring.request import Request
from tests.builders import START


def test_a_request_survives_its_payload():
    asked = Request("customers@1", None, START, START + timedelta(hours=1), min_rows=50, every="1d", slide="12h")
    assert request.from_payload(asked.to_payload(), START) == asked


def test_an_empty_payload_asks_for_everything_logged():
    assert request.from_payload({}, START) == Request()


def test_last_counts_back_from_when_the_job_was_made():
    assert request.from_payload({"last": "7d"}, START).since == START - timedelta(days=7)


def test_a_moment_without_a_zone_is_utc():
    found = request.from_payload({"since": "2026-01-01T00:00"}, START)
    assert found.since == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Request(None, None, START, START), "before it begins"),
        (Request(None, "customers@2", START, None), "leave one of them out"),
        (Request(min_rows=1), "at least 5 values"),
        (Request(every="fortnight"), "'fortnight' is no length of a window: write 12h, 1d"),
        (Request(every="0d"), "is no length of a window"),
        (Request(slide="1d"), "need a length"),
        (Request(every="1d", slide="10rows"), "both lengths of time, or both numbers of rows"),
        (Request(versus="previous"), "no window before this one"),
        (Request(versus="last-year"), "cut the data into windows of time first"),
        (Request(versus="last-year", every="9rows"), "cut the data into windows of time first"),
        (Request(every="1d", last_rows=5), "leave the length out"),
        (Request(last_rows=0), "at least one row"),
        (Request(engine="magic"), "there is no engine 'magic'; choose one of auto, evidently, exact"),
        (Request(kinds=("luck",)), "there is no check 'luck'"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(asked, reason):
    with pytest.raises(NothingToCompare) as caught:
        request.checked(asked)
    assert reason in str(caught.value)
