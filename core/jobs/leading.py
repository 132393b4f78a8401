"""What runs in the one worker that leads."""

from typing import Protocol


class Background(Protocol):
    """Something that runs beside the jobs while this worker leads: the scheduler, the watch over alerts."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End; what is under way may finish."""
        ...


class Together:
    """Several things that begin and end with the lead."""

    def __init__(self, *parts: Background) -> None:
        self._parts = parts

    def start(self) -> None:
        """Begin, in the order given."""
        for part in self._parts:
            part.start()

    def stop(self) -> None:
        """End, in the opposite order."""
        for part in reversed(self._parts):
            part.stop()
