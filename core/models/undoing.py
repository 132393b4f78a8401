"""Taking back a change of champion that was just made."""

from datetime import datetime

from core import audit
from core.model_errors import TooLateToUndo
from core.models import aliases, promotion
from core.ports.unit_of_work import UnitOfWork
from core.records.model import Alias, Deployment

UNDO_S = 15
"""How long screens offer to undo."""

GRACE_S = 5
"""How much longer the click may take to arrive."""


def undoable(work: UnitOfWork, project: str, deployment: int, now: datetime) -> Deployment | None:
    """Return the interval that an undo puts back, None when nothing served before.

    Raises:
        ChampionChanged: what is to be undone serves no longer.
        TooLateToUndo: it was made too long ago.
    """
    history = work.deployments.history(project, Alias.CHAMPION)
    current = next((one for one in history if one.until is None), None)
    if current is None or current.id != deployment:
        raise promotion.changed(project, current)
    seconds = (now - current.since).total_seconds()
    if seconds > UNDO_S + GRACE_S:
        raise TooLateToUndo(seconds=round(seconds))
    return next((one for one in history if one.id != deployment and one.until == current.since), None)


def undo(work: UnitOfWork, project: str, deployment: int, now: datetime, actor_name: str) -> Deployment | None:
    """Put back what served before, in the caller's transaction, and make the undone version challenger again.

    Raises:
        ChampionChanged, TooLateToUndo: as :func:`undoable`.
    """
    before = undoable(work, project, deployment, now)
    undone = work.deployments.current(project, Alias.CHAMPION)
    assert undone is not None, "looked at by undoable"  # noqa: S101
    now = max(now, undone.since)
    reason = f"Undo of version {undone.version}"
    opened = None
    if before is None:
        work.deployments.close(project, Alias.CHAMPION, now)
    else:
        opened = work.deployments.open(
            project,
            Alias.CHAMPION,
            before.version,
            before.run_id,
            before.bundle_sha256,
            actor_name,
            reason,
            now,
            verdict=before.verdict,
            overridden=before.overridden,
        )
    aliases.await_champion(work, project, before.version if before else aliases.NOBODY)
    _challenge_again(work, undone, actor_name, now)
    details = {"from": undone.version, "to": before.version if before else None}
    audit.record(work, now, actor_name, "model.undo", project, f"version {undone.version}", details)
    return opened


def _challenge_again(work: UnitOfWork, undone: Deployment, actor_name: str, now: datetime) -> None:
    """Open the challenger's interval again that the undone promotion closed, unless another challenger came."""
    last = next(iter(work.deployments.history(undone.project, Alias.CHALLENGER)), None)
    if last is None or last.until is None or last.version != undone.version or last.until < undone.since:
        return
    work.deployments.open(
        undone.project,
        Alias.CHALLENGER,
        undone.version,
        undone.run_id,
        undone.bundle_sha256,
        actor_name,
        f"Undo of version {undone.version}",
        now,
    )
