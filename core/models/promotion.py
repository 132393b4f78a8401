"""The change of champion: one transaction decides, MLflow's aliases follow."""

from dataclasses import dataclass
from datetime import datetime

from core import audit
from core.errors import AlreadyChampion, ChampionChanged, NeverChampion, NoEarlierChampion, ReasonMissing
from core.ports.tracking import Tracking
from core.ports.unit_of_work import UnitOfWork
from core.records.model import Alias, Deployment, ModelVersion
from core.records.traffic import TrafficEnd

NO_CHAMPION = 0
"""Stands for 'no version' where a caller says which champion it decided against; versions start at 1."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The version to put into service, and on what ground."""

    project: str
    version: int
    run_id: str
    bundle_sha256: str
    action: str
    reason: str

    @classmethod
    def promoted(cls, version: ModelVersion, reason: str) -> "Candidate":
        """Make a candidate of a registered version."""
        return cls(
            project=version.project,
            version=version.version,
            run_id=version.run_id,
            bundle_sha256=version.bundle_sha256,
            action="model.promote",
            reason=reason,
        )

    @classmethod
    def restored(cls, deployment: Deployment, reason: str) -> "Candidate":
        """Make a candidate of what served before, exactly as the history has it."""
        return cls(
            project=deployment.project,
            version=deployment.version,
            run_id=deployment.run_id,
            bundle_sha256=deployment.bundle_sha256,
            action="model.rollback",
            reason=reason,
        )


def stated(reason: str, action: str) -> str:
    """Return the reason without the space around it.

    Raises:
        ReasonMissing: nothing is left.
    """
    if not reason.strip():
        raise ReasonMissing(action=action)
    return reason.strip()


def switch(work: UnitOfWork, now: datetime, actor_name: str, candidate: Candidate, seen: int) -> Deployment:
    """Close the champion's interval, open the candidate's and record it, all in the caller's transaction.

    Args:
        work: a transaction that writes; the caller commits it.
        now: the moment of the change.
        actor_name: who decided.
        candidate: the version to put into service.
        seen: the champion the decision was made against, ``NO_CHAMPION`` for none.

    Raises:
        AlreadyChampion: the candidate serves already.
        ChampionChanged: another champion serves than the one the decision was made against.
        ProjectNotFound: the project is gone.
    """
    current = work.deployments.current(candidate.project, Alias.CHAMPION)
    if current is not None and current.version == candidate.version:
        raise AlreadyChampion(version=candidate.version, project=candidate.project)
    if number(current) != seen:
        raise _changed(candidate.project, current)
    since = now if current is None else max(now, current.since)
    opened = work.deployments.open(
        candidate.project,
        Alias.CHAMPION,
        candidate.version,
        candidate.run_id,
        candidate.bundle_sha256,
        actor_name,
        candidate.reason,
        since,
    )
    challenger = work.deployments.current(candidate.project, Alias.CHALLENGER)
    if challenger is not None and challenger.version == candidate.version:
        work.deployments.close(candidate.project, Alias.CHALLENGER, max(since, challenger.since))
    _end_traffic(work, since, actor_name, candidate)
    details = {
        "from": None if current is None else current.version,
        "to": candidate.version,
        "reason": candidate.reason,
        "run_id": candidate.run_id,
        "bundle_sha256": candidate.bundle_sha256,
    }
    subject = f"version {candidate.version}"
    audit.record(work, since, actor_name, candidate.action, candidate.project, subject, details)
    return opened


def _end_traffic(work: UnitOfWork, now: datetime, actor_name: str, candidate: Candidate) -> None:
    """End the part that a candidate took in the traffic: it is the champion now, or was compared with another one."""
    taking_part = work.traffic.current(candidate.project)
    if taking_part is None:
        return
    is_promoted = taking_part.version == candidate.version
    end = TrafficEnd.PROMOTED if is_promoted else TrafficEnd.CHAMPION_CHANGED
    work.traffic.close(candidate.project, end, actor_name, candidate.reason, now)
    details = {"mode": taking_part.mode.value, "share": taking_part.share, "reason": end.value}
    subject = f"version {taking_part.version}"
    audit.record(work, max(now, taking_part.since), actor_name, "traffic.stop", candidate.project, subject, details)


def number(champion: Deployment | None) -> int:
    """Return the version of a champion, ``NO_CHAMPION`` for none."""
    return NO_CHAMPION if champion is None else champion.version


def _changed(project: str, current: Deployment | None) -> ChampionChanged:
    if current is None:
        return ChampionChanged(project=project, actor="somebody", champion="no version")
    return ChampionChanged(project=project, actor=current.actor, champion=f"version {current.version}")


def earlier(project: str, history: list[Deployment], to: int | None) -> Deployment:
    """Choose what to roll back to: the newest earlier interval of another version, or of version ``to``.

    Args:
        project: its name, for the message.
        history: all champion intervals, newest first.
        to: a version that served before, or None.

    Raises:
        NoEarlierChampion: nothing served before.
        NeverChampion: ``to`` never served.
        AlreadyChampion: ``to`` is what serves now.
    """
    serving = history[0].version if history and history[0].until is None else NO_CHAMPION
    if to is None:
        found = next((interval for interval in history if interval.version != serving), None)
        if found is None:
            raise NoEarlierChampion(project=project)
        return found
    if to == serving:
        raise AlreadyChampion(version=to, project=project)
    found = next((interval for interval in history if interval.version == to), None)
    if found is None:
        raise NeverChampion(version=to, project=project)
    return found


def align(tracking: Tracking, project: str, champion: int | None) -> list[str]:
    """Make MLflow's aliases say what the store says; return what had to be changed, in sentences."""
    told: list[str] = []
    held = tracking.alias(project, Alias.CHAMPION)
    if champion is None and held is not None:
        tracking.remove_alias(project, Alias.CHAMPION)
        told.append(f"{project}: alias champion removed from version {held}, which does not serve")
    if champion is not None and held != champion:
        tracking.set_alias(project, Alias.CHAMPION, champion)
        told.append(f"{project}: alias champion moved from {held or 'none'} to version {champion}, which serves")
    if champion is not None and tracking.alias(project, Alias.CHALLENGER) == champion:
        tracking.remove_alias(project, Alias.CHALLENGER)
        told.append(f"{project}: alias challenger removed from version {champion}, which is the champion")
    return told
