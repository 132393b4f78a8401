from core.charts.usage import curve
from core.records.job import JobUsage, UsageSample

USAGE = JobUsage(
    samples=(UsageSample(at_s=0.5, cpu=1.0, memory_mb=200.0), UsageSample(at_s=1.0, cpu=2.0, memory_mb=300.0)),
    cpu_s=1.5,
    peak_mb=320.0,
)


def test_cores_and_memory_are_drawn_over_seconds():
    figure = curve(USAGE, 8192, "light")
    cores, memory = figure.data
    assert (list(cores.x), list(cores.y)) == ([0.5, 1.0], [1.0, 2.0])
    assert (list(memory.y), memory.yaxis) == ([200.0, 300.0], "y2")
    assert figure.layout.shapes == ()


def test_a_limit_that_comes_near_is_drawn():
    figure = curve(USAGE, 400, "dark")
    assert figure.layout.shapes[0].y0 == 400
    assert figure.layout.yaxis2.range[1] > 400
