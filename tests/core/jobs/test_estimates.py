import pytest

from core.jobs.estimates import remaining


@pytest.mark.parametrize(
    ("elapsed", "fraction", "earlier", "expected"),
    [
        (5.0, 0.0, (), None),
        (5.0, 0.05, (), None),
        (5.0, 0.5, (), 5.0),
        (5.0, 0.0, (20.0, 10.0, 30.0), 15.0),
        (10.0, 0.5, (30.0,), 0.5 * 10 + 0.5 * 20),
        (25.0, 0.0, (20.0,), 0.0),
        (40.0, 0.5, (20.0,), 40.0),
        (40.0, 0.0, (20.0,), None),
        (9.0, 1.0, (10.0,), 0.0),
    ],
)
def test_likeness_tells_at_the_beginning_and_progress_the_more_the_further(elapsed, fraction, earlier, expected):
    assert remaining(elapsed, fraction, earlier) == expected
