"""Rules of drift and what reviewers say: kept in versions, tried on history, told in the audit trail."""

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import InvalidInput
from core.monitoring import backtest, cost, methods
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import clipped, new_id
from core.records.drift_rule import BackTest, Cost, DriftReview, DriftRule, ReviewDecision, RuleDraft
from core.records.job import JobKind, JobState
from core.records.monitor import ReportKind, ReportOutline

LONGEST_NOTE = 2_000
MOST = 1_000
"""Stored windows that a rule is tried on, at most."""

TRAININGS = (JobKind.RETRAIN, JobKind.TRAIN)


class DriftRules:
    """The rule of each project and the reviews of its reports."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Work on the given store."""
        self._store = store
        self._clock = clock

    def newest(self, project: str) -> DriftRule | None:
        """Return the rule in force, None where nobody kept one: then that of :class:`RuleDraft` holds."""
        with self._store.read() as work:
            work.projects.get(project)
            return work.drift_rules.newest(project)

    def history(self, project: str) -> list[DriftRule]:
        """Return all versions of the rule, newest first."""
        with self._store.read() as work:
            return work.drift_rules.history(project)

    def save(self, actor: Actor, project: str, draft: RuleDraft, note: str = "") -> DriftRule:
        """Keep the next version of the rule; one that says the same as that in force is not kept twice.

        Raises:
            Denied: the actor may not monitor.
            ProjectNotFound: there is no such project.
            InvalidInput: the rule makes no sense.
        """
        require(actor, Permission.MONITOR)
        check(draft)
        now = self._clock.now()
        with self._store.write() as work:
            work.projects.get(project)
            before = work.drift_rules.newest(project)
            if before is not None and as_draft(before) == draft:
                return before
            rule = DriftRule(
                **dict(draft),
                project=project,
                number=before.number + 1 if before else 1,
                note=clipped(note, LONGEST_NOTE),
                created_at=now,
                created_by=actor.name,
            )
            work.drift_rules.add(rule)
            details = {"number": rule.number, "note": rule.note, **draft.model_dump(mode="json")}
            audit.record(work, now, actor.name, "monitor.rule", project, f"rule {rule.number}", details)
            work.commit()
        return rule

    def windows(self, project: str) -> list[ReportOutline]:
        """Return the stored windows of a project in the order of time, each as it was looked at last."""
        with self._store.read() as work:
            return backtest.history(work.reports.outlines(project, kind=ReportKind.DRIFT, limit=MOST))

    def try_out(self, project: str, draft: RuleDraft) -> BackTest:
        """Return what a rule would have done over the stored windows.

        Raises:
            InvalidInput: the rule makes no sense.
        """
        check(draft)
        return backtest.of(self.windows(project), draft)

    def cost(self, project: str) -> Cost:
        """Return what drift costs beside what a retraining costs, over the stored windows."""
        windows = self.windows(project)
        with self._store.read() as work:
            found = work.projects.get(project)
            rule = work.drift_rules.newest(project)
            jobs = work.jobs.find(project, (JobState.SUCCEEDED,), TRAININGS, 1)
        return cost.of(found, windows, jobs[0] if jobs else None, rule.retrain_rate if rule else 0.0)

    def review(
        self,
        actor: Actor,
        report: str,
        decision: ReviewDecision,
        note: str,
        *,
        column: str = "",
        job_id: str | None = None,
    ) -> DriftReview:
        """Keep what someone says of a report, or of one of its columns.

        ``job_id`` is the retraining that was started with it.

        Raises:
            Denied: the actor may not monitor.
            ReportNotFound: there is no such report.
            InvalidInput: there is no note, or the report has no such column.
        """
        require(actor, Permission.MONITOR)
        if not note.strip():
            raise InvalidInput(problem="A review needs a note: one sentence for those who look at this drift later.")
        now = self._clock.now()
        with self._store.write() as work:
            found = work.reports.get(report)
            if column and column not in {one.name for one in found.columns}:
                raise InvalidInput(problem=f"report {report} has no column {clipped(column, 60)!r}.")
            kept = DriftReview(
                id=new_id(),
                project=found.project,
                report=report,
                column=column,
                decision=decision,
                note=clipped(note, LONGEST_NOTE),
                job_id=job_id,
                created_at=now,
                created_by=actor.name,
            )
            work.drift_reviews.add(kept)
            details = {"decision": decision.value, "column": column, "note": kept.note, "job": job_id}
            audit.record(work, now, actor.name, "monitor.review", found.project, report, details)
            work.commit()
        return kept

    def reviews(self, project: str, report: str | None = None) -> list[DriftReview]:
        """Return what was said in a project, or of one report, newest first."""
        with self._store.read() as work:
            return work.drift_reviews.find(project, report)


def as_draft(rule: DriftRule) -> RuleDraft:
    """Return what a kept rule says."""
    return RuleDraft(**{name: getattr(rule, name) for name in RuleDraft.model_fields})


def check(draft: RuleDraft) -> None:
    """Make sure that a rule makes sense.

    Raises:
        InvalidInput: it wants more drifted windows than it looks at, or a test that is unknown or of another kind.
    """
    if draft.windows_drifted > draft.windows:
        raise InvalidInput(
            problem=f"{draft.windows_drifted} of {draft.windows} windows cannot be drifted. Look at more windows, or "
            "ask for fewer."
        )
    kinds = (("numbers", methods.NUMBERS), ("categories", methods.CATEGORIES))
    named = [(what, getattr(draft, what).test, kind) for what, kind in kinds]
    named += [(name, column.test, methods.NUMBERS | methods.CATEGORIES) for name, column in draft.columns.items()]
    for what, test, fitting in named:
        known = methods.BY_KEY.get(test) if test else None
        if test and (known is None or not known.kinds & fitting):
            allowed = ", ".join(method.key for method in methods.METHODS if method.kinds & fitting)
            raise InvalidInput(problem=f"{clipped(test, 60)!r} is no test for {what}. Choose one of: {allowed}.")
