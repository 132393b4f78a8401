"""What a rule does about what was found: nothing, wait, join what is at work, suggest, or act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import NoChampion
from core.records.job import JobState
from core.records.rule import Decision, Evaluation, Finding, QuietHours, RetrainingRule, RuleMode
from core.retraining import triggers
from core.retraining.evidence import Evidence
from core.retraining.ledger import words

STARTED = (Decision.SUGGESTED, Decision.ACTED, Decision.JOINED)
"""Decisions after which the evidence so far does not count again."""


@dataclass(frozen=True)
class Decided:
    """A decision, why, and when to look again though nothing changed."""

    decision: Decision
    reason: str
    look_at: datetime | None = None


@dataclass(frozen=True)
class Past:
    """What a rule did before: its ``started`` evaluations, newest first, and the suggestion that waits."""

    started: Sequence[Evaluation] = ()
    waiting: Evaluation | None = None


def decide(rule: RetrainingRule, findings: Sequence[Finding], evidence: Evidence, past: Past) -> Decided:
    """Return what comes of ``findings``."""
    met = [finding.reason for finding in findings if finding.met]
    if len(met) < rule.needed:
        return Decided(Decision.NOT_MET, f"{_holds(len(met), len(findings))}, {rule.needed} needed")
    why = "; ".join(met)
    held = _busy(rule, evidence, past) or _resting(rule, evidence.now, past)
    if held is not None:
        return Decided(held.decision, f"{held.reason} ({why})", held.look_at)
    return Decided(Decision.ACTED if rule.mode is RuleMode.ACT else Decision.SUGGESTED, why)


def _holds(met: int, of: int) -> str:
    return f"{met} of {of} condition{'' if of == 1 else 's'} hold{'s' if met == 1 else ''}"


def _busy(rule: RetrainingRule, evidence: Evidence, past: Past) -> Decided | None:
    """Return what keeps a rule from starting anything at all now."""
    if evidence.champion is None:
        return Decided(Decision.HELD, str(NoChampion(project=rule.project)).rstrip("."))
    if past.waiting is not None:
        return Decided(Decision.HELD, f"the suggestion {past.waiting.id} still waits for an answer")
    job = evidence.retraining
    if job is not None and job.state is JobState.QUEUED and rule.mode is RuleMode.ACT:
        return Decided(Decision.JOINED, f"the retraining {job.id} is queued already and does it")
    if job is not None:
        return Decided(Decision.HELD, f"the retraining {job.id} is {job.state.value}")
    return None


def _resting(rule: RetrainingRule, now: datetime, past: Past) -> Decided | None:
    """Return for which time a rule waits: quiet hours, a rest after the last time, or enough for today."""
    ends = quiet_until(rule.quiet, now)
    if ends is not None:
        return Decided(Decision.HELD, f"quiet hours until {ends.isoformat(timespec='minutes')}", ends)
    if past.started:
        rested = past.started[0].at + timedelta(seconds=rule.cooldown_s)
        if now < rested:
            return Decided(Decision.HELD, f"it rests for {words(rested - now)} more after the last time", rested)
    zone = _zone(rule)
    today = now.astimezone(zone).date()
    times = sum(look.at.astimezone(zone).date() == today for look in past.started)
    if times >= rule.per_day:
        midnight = datetime.combine(today + timedelta(days=1), time(), zone)
        return Decided(Decision.HELD, f"it did so {times} of {rule.per_day} times today", midnight)
    return None


def quiet_until(quiet: QuietHours | None, now: datetime) -> datetime | None:
    """Return when the quiet hours end that ``now`` lies in, or None when it lies in none."""
    if quiet is None:
        return None
    zone = triggers.zone(quiet.timezone)
    local = now.astimezone(zone)
    start, end, at = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end), local.time()
    is_quiet = start <= at < end if start < end else at >= start or at < end
    if not is_quiet:
        return None
    day = local.date() if at < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, zone)


def _zone(rule: RetrainingRule) -> ZoneInfo:
    return triggers.zone(rule.quiet.timezone if rule.quiet else "UTC")
