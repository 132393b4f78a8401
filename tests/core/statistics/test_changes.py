"""Changes of a mean against streams whose truth is known."""

import numpy as np

from core.statistics.changes import changes, cut


def answers(rng, *parts):
    return np.concatenate([(rng.random(rows) < share) for rows, share in parts]).astype(float)


def test_a_stream_that_never_changes_raises_no_alarm():
    rng = np.random.default_rng(0)
    alarms = sum(bool(changes(answers(rng, (2_000, 0.2)))) for _ in range(200))
    assert alarms <= 10


def test_a_doubled_share_of_errors_is_noticed_and_placed():
    rng = np.random.default_rng(1)
    found = [changes(answers(rng, (1_000, 0.15), (1_000, 0.3))) for _ in range(100)]
    assert [len(one) for one in found] == [1] * 100
    places = np.array([one[0].at for one in found])
    assert abs(np.median(places) - 1_000) < 20
    assert (np.abs(places - 1_000) < 150).mean() > 0.85
    assert all(one[0].at <= one[0].noticed < 2_000 and one[0].before < one[0].after for one in found)


def test_a_change_and_its_end_are_two_changes():
    found = changes(answers(np.random.default_rng(2), (2_000, 0.1), (2_000, 0.3), (2_000, 0.1)))
    assert [round(one.at, -2) for one in found] == [2_000, 4_000]
    assert [one.after > one.before for one in found] == [True, False]


def test_the_cut_is_where_the_means_part():
    assert cut(np.array([0.0] * 7 + [1.0] * 9)) == 7


def test_few_or_equal_values_have_no_change():
    assert changes(np.empty(0)) == changes(np.array([1.0])) == changes(np.full(500, 0.3)) == []
