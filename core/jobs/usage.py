"""What a running job uses, kept as a short curve however long it runs."""

from core.records.job import JobUsage, UsageSample

MOST_SAMPLES = 120
FIRST_EVERY_S = 0.4


class UsageCurve:
    """Samples of one attempt; when there are too many, neighbours merge and later ones come half as often."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._samples: list[UsageSample] = []
        self._every = FIRST_EVERY_S
        self._cpu_s = 0.0
        self._peak = 0.0
        self._last: tuple[float, float] | None = None
        self.is_told = True

    def add(self, at_s: float, cpu_s: float, memory_mb: float) -> None:
        """Take a reading: seconds since the start, CPU seconds used by then, and memory held now.

        CPU seconds may fall when a process of the group ended; that counts as none used.
        """
        self._peak = max(self._peak, memory_mb)
        if self._last is None:
            self._last = (0.0, 0.0)
        before_s, before_cpu = self._last
        if at_s - before_s < self._every:
            return
        used = max(cpu_s - before_cpu, 0.0)
        self._cpu_s += used
        self._last = (at_s, cpu_s)
        self._samples.append(
            UsageSample(at_s=round(at_s, 2), cpu=round(used / (at_s - before_s), 3), memory_mb=round(memory_mb, 1))
        )
        self.is_told = False
        if len(self._samples) > MOST_SAMPLES:
            self._thin()

    def now(self) -> JobUsage:
        """Return the curve so far, which then counts as told."""
        self.is_told = True
        return JobUsage(samples=tuple(self._samples), cpu_s=round(self._cpu_s, 2), peak_mb=round(self._peak, 1))

    def _thin(self) -> None:
        pairs = zip(self._samples[::2], self._samples[1::2], strict=False)
        odd = self._samples[-1:] if len(self._samples) % 2 else []
        self._samples = [_merged(one, two) for one, two in pairs] + odd
        self._every *= 2


def _merged(one: UsageSample, two: UsageSample) -> UsageSample:
    return UsageSample(
        at_s=two.at_s, cpu=round((one.cpu + two.cpu) / 2, 3), memory_mb=max(one.memory_mb, two.memory_mb)
    )
