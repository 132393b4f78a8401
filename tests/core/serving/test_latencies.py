import pytest

from core.records.traffic import LATENCY_S
from core.serving import latencies
from tests.conformance.test_traffic import tally


def buckets(**counts: int) -> list[int]:
    made = [0] * (len(LATENCY_S) + 1)
    for place, count in counts.items():
        made[int(place[1:])] = count
    return made


def test_tallies_add_up_by_class() -> None:
    assert latencies.summed([tally(), tally()]) == buckets(b0=2, b1=4)
    assert latencies.summed([]) == buckets()


@pytest.mark.parametrize(
    ("counts", "share", "seconds"),
    [
        ({"b0": 100}, 0.5, 0.0005),
        ({"b0": 50, "b1": 50}, 0.75, 0.00175),
        ({"b0": 95, "b3": 5}, 0.95, 0.001),
        ({"b13": 1}, 0.5, 10.0),
        ({}, 0.5, None),
    ],
)
def test_a_quantile_lies_within_its_class(counts: dict[str, int], share: float, seconds: float | None) -> None:
    assert latencies.quantile(buckets(**counts), share) == (None if seconds is None else pytest.approx(seconds))


def test_what_is_slower_than_a_bound_is_counted() -> None:
    assert latencies.bound(0.002) == 0.0025
    assert latencies.bound(0.0025) == 0.0025
    assert latencies.bound(99) == 10.0
    assert latencies.slower(buckets(b0=1, b1=2, b2=4, b13=8), 0.0025) == 12
    assert latencies.slower(buckets(b13=8), 10.0) == 8
    assert latencies.slower(buckets(b1=8), None) == 0
