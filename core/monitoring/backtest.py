"""A rule tried on stored windows before it is kept: when it would have fired, and whether that was worth waking for."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.monitoring import judging, verdict
from core.records.drift_rule import BackTest, RuleDraft
from core.records.monitor import ReportKind, ReportOutline


def history(found: Sequence[ReportOutline]) -> list[ReportOutline]:
    """Return drift reports in the order of time, of several on one window against one reference the last stored.

    ``found`` has the last stored first. A report that is part of no time stands where it was made.
    """
    kept: dict[tuple[str, str], ReportOutline] = {}
    for one in found:
        if one.kind is ReportKind.DRIFT:
            kept.setdefault((one.reference, one.current), one)
    first_stored = list(kept.values())[::-1]
    return sorted(first_stored, key=lambda one: one.moment)


def judged(windows: Sequence[ReportOutline], rule: RuleDraft) -> list[ReportOutline]:
    """Return windows (in the order of time) with the cells and verdicts that ``rule`` gives them."""
    found: list[ReportOutline] = []
    verdicts: dict[str, list[bool]] = {}
    for one in windows:
        cells = judging.judge(one.cells, rule)
        whole = verdict.of_window(cells, rule)
        before = verdicts.setdefault(one.reference, [])
        before.append(whole.drifted)
        told = {
            "cells": cells,
            "drifted": whole.drifted,
            "drifted_columns": whole.drifted_columns,
            "tested_columns": whole.tested_columns,
            "summary": whole.summary,
            "fires": verdict.fires(before, rule),
        }
        found.append(one.model_copy(update=told))
    return found


def of(windows: Sequence[ReportOutline], rule: RuleDraft) -> BackTest:
    """Return what ``rule`` would have done over stored windows, given in the order of time."""
    anew = judged(windows, rule)
    fired = tuple(one.id for one in anew if one.fires)
    drops = tuple(one.id for one in anew if one.performance is not None and one.performance.dropped)
    known = sum(one.performance is not None and one.performance.dropped is not None for one in anew)
    days = _days(windows)
    return BackTest(
        windows=len(windows),
        days=days,
        fired=fired,
        drops=drops,
        known=known,
        sentence=_sentence(len(windows), days, fired, drops, known),
    )


def _days(windows: Sequence[ReportOutline]) -> float:
    if not windows:
        return 0.0
    last: datetime = max(one.until or one.moment for one in windows)
    return (last.astimezone(UTC) - windows[0].moment.astimezone(UTC)).total_seconds() / 86_400


def _sentence(windows: int, days: float, fired: Sequence[str], drops: Sequence[str], known: int) -> str:
    if not windows:
        return "There is no stored window to try this rule on. Run a check over windows of a dataset version first."
    time = f" in {days:,.0f} {noun(round(days), 'day')}" if days >= 1 else ""
    head = f"This rule would have fired {times(len(fired))}{time} ({windows:,} {noun(windows, 'window')})"
    if not known:
        return f"{head}; the performance of none of them is known."
    hits = len(set(fired) & set(drops))
    missed = len(set(drops) - set(fired))
    told = [f"{hits} of them with a drop in performance"] if fired else []
    told += [f"{missed} {noun(missed, 'drop')} would have been missed"] if missed else []
    told += [f"performance is known of {known:,}"] if known < windows else []
    return f"{'; '.join([', '.join([head, *told[:1]]), *told[1:]])}." if told else f"{head}."


def times(count: int) -> str:
    """Return how often, in words."""
    return "never" if not count else "once" if count == 1 else f"{count:,} times"


def noun(count: int, word: str) -> str:
    """Return a noun in the number that fits."""
    return word if count == 1 else f"{word}s"
