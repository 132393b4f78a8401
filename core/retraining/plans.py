"""Retraining plans as people see them."""

from datetime import timedelta

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import InvalidSchedule
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.plan import DataChoice, PlanDraft, Retraining, RetrainingPlan, Trial
from core.retraining import recipe, triggers
from core.retraining.ledger import words
from core.retraining_errors import InvalidPlan

BY_TIME = (DataChoice.WINDOW, DataChoice.WEIGHTED)


class PlanService:
    """Keeps plans, and tells what became of retrainings."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def plan(self, project: str) -> RetrainingPlan:
        """Return the plan of a project, the one that everyone starts with when nobody set one."""
        with self._store.read() as work:
            return work.plans.get(project) or RetrainingPlan(project=project)

    def set(self, actor: Actor, project: str, draft: PlanDraft) -> RetrainingPlan:
        """Save the plan of a project; retrainings under way go by the one before.

        Raises:
            InvalidPlan: it goes by time and the project has no time column, or a length cannot be read.
            DatasetNotFound: there is no such dataset.
            ProjectNotFound: there is no such project.
            Denied: the actor may not change schedules, or may not promote and the plan shall.
        """
        require(actor, Permission.SCHEDULE)
        if draft.promote:
            require(actor, Permission.PROMOTE)
        now = self._clock.now()
        with self._store.write() as work:
            known = work.projects.get(project)
            _check(draft, has_time=known.time_column is not None)
            if draft.dataset:
                recipe.dataset_version(work, project, draft.dataset)
            before = work.plans.get(project)
            plan = RetrainingPlan(**dict(draft), project=project, changed_at=now, changed_by=actor.name)
            work.plans.set(plan)
            details = {"before": describe(before) if before else "", "after": describe(plan)}
            audit.record(work, now, actor.name, "plan.set", project, project, details)
            work.commit()
        return plan

    def retrainings(self, project: str, limit: int = 100) -> list[Retraining]:
        """Return what became of the retrainings of a project, newest first."""
        with self._store.read() as work:
            return work.plans.retrainings(project, limit)


def _check(draft: PlanDraft, *, has_time: bool) -> None:
    if draft.data not in BY_TIME:
        return
    if not has_time:
        raise InvalidPlan(problem="it goes by time, and the project has no time column. Name one in its settings")
    try:
        triggers.period(draft.span)
    except InvalidSchedule as error:
        raise InvalidPlan(problem=f"{draft.span!r} is no length: write it like 90d or 12w") from error


def describe(plan: PlanDraft) -> str:
    """Return a plan in plain sentences."""
    of = f"the newest version of {plan.dataset}" if plan.dataset else "the newest version of the champion's data"
    data = {
        DataChoice.LATEST: f"all rows of {of}",
        DataChoice.WINDOW: f"the last {plan.span} of {of}",
        DataChoice.WEIGHTED: f"all rows of {of}, half as much weight each {plan.span} back",
        DataChoice.LABELLED: "the logged predictions whose truth is known",
    }[plan.data]
    spec = "the champion's parameters"
    if plan.trials:
        spec = f"the best of {plan.trials} trials" + (f" in {plan.seconds} s" if plan.seconds else "")
    said = [f"Train {spec} on {data}.", "Register the version as challenger and judge it by the project's gates."]
    said += [_trial(plan)] if plan.trial is not Trial.NONE else []
    said.append(
        "Promote it when the verdict says so, otherwise ask." if plan.promote else "Ask a person before promoting it."
    )
    if plan.probation_s:
        length = words(timedelta(seconds=plan.probation_s))
        said.append(f"Roll it back if it does {plan.worse_by:g}% worse than at training within {length}.")
    return " ".join(said)


def _trial(plan: PlanDraft) -> str:
    length = words(timedelta(seconds=plan.trial_s))
    if plan.trial is Trial.SHADOW:
        return f"Let it compute beside the champion for {length} first."
    return f"Let it answer {plan.share:.0%} of the requests for {length} first."
