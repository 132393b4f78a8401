"""How many requests are let in at once: all that have a place, until they come faster than they can be answered.

A bounded queue alone bounds the wait by its length. What decides is whether the queue stands: bursts shall wait, a
standing queue only makes everybody late (Nichols and Jacobson 2012, Controlling Queue Delay). So once the rounds of the
event loop took longer than the target for a while, no more are let in than a round of that length can answer.
"""

TARGET_S = 0.010
"""The work of a round of the event loop that those who are let in may have to wait for."""

STANDING_S = 0.1
"""How long rounds must be longer than that before anybody is refused for it."""

BUSY = 0.25
"""The share of the time since the last round that must have been work, lest quiet hours look like one long round."""

LEAST = 4
GROWTH = 0.25
"""By how many places the limit grows with each round that was short enough."""


class Admission:
    """The limit of places, moved by what the rounds cost; durations are processor time in seconds, not waiting."""

    def __init__(self, places: int) -> None:
        """``places`` is the limit while nobody has to be refused for time."""
        self._places = places
        self._limit = float(places)
        self._slow_since: float | None = None
        self._refused_at = self._round_at = float("-inf")

    @property
    def limit(self) -> int:
        """How many may wait now."""
        return int(self._limit)

    def refused(self, now: float) -> None:
        """Hear that somebody was refused."""
        self._refused_at = now

    def round(self, work_s: float, answered: int, now: float) -> None:
        """Hear what was done since the last round, this one included, and how many it answered."""
        since, self._round_at = now - self._round_at, now
        if work_s <= TARGET_S or work_s < BUSY * since:
            self._slow_since = None
            self._widen(now)
            return
        self._slow_since = now if self._slow_since is None else self._slow_since
        if self._limit < self._places or now - self._slow_since >= STANDING_S:
            fitting = answered * TARGET_S / work_s
            self._limit = min(self._limit, max(float(min(LEAST, self._places)), fitting))

    def _widen(self, now: float) -> None:
        is_calm = now - self._refused_at >= STANDING_S
        self._limit = float(self._places) if is_calm else min(float(self._places), self._limit + GROWTH)
