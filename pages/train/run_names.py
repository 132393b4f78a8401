"""How runs are called where several stand beside each other."""

from core.records.comparison import SideBySide
from core.records.run_index import RunEntry
from pages.shared.words import short


def name_of(run: RunEntry) -> str:
    """Return a run's version or short id with its estimator."""
    estimator = (run.estimator or run.name).replace("_", " ")
    return f"v{run.version} {estimator}" if run.version else f"{short(run.run_id)} {estimator}"


def called(found: SideBySide, place: int) -> str:
    """Return how the run at a place of a comparison is called."""
    return name_of(found.runs[place])
