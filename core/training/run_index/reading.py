"""MLflow read into the index: what is new or changed, a piece of what is older, and now and then everything."""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from core.clock import Clock
from core.errors import RunNotFound
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.run_index import RunCursor, RunEntry
from core.records.training import Run
from core.training.run_index.entries import entry_of

OVERLAP = timedelta(minutes=2)
"""How far before the last known moment reading begins again: writers' clocks differ, and writes take time."""

PIECE = 1_000
"""Older runs read at once, until the index is whole."""

FIRST = 100
"""How many of them are read at the very first look, so that whoever opens the list sees it at once."""

PAUSE_S = 3.0
"""How long a tracker that cannot tell whether it changed is left alone."""

SWEEP_EVERY = timedelta(hours=1)
"""How often everything is compared where only asking can tell whether it changed."""


class RunReading:
    """Keeps the index of runs like MLflow; every step may be repeated, by several processes too."""

    def __init__(
        self, store: Store, tracking: Tracking, clock: Clock, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """``ticks`` counts seconds."""
        self._store = store
        self._tracking = tracking
        self._clock = clock
        self._ticks = ticks
        self._looked: dict[str, tuple[str | None, float]] = {}

    def refresh(self, project: str) -> RunCursor:
        """Read what is new or changed, and a piece of what is older; nothing when MLflow did not change.

        Raises:
            TrackingUnavailable: MLflow cannot be reached.
        """
        with self._store.read() as work:
            cursor = work.run_index.cursor(project)
        if cursor.whole and not self._is_due(project, cursor):
            return cursor
        mark, now = self._tracking.mark(project), self._ticks()
        cursor = self.advance(project, cursor)
        self._looked[project] = (mark, now)
        return cursor

    def _is_due(self, project: str, cursor: RunCursor) -> bool:
        """Tell whether MLflow may have changed since this process looked, or, before it ever did, since the sweep."""
        present = self._tracking.mark(project)
        if project not in self._looked:
            return present is None or present != cursor.swept_mark
        mark, at = self._looked[project]
        return self._ticks() - at >= PAUSE_S if present is None else present != mark

    def advance(self, project: str, cursor: RunCursor) -> RunCursor:
        """Read on from ``cursor``; return where the index stands now."""
        versions = {one.run_id: one.version for one in self._tracking.versions(project)}
        found = self._news(project, cursor)
        # Of a project that had no run when it was read, no moment tells what is new.
        is_known = cursor.whole and cursor.newest is not None
        piece = PIECE if cursor.oldest else min(FIRST, PIECE)
        older = [] if is_known else self._tracking.runs_before(project, cursor.oldest, piece)
        found |= {run.run_id: run for run in older}
        missing = self._changed_otherwise(project, found, versions)
        moved = _moved(cursor, found.values(), older, is_last=len(older) < piece)
        self._keep(project, _entries(found.values(), versions), moved, missing)
        return moved

    def _news(self, project: str, cursor: RunCursor) -> dict[str, Run]:
        found = list(self._tracking.open_runs(project))
        if cursor.newest is not None:
            ended = cursor.ended or cursor.newest
            found += self._tracking.runs_since(project, cursor.newest - OVERLAP, ended - OVERLAP)
        return {run.run_id: run for run in found}

    def _changed_otherwise(self, project: str, found: dict[str, Run], versions: dict[str, int]) -> set[str]:
        """Read runs that got or lost a version and those that are not open any more; return the ids of deleted ones."""
        with self._store.read() as work:
            known, still_open = work.run_index.versions(project), work.run_index.open_ids(project)
            others = {run_id for run_id in {*known, *versions} if known.get(run_id) != versions.get(run_id)}
            others = {run_id for run_id, entry in work.run_index.find(others).items() if entry.gone_at is None}
        missing = set()
        for run_id in (others | still_open) - set(found):
            try:
                found[run_id] = self._tracking.run(project, run_id)
            except RunNotFound:
                missing.add(run_id)
        return missing

    def look_at(self, project: str, run_id: str) -> Run:
        """Read one run again, after something of it was changed; return it.

        Raises:
            RunNotFound: it is not there any more, which the index knows from now on.
        """
        try:
            run = self._tracking.run(project, run_id)
        except RunNotFound:
            with self._store.write() as work:
                work.run_index.gone(project, [run_id], self._clock.now())
                work.commit()
            raise
        with self._store.write() as work:
            work.run_index.put([entry_of(run)])
            work.commit()
        return run

    def sweep(self, project: str) -> int:
        """Compare every run with the index, when MLflow changed since the last time; return how many differed.

        Finds what no moment tells: tags changed later, runs deleted, runs said to have started long ago.
        """
        mark, now = self._tracking.mark(project), self._clock.now()
        with self._store.read() as work:
            cursor, known = work.run_index.cursor(project), work.run_index.ids(project)
        is_new = cursor.swept_at is None or (
            mark != cursor.swept_mark if mark else now - cursor.swept_at >= SWEEP_EVERY
        )
        if not is_new:
            return 0
        versions = {one.run_id: one.version for one in self._tracking.versions(project)}
        runs = self._tracking.all_runs(project)
        moved = _moved(cursor, runs, runs, is_last=True).model_copy(update={"swept_at": now, "swept_mark": mark})
        return self._keep(project, _entries(runs, versions), moved, known - {run.run_id for run in runs})

    def _keep(self, project: str, entries: Sequence[RunEntry], cursor: RunCursor, missing: set[str]) -> int:
        """Store what changed; nothing is written when nothing did, so that no cache is thrown away."""
        with self._store.read() as work:
            known = work.run_index.find([entry.run_id for entry in entries])
            stood = work.run_index.cursor(project)
        changed = [entry for entry in entries if known.get(entry.run_id) != entry]
        if not changed and not missing and stood == cursor:
            return 0
        with self._store.write() as work:
            work.run_index.put(changed)
            work.run_index.gone(project, missing, self._clock.now())
            work.run_index.move(cursor)
            work.commit()
        return len(changed) + len(missing)


def _entries(runs: Iterable[Run], versions: dict[str, int]) -> list[RunEntry]:
    return [entry_of(run).model_copy(update={"version": versions.get(run.run_id)}) for run in runs]


def _moved(cursor: RunCursor, found: Iterable[Run], older: Sequence[Run], *, is_last: bool) -> RunCursor:
    runs = list(found)
    started = [run.started_at for run in runs]
    ended = [run.finished_at for run in runs if run.finished_at]
    tags = {name for run in runs for name in run.tags if not name.startswith("pilothouse.")}
    return cursor.model_copy(
        update={
            "newest": max([*started, *([cursor.newest] if cursor.newest else [])], default=None),
            "ended": max([*ended, *([cursor.ended] if cursor.ended else [])], default=None),
            "oldest": min(
                [*(run.started_at for run in older), *([cursor.oldest] if cursor.oldest else [])], default=None
            ),
            "whole": cursor.whole or is_last,
            "metrics": _names(cursor.metrics, (name for run in runs for name in run.metrics)),
            "params": _names(cursor.params, (name for run in runs for name in run.params)),
            "tags": _names(cursor.tags, tags),
        }
    )


def _names(known: Sequence[str], met: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*known, *met}))
