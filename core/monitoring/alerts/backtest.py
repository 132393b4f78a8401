"""What a rule would have done on everything that is stored, before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.monitoring.alerts import judging
from core.monitoring.alerts.evaluation import series_of
from core.monitoring.alerts.samples import Sample
from core.monitoring.backtest import noun, times
from core.records.alert import AlertBackTest, AlertRuleDraft, ConditionKind, PastFiring
from core.records.monitor import ReportOutline


def replay(
    rule: AlertRuleDraft, found: Sequence[Sample], now: datetime, windows: Sequence[ReportOutline] = ()
) -> AlertBackTest:
    """Judge every stored sample in its turn; ``opened`` counts alerts, not the samples that kept one open.

    ``windows`` are reports whose performance may be known, to tell which openings were worth waking for.
    """
    firings = _gaps(rule, found, now) if rule.condition.kind is ConditionKind.ABSENCE else _fired(rule, found)
    opened = [one for one in firings if one.opens]
    known = _known(windows)
    made = AlertBackTest(
        samples=len(found),
        first_at=found[0].at if found else None,
        last_at=found[-1].at if found else None,
        fired=len(firings),
        opened=len(opened),
        told=_told(rule, firings),
        firings=tuple(firings),
        points=tuple(
            (sample.at, series, reading.value)
            for sample in found
            for series, reading in sample.readings.items()
            if reading.value is not None
        ),
        judged=sum(any(_lies(one.at, window) for window in known) for one in opened),
        with_drop=sum(any(_lies(one.at, window) and window.dropped for window in known) for one in opened),
        missed=sum(window.dropped and not any(_lies(one.at, window) for one in firings) for window in known),
    )
    return made.model_copy(update={"sentence": _sentence(made)})


@dataclass(frozen=True)
class _Known:
    """A time whose performance is known."""

    since: datetime
    until: datetime
    dropped: bool


def _known(windows: Sequence[ReportOutline]) -> list[_Known]:
    """Return the times whose performance is known, of each the last look; ``windows`` have the last stored first."""
    kept: dict[tuple[datetime, datetime], _Known] = {}
    for one in windows:
        told = one.performance
        if one.since and one.until and told is not None and told.dropped is not None:
            kept.setdefault((one.since, one.until), _Known(one.since, one.until, told.dropped))
    return list(kept.values())


def _lies(at: datetime, window: _Known) -> bool:
    """Tell whether what fired belongs to a time; a sample stands at the end of its window."""
    return window.since < at <= window.until


def _sentence(found: AlertBackTest) -> str:
    if found.first_at is None or found.last_at is None:
        return "Nothing of that kind is stored yet, so there is nothing to test on."
    days = round((found.last_at - found.first_at).total_seconds() / 86_400)
    time = f" in {days:,} {noun(days, 'day')}" if days else ""
    head = f"This rule would have fired {times(found.opened)}{time}"
    if not found.opened:
        return f"{head}{_missed(found)}."
    if not found.judged:
        return f"{head}; the performance then is not known{_missed(found)}."
    part = "with a drop in performance" if found.opened == 1 else "of them with a drop in performance"
    hits = (
        f"{found.with_drop:,} {part}"
        if found.opened > 1
        else part
        if found.with_drop
        else "without a drop in performance"
    )
    rest = f" (known of {found.judged:,})" if found.judged < found.opened else ""
    return f"{head}, {hits}{rest}{_missed(found)}."


def _missed(found: AlertBackTest) -> str:
    return f"; {found.missed:,} {noun(found.missed, 'drop')} would have been missed" if found.missed else ""


def _fired(rule: AlertRuleDraft, found: Sequence[Sample]) -> list[PastFiring]:
    firings, is_open = [], set[str]()
    for position, sample in enumerate(found):
        for series, reading in sample.readings.items():
            said = judging.judge(rule.condition, series_of(found[: position + 1], series))
            if said.fires:
                opens = series not in is_open
                firings.append(PastFiring(at=sample.at, series=series, value=reading.value, why=said.why, opens=opens))
                is_open.add(series)
            elif said.fires is False:
                is_open.discard(series)
    return firings


def _gaps(rule: AlertRuleDraft, found: Sequence[Sample], now: datetime) -> list[PastFiring]:
    """Return the times between samples that were too long, each at the moment the wait was over."""
    limit = timedelta(hours=rule.condition.limit)
    ends = [*(sample.stored_at for sample in found[1:]), now]
    return [
        PastFiring(
            at=sample.stored_at + limit, series="", value=None, why=f"nothing until {end:%Y-%m-%d %H:%M}", opens=True
        )
        for sample, end in zip(found, ends, strict=False)
        if end - sample.stored_at > limit
    ]


def _told(rule: AlertRuleDraft, firings: Sequence[PastFiring]) -> int:
    """Count how often people would have been told, which the cooldown bounds."""
    last: dict[str, datetime] = {}
    told = 0
    for one in firings:
        before = last.get(one.series)
        if one.opens and (before is None or one.at >= before + timedelta(seconds=rule.cooldown_s)):
            last[one.series] = one.at
            told += 1
    return told
