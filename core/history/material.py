"""Everything the stores have of a project's past, read in one transaction."""

from collections import defaultdict
from dataclasses import dataclass

from core.ports.unit_of_work import UnitOfWork
from core.records.alert import Alert, AlertChange
from core.records.approval import Approval
from core.records.difference import Difference
from core.records.gate import GatePolicy, Verdict
from core.records.job import Job, JobKind
from core.records.model import Alias, Deployment
from core.records.monitor import ReportOutline
from core.records.project import Project
from core.records.replay import Replay
from core.records.rule import Decision, Evaluation
from core.records.run_index import RunEntry
from core.records.traffic import Traffic

MOST = 500
MOST_REPORTS = 200
MOST_STEPS = 100_000
STARTED = (Decision.ACTED, Decision.SUGGESTED, Decision.JOINED)
MAKERS = (JobKind.TRAIN, JobKind.RETRAIN, JobKind.TUNE, JobKind.ADOPT, JobKind.RECEIVE, JobKind.PIPELINE)


@dataclass(frozen=True)
class Material:
    """A project's past; lists are newest first. ``runs`` are those of model versions, by their id; ``alert_steps`` are
    the lives of the alerts, oldest step first; ``evaluations`` are looks at retraining rules that led to something."""

    project: Project
    deployments: list[Deployment]
    verdicts: list[Verdict]
    approvals: list[Approval]
    alerts: list[Alert]
    alert_steps: dict[str, list[AlertChange]]
    reports: list[ReportOutline]
    evaluations: list[Evaluation]
    jobs: list[Job]
    traffic: list[Traffic]
    policies: list[GatePolicy]
    differences: list[Difference]
    replays: list[Replay]
    runs: dict[str, RunEntry]

    def run_of(self, version: int) -> RunEntry | None:
        """Return the run a version was made of."""
        served = {one.run_id for one in self.deployments if one.version == version}
        found = (run for run in self.runs.values() if run.version == version or run.run_id in served)
        return next(found, None)


def gather(work: UnitOfWork, project: str) -> Material:
    """Read a project's past.

    Raises:
        ProjectNotFound: there is no such project.
    """
    deployments = work.deployments.history(project, Alias.CHAMPION)
    steps: dict[str, list[AlertChange]] = defaultdict(list)
    for step in work.alerts.changes(project, limit=MOST_STEPS):
        steps[step.alert_id].append(step)
    run_ids = {*work.run_index.versions(project), *(one.run_id for one in deployments)}
    return Material(
        project=work.projects.get(project),
        deployments=deployments,
        verdicts=work.verdicts.find(project, limit=MOST),
        approvals=work.approvals.find(project, limit=MOST),
        alerts=work.alerts.find(project, limit=MOST),
        alert_steps=dict(steps),
        reports=work.reports.outlines(project, limit=MOST_REPORTS),
        evaluations=work.rules.evaluations(project, None, STARTED, MOST),
        jobs=work.jobs.find(project, kinds=MAKERS, limit=MOST),
        traffic=work.traffic.history(project),
        policies=work.gate_policies.history(project),
        differences=work.differences.find(project, MOST),
        replays=work.replays.find(project, limit=MOST),
        runs=work.run_index.find(run_ids),
    )
