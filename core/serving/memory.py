"""What the process of the scoring API does about its memory, so that no answer waits for that."""

import ctypes
import gc
from contextlib import suppress

COLLECT_AFTER = (20_000, 20, 50)
"""Objects, young and older collections after which the collector walks: an answer leaves nothing for it behind."""


def settle() -> None:
    """Keep what is loaded by now out of the collector's walks: over all of it they take as long as many answers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def give_back() -> None:
    """Hand what a model's bytes took while they were read back to the system; glibc keeps it otherwise."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
