"""The change of champion: one transaction decides, MLflow's aliases follow."""

from dataclasses import dataclass, replace
from datetime import datetime

from core import audit
from core.errors import AlreadyChampion, ChampionChanged, NeverChampion, NoEarlierChampion, ReasonMissing
from core.model_errors import GatesHold, NotJudged
from core.models import aliases
from core.models.gates.ledger import in_force
from core.ports.unit_of_work import UnitOfWork
from core.records.gate import VerdictOutcome
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
    verdict: str = ""
    overridden: bool = False

    @classmethod
    def promoted(cls, version: ModelVersion, reason: str, *, overridden: bool = False) -> "Candidate":
        """Make a candidate of a registered version; ``overridden`` lets it pass whatever its verdict is."""
        return cls(
            project=version.project,
            version=version.version,
            run_id=version.run_id,
            bundle_sha256=version.bundle_sha256,
            action="model.promote",
            reason=reason,
            overridden=overridden,
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
            verdict=deployment.verdict,
            overridden=deployment.overridden,
        )


def stated(reason: str, action: str) -> str:
    """Return the reason without the space around it.

    Raises:
        ReasonMissing: nothing is left.
    """
    if not reason.strip():
        raise ReasonMissing(action=action)
    return reason.strip()


def expected(work: UnitOfWork, candidate: Candidate, seen: int) -> Deployment | None:
    """Return what serves, when that is what the decision was made against.

    Raises:
        AlreadyChampion: the candidate serves already.
        ChampionChanged: another champion serves than the one the decision was made against.
    """
    current = work.deployments.current(candidate.project, Alias.CHAMPION)
    if current is not None and current.version == candidate.version:
        raise AlreadyChampion(version=candidate.version, project=candidate.project)
    if number(current) != seen:
        raise changed(candidate.project, current)
    return current


def decided(work: UnitOfWork, candidate: Candidate) -> Candidate:
    """Return a candidate for promotion with the verdict it goes by.

    Raises:
        NotJudged: there is no verdict in force, and it is not overridden.
        GatesHold: the verdict is not to promote, and it is not overridden.
    """
    verdict = in_force(work, candidate.project, candidate.version)
    if verdict is not None and verdict.bundle_sha256 != candidate.bundle_sha256:
        verdict = None
    if verdict is not None and verdict.outcome is VerdictOutcome.PROMOTE:
        reason = candidate.reason or f"Verdict PROMOTE: {verdict.summary}"
        return replace(candidate, verdict=verdict.id, overridden=False, reason=reason)
    if candidate.overridden:
        return replace(candidate, verdict=verdict.id if verdict else "")
    if verdict is None:
        raise NotJudged(version=candidate.version, project=candidate.project)
    raise GatesHold(
        version=candidate.version,
        project=candidate.project,
        outcome=verdict.outcome.value.upper(),
        summary=verdict.summary,
    )


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
    current = expected(work, candidate, seen)
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
        verdict=candidate.verdict,
        overridden=candidate.overridden,
    )
    aliases.await_champion(work, candidate.project, candidate.version)
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
        "verdict": candidate.verdict,
        "overridden": candidate.overridden,
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


def changed(project: str, current: Deployment | None) -> ChampionChanged:
    """Return the error that tells who changed the champion meanwhile."""
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
