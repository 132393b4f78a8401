"""Bursts wait, a standing queue is cut to what fits the target, and what was calm for a while has all places again."""

from core.serving.admission import LEAST, STANDING_S, TARGET_S, Admission

SLOW, QUICK = 4 * TARGET_S, TARGET_S / 2


def slowed(places: int = 64, answered: int = 64) -> Admission:
    admission = Admission(places)
    for now in (-SLOW, 0.0, SLOW, 2 * SLOW, STANDING_S):
        admission.round(SLOW, answered, now)
    return admission


def test_a_burst_is_let_in_whole() -> None:
    admission = Admission(64)
    for now in (0.0, SLOW, 2 * SLOW):
        admission.round(SLOW, 64, now)
    admission.round(QUICK, 10, STANDING_S)
    admission.round(SLOW, 64, STANDING_S + SLOW)
    assert admission.limit == 64


def test_hours_in_which_little_was_done_are_no_long_round() -> None:
    admission = Admission(64)
    for hour in range(3):
        admission.round(SLOW, 1, hour * 3600.0)
    assert admission.limit == 64


def test_a_standing_queue_is_cut_to_what_a_round_of_the_target_answers() -> None:
    assert slowed().limit == 16


def test_while_some_are_refused_the_limit_grows_slowly_and_falls_at_once() -> None:
    admission, now = slowed(), STANDING_S
    for turn in range(8):
        admission.refused(now + turn * 0.01)
        admission.round(QUICK, 16, now + turn * 0.01)
    assert admission.limit == 18
    admission.round(2 * TARGET_S, 18, now + 0.09)
    assert admission.limit == 9


def test_the_limit_never_falls_below_the_least_nor_above_the_places() -> None:
    assert slowed(answered=1).limit == LEAST
    assert slowed(places=2, answered=1).limit == 2


def test_when_nobody_was_refused_for_a_while_all_places_are_back() -> None:
    admission = slowed()
    admission.refused(STANDING_S)
    admission.round(QUICK, 4, STANDING_S * 2.01)
    assert admission.limit == 64
