"""How a project stood at any moment: each fact as it was then, not as it became."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.history.material import Material
from core.history.timeline import champion_at
from core.models.gates.policy import starting
from core.records.alert import Alert, AlertState
from core.records.approval import ApprovalState
from core.records.gate import Verdict
from core.records.model import Deployment, ModelManifest
from core.records.monitor import ReportKind
from core.records.past import Then
from core.records.traffic import ServingTally

BEFORE = timedelta(hours=1)
"""How far before a moment answers are counted."""


def at(
    past: Material, moment: datetime, manifest: ModelManifest | None = None, tallies: Sequence[ServingTally] = ()
) -> Then:
    """Return how the project stood at ``moment``.

    Args:
        past: everything that is known.
        moment: any.
        manifest: that of the version that was champion, None when its bytes are gone.
        tallies: what the scoring API answered in the hour before.
    """
    champion = champion_at(past, moment)
    run = past.runs.get(champion.run_id) if champion else None
    report = next((one for one in past.reports if one.kind is ReportKind.DRIFT and one.created_at <= moment), None)
    held = (one for one in past.traffic if one.since <= moment and (one.until is None or moment < one.until))
    policies = (one for one in past.policies if one.created_at <= moment)
    answered: Counter[int] = Counter()
    for tally in tallies:
        answered[tally.version] += tally.rows
    return Then(
        at=moment,
        champion=champion,
        run=run,
        dataset=str(manifest.dataset) if manifest else (run.dataset or "" if run else ""),
        features=tuple(feature.column.name for feature in manifest.features) if manifest else (),
        gates=next(policies, None) or starting(past.project),
        verdict=_verdict(past, champion) if champion else None,
        approver=_approver(past, champion) if champion else "",
        drift=report.summary if report else "",
        drift_outcome=report.outcome if report else "",
        report=report.id if report else "",
        alerts=tuple(one for one in past.alerts if _was_open(past, one, moment)),
        traffic=next(held, None),
        answered=dict(sorted(answered.items())),
    )


def _verdict(past: Material, champion: Deployment) -> Verdict | None:
    """Return the verdict it was promoted by or against; of older deployments the last one given before."""
    named = next((one for one in past.verdicts if one.id == champion.verdict), None)
    mine = (one for one in past.verdicts if one.version == champion.version and one.created_at <= champion.since)
    return named or next(mine, None)


def _approver(past: Material, champion: Deployment) -> str:
    """Return who approved these very bytes before they served."""
    given = (
        one.answered_by
        for one in past.approvals
        if one.bundle_sha256 == champion.bundle_sha256
        and one.state is ApprovalState.APPROVED
        and one.answered_at is not None
        and one.answered_at <= champion.since
    )
    return next(given, "")


def _was_open(past: Material, alert: Alert, moment: datetime) -> bool:
    """Tell whether an alert waited for somebody, by the last step it had taken until then."""
    steps = [step for step in past.alert_steps.get(alert.id, ()) if step.at <= moment]
    if not past.alert_steps.get(alert.id):
        return alert.opened_at <= moment and alert.state is not AlertState.RESOLVED
    return bool(steps) and steps[-1].after is not AlertState.RESOLVED
