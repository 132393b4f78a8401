"""Bounded work: so many requests inside, the rest told at once to come back."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import Overloaded


class Gate:
    """Counts the requests inside; used from the event loop only, so it needs no lock."""

    def __init__(self, places: int) -> None:
        """``places`` is how many may be inside, waiting ones included."""
        self._places = places
        self._inside = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for the length of the block.

        Raises:
            Overloaded: all places are taken.
        """
        if self._inside >= self._places:
            raise Overloaded(waiting=self._inside)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
