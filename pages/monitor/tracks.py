"""Which windows belong on one picture: those of one job, or all that were compared with one reference."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.monitoring.request import A_YEAR_BEFORE
from core.records.monitor import ReportOutline

MOST = 120
"""Windows drawn at once, the latest ones."""


@dataclass(frozen=True)
class Track:
    """Windows in the order of time under a name; ``key`` is what the address says."""

    key: str
    title: str
    windows: tuple[ReportOutline, ...]


def of(found: Sequence[ReportOutline]) -> list[Track]:
    """Return the tracks among reports (the last stored first), the one with the newest report first."""
    series: dict[str, list[ReportOutline]] = {}
    for one in found:
        series.setdefault(one.series or one.id, []).append(one)
    groups: dict[str, list[ReportOutline]] = {}
    for name, windows in series.items():
        key = name if len(windows) > 1 else f"ref:{windows[0].reference}"
        groups.setdefault(key, []).extend(windows)
    return [_track(key, windows) for key, windows in groups.items()]


def _track(key: str, windows: list[ReportOutline]) -> Track:
    kept: dict[str, ReportOutline] = {}
    for one in windows:
        kept.setdefault(one.current, one)
    first_stored = list(kept.values())[::-1]
    ordered = sorted(first_stored, key=lambda one: one.moment)[-MOST:]
    what = ordered[-1].dataset or "logged predictions"
    count = "1 window" if len(ordered) == 1 else f"{len(ordered)} windows"
    against = _against(ordered)
    title = f"Checks against {against}" if key.startswith("ref:") else f"{what} against {against}"
    # A list that is chosen from needs names that differ.
    last = max(one.created_at for one in ordered)
    return Track(key, f"{title}, {count}, {last:%Y-%m-%d %H:%M:%S} UTC", tuple(ordered))


def _against(ordered: Sequence[ReportOutline]) -> str:
    if len(ordered) > 1 and all(one.reference.endswith(A_YEAR_BEFORE) for one in ordered):
        return "the same season a year before"
    return "the window before" if len({one.reference for one in ordered}) > 2 else ordered[-1].reference
