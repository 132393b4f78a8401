"""What follows from the results of all gates, and which verdict holds now."""

from collections import Counter
from collections.abc import Sequence

from core.models.gates import policy as policies
from core.ports.unit_of_work import UnitOfWork
from core.records.approval import Approval, ApprovalState
from core.records.gate import GatePolicy, GateResult, Standing, Verdict, VerdictOutcome
from core.records.model import Alias


def outcome_of(results: Sequence[GateResult]) -> VerdictOutcome:
    """Return what follows: no where a failure is certain, wait where one may still turn, else go."""
    missed = [result for result in results if result.standing is Standing.FAILED]
    if any(result.certain for result in missed):
        return VerdictOutcome.REJECT
    return VerdictOutcome.HOLD if missed else VerdictOutcome.PROMOTE


def summed_up(results: Sequence[GateResult]) -> str:
    """Return the verdict in one sentence: how many gates are met, and the first that is not."""
    counts = Counter(result.standing for result in results)
    told = f"{counts[Standing.PASSED]} of {len(results) - counts[Standing.NOT_APPLICABLE]} gates passed"
    if counts[Standing.NOT_APPLICABLE]:
        told += f", {counts[Standing.NOT_APPLICABLE]} not applicable"
    missed = [result for result in results if result.standing is Standing.FAILED]
    missed.sort(key=lambda result: not result.certain)
    return f"{told}." if not missed else f"{told}. {missed[0].title}: {missed[0].sentence}"


def policy_of(work: UnitOfWork, project: str) -> GatePolicy:
    """Return the policy in force.

    Raises:
        ProjectNotFound: there is no such project.
    """
    return work.gate_policies.newest(project) or policies.starting(work.projects.get(project))


def in_force(work: UnitOfWork, project: str, version: int) -> Verdict | None:
    """Return the last verdict on a version, None when champion or policy are others since, or there is none."""
    verdict = work.verdicts.newest(project, version)
    if verdict is None or verdict.policy != policy_of(work, project).number:
        return None
    champion = work.deployments.current(project, Alias.CHAMPION)
    return verdict if verdict.champion == (champion.version if champion else 0) else None


def counts(approval: Approval, bundle_sha256: str, champion: int, policy: int) -> bool:
    """Tell whether an answer counts for a version against a champion by a policy."""
    if approval.state not in (ApprovalState.APPROVED, ApprovalState.REJECTED):
        return False
    return (approval.bundle_sha256, approval.champion, approval.policy) == (bundle_sha256, champion, policy)
