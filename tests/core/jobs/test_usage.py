from core.jobs.usage import MOST_SAMPLES, UsageCurve
from core.records.job import UsageSample


def test_cores_are_the_seconds_used_between_two_readings():
    curve = UsageCurve()
    curve.add(1.0, 0.5, 100.0)
    curve.add(2.0, 2.5, 300.0)
    curve.add(3.0, 2.5, 200.0)
    usage = curve.now()
    assert usage.samples == (
        UsageSample(at_s=1.0, cpu=0.5, memory_mb=100.0),
        UsageSample(at_s=2.0, cpu=2.0, memory_mb=300.0),
        UsageSample(at_s=3.0, cpu=0.0, memory_mb=200.0),
    )
    assert (usage.cpu_s, usage.peak_mb) == (2.5, 300.0)


def test_a_process_that_ended_takes_nothing_back():
    curve = UsageCurve()
    curve.add(1.0, 5.0, 10.0)
    curve.add(2.0, 1.0, 10.0)
    curve.add(3.0, 2.0, 10.0)
    assert [sample.cpu for sample in curve.now().samples] == [5.0, 0.0, 1.0]
    assert curve.now().cpu_s == 6.0


def test_readings_too_close_are_left_out_but_their_peak_counts():
    curve = UsageCurve()
    curve.add(1.0, 1.0, 10.0)
    curve.add(1.1, 1.0, 999.0)
    usage = curve.now()
    assert len(usage.samples) == 1
    assert usage.peak_mb == 999.0


def test_a_long_run_keeps_a_short_curve_that_covers_all_of_it():
    curve = UsageCurve()
    for step in range(1, 20_001):
        curve.add(step * 0.5, step * 0.5, float(step % 7))
    usage = curve.now()
    assert MOST_SAMPLES / 3 < len(usage.samples) <= MOST_SAMPLES
    assert usage.samples[-1].at_s > 9_000
    assert all(abs(sample.cpu - 1.0) < 0.01 for sample in usage.samples)
    assert usage.peak_mb == 6.0


def test_a_curve_is_told_until_something_new_comes():
    curve = UsageCurve()
    assert curve.is_told
    curve.add(1.0, 1.0, 1.0)
    assert not curve.is_told
    curve.now()
    assert curve.is_told
