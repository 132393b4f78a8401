"""The report by mail: how a project stands, in a letter to its e-mail channels."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from core import audit
from core.clock import Clock
from core.errors import InvalidSchedule
from core.jobs.context import JobContext
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.alert import UNRESOLVED
from core.records.base import JsonObject, new_id
from core.records.channel import Channel, ChannelKind, Message, Occasion
from core.records.job import JobState
from core.records.model import Alias
from core.records.monitor import ReportKind
from core.records.schedule import FiringOutcome
from core.retraining import triggers

USUAL = "7d"
"""How far back a report looks when nobody says."""

MOST = 200
NAMED = 5


class ReportService:
    """Writes letters about projects; the outbox of alerts carries them."""

    def __init__(self, store: Store, clock: Clock, screens: str) -> None:
        """``screens`` is the address of the interface."""
        self._store = store
        self._clock = clock
        self._screens = screens

    def execute(self, project: str, payload: JsonObject, context: JobContext) -> JsonObject:
        """Post the letter to the e-mail channels of a project, or to the one named; the body of its job. A repeated job
        posts none twice.

        Raises:
            InvalidSchedule: there is no such channel that is switched on.
        """
        now, last = self._clock.now(), str(payload.get("last") or USUAL)
        with self._store.write() as work:
            context.fence(work)
            content = self._content(work, project, now, last)
            told = _channels(work, project, str(payload.get("channel") or ""))
            posted = [channel.name for channel in told if work.channels.post(_message(channel, content, context, now))]
            if posted:
                details = {"channels": posted, "last": last}
                audit.record(work, now, context.job.created_by, "report.post", project, context.job.id, details)
            work.commit()
        return {"channels": [channel.name for channel in told], "summary": content["summary"]}

    def _content(self, work: UnitOfWork, project: str, now: datetime, last: str) -> JsonObject:
        since = now - triggers.period(last)
        lines = [*_served(work, project), *_measured(work, project, since), *_alerts(work, project)]
        lines += [*_retrained(work, project, since), *_went_wrong(work, project, since)]
        return {
            "event": "report",
            "alert": "",
            "opening": 0,
            "project": project,
            "title": f"report of the last {last}, {now:%Y-%m-%d}",
            "summary": "\n".join(lines),
            "note": "",
            "severity": "report",
            "owner": "",
            "value": None,
            "report": None,
            "opened_at": since.isoformat(timespec="minutes"),
            "at": now.isoformat(),
            "link": f"{self._screens}/?{urlencode({'project': project})}",
        }


def _channels(work: UnitOfWork, project: str, name: str) -> list[Channel]:
    known = [one for one in work.channels.find(project) if one.kind is ChannelKind.EMAIL and one.enabled]
    found = [one for one in known if name in ("", one.name)]
    if not found:
        raise InvalidSchedule(problem="no e-mail channel of the project that it could be sent to is switched on")
    return found


def _message(channel: Channel, content: JsonObject, context: JobContext, now: datetime) -> Message:
    return Message(
        id=new_id(),
        project=channel.project,
        channel_id=channel.id,
        alert_id=context.job.id,
        opening=0,
        occasion=Occasion.REPORT,
        content=content,
        next_at=now,
        created_at=now,
    )


def _served(work: UnitOfWork, project: str) -> list[str]:
    champion = work.deployments.current(project, Alias.CHAMPION)
    if champion is None:
        return ["No model serves."]
    return [f"Version {champion.version} serves since {champion.since:%Y-%m-%d %H:%M} UTC ({champion.actor})."]


def _measured(work: UnitOfWork, project: str, since: datetime) -> list[str]:
    """Return what the newest check of each kind said."""
    lines = []
    for kind, name in ((ReportKind.PERFORMANCE, "Performance"), (ReportKind.DRIFT, "Drift")):
        found = work.reports.outlines(project, kind=kind, since=since, limit=1)
        lines.append(f"{name}: {found[0].summary}" if found else f"{name}: not checked in this time.")
    return lines


def _alerts(work: UnitOfWork, project: str) -> list[str]:
    opened = work.alerts.find(project, UNRESOLVED, MOST)
    if not opened:
        return ["Alerts: none is open."]
    named = "; ".join(f"{alert.title} ({alert.severity.value})" for alert in opened[:NAMED])
    return [f"Alerts: {len(opened)} not resolved. {named}."]


def _retrained(work: UnitOfWork, project: str, since: datetime) -> list[str]:
    found = [one for one in work.plans.retrainings(project, MOST) if one.at >= since]
    if not found:
        return ["Retrainings: none."]
    named = "; ".join(f"{one.at:%Y-%m-%d}: {one.outcome.value}" for one in found[:NAMED])
    waiting = len([one for one in work.rules.evaluations(project, waiting=True) if one.waits])
    return [f"Retrainings: {len(found)}. {named}." + (f" {waiting} suggestion(s) wait." if waiting else "")]


def _went_wrong(work: UnitOfWork, project: str, since: datetime) -> list[str]:
    failed = [job for job in work.jobs.find(project, states=(JobState.FAILED,), limit=MOST) if job.created_at >= since]
    rows = work.schedules.firings(project, since=since - timedelta(seconds=1), limit=MOST)
    missed = sum(row.outcome is FiringOutcome.MISSED for row in rows)
    return [f"Jobs that failed: {len(failed)}. Moments of schedules that were missed: {missed}."]
