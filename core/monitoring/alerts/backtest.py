"""What a rule would have done on everything that is stored, before it is saved."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.monitoring.alerts import judging
from core.monitoring.alerts.evaluation import series_of
from core.monitoring.alerts.samples import Sample
from core.records.alert import AlertBackTest, AlertRuleDraft, ConditionKind, PastFiring


def replay(rule: AlertRuleDraft, found: Sequence[Sample], now: datetime) -> AlertBackTest:
    """Judge every stored sample in its turn; ``opened`` counts alerts, not the samples that kept one open."""
    firings = _gaps(rule, found, now) if rule.condition.kind is ConditionKind.ABSENCE else _fired(rule, found)
    return AlertBackTest(
        samples=len(found),
        first_at=found[0].at if found else None,
        last_at=found[-1].at if found else None,
        fired=len(firings),
        opened=sum(one.opens for one in firings),
        told=_told(rule, firings),
        firings=tuple(firings),
        points=tuple(
            (sample.at, series, reading.value)
            for sample in found
            for series, reading in sample.readings.items()
            if reading.value is not None
        ),
    )


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
