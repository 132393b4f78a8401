"""The simulator: a job that plays retraining policies through the past, what it found, and making one the plan."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.service import DatasetService
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.dataset import ColumnKind, DatasetVersion
from core.records.job import Job, JobKind
from core.records.metric import METRICS
from core.records.plan import DataChoice, RetrainingPlan
from core.records.rule import Condition, RuleDraft, RuleMode, Sign
from core.records.schedule import ScheduleAction, ScheduleDraft, Trigger, TriggerKind
from core.records.simulation import (
    PolicyKind,
    PolicyResult,
    RetrainPolicy,
    Simulation,
    SimulationRequest,
)
from core.records.training import TrainingSpec
from core.retraining import recipe
from core.retraining.plans import PlanService
from core.retraining.rules import RuleService
from core.retraining.service import RetrainingService
from core.retraining_errors import CannotSimulate, SimulationNotFound
from core.training import checking
from core.training.service import TrainingService

HELD_BACK = 0.3
"""The last part of the time that is shown, not chosen by."""

WINDOW = 0.25
"""Length of the usual window, as a part of the time before the first check."""


def usual(window: str) -> tuple[RetrainPolicy, ...]:
    """Return what is compared when nobody says what; ``window`` is the length of the sliding window, such as 90d."""
    return (
        RetrainPolicy(kind=PolicyKind.NEVER),
        RetrainPolicy(kind=PolicyKind.EVERY, amount=4),
        RetrainPolicy(kind=PolicyKind.EVERY, amount=4, span=window),
        RetrainPolicy(kind=PolicyKind.PERFORMANCE, amount=10, span=window),
        RetrainPolicy(kind=PolicyKind.DRIFT, span=window),
    )


class SimulationService:
    """Simulations of a project."""

    def __init__(
        self,
        store: Store,
        datasets: DatasetService,
        training: TrainingService,
        retraining: RetrainingService,
        rules: RuleService,
        plans: PlanService,
        queue: JobQueue,
        clock: Clock,
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._training = training
        self._retraining = retraining
        self._rules = rules
        self._plans = plans
        self._queue = queue
        self._clock = clock

    def propose(
        self,
        project: str,
        *,
        dataset: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        held_back: datetime | None = None,
        step_s: int = 7 * 86_400,
        policies: Sequence[RetrainPolicy] = (),
    ) -> SimulationRequest:
        """Return a whole request: by default the champion's data, the later half of its time, the last third of that
        held back, and the :func:`usual` policies.

        Raises:
            NoChampion: the project has no champion whose recipe could be played through.
            CannotSimulate: it has no time column of dates, or the times are not in order.
            DatasetNotFound: there is no such dataset version.
        """
        version, _, column = self._material(project, dataset)
        first, last = _reach(version, column)
        start = since or first + (last - first) / 2
        end = until or last + timedelta(days=1)
        later = held_back or end - (end - start) * HELD_BACK
        chosen = tuple(policies) or usual(f"{max(int((start - first).days * WINDOW), 1)}d")
        try:
            return SimulationRequest(
                dataset=version.ref, since=start, until=end, held_back=later, step_s=step_s, policies=chosen
            )
        except ValueError as error:
            said = f"it goes from {start.date()} to {end.date()} and holds back from {later.date()} on"
            raise CannotSimulate(problem=f"{said}: give times in this order") from error

    def submit(self, actor: Actor, project: str, request: SimulationRequest) -> Job:
        """Queue a simulation.

        Raises:
            Denied: the actor may not train.
            NoChampion, CannotSimulate: see :meth:`propose`.
        """
        require(actor, Permission.TRAIN)
        self._material(project, str(request.dataset))
        return self._queue.submit(
            actor,
            kind=JobKind.SIMULATE,
            project=project,
            title=f"Simulate {len(request.policies)} retraining policies on {request.dataset}",
            payload=request.model_dump(mode="json"),
        )

    def execute(self, project: str, payload: JsonObject, context: JobContext) -> Simulation:
        """Carry a simulation out; the body of its job. It is stored under the job's id, so a repeated job adds none.

        Raises:
            InvalidSpec: there are no rows to begin with, or none to check.
        """
        from core.retraining import replaying

        request = SimulationRequest.model_validate(payload)
        begun = self._clock.now()
        context.progress("read", 0.01, f"reading {request.dataset}")
        version, spec, column = self._material(project, str(request.dataset))
        names = list(dict.fromkeys([*checking.needed_columns(version, spec), column]))
        columns = checking.feature_columns(version, spec)
        with self._store.read() as work:
            rule = work.drift_rules.newest(project)
        replay = replaying.Replay(self._datasets.frame(version, names), columns, spec, column, request, rule)

        def tell(share: float, doing: str) -> None:
            context.check()
            context.progress("replay", 0.02 + 0.96 * share, doing)

        results = replay.run(tell)
        chosen = replaying.recommend(results, higher_is_better=replay.higher_is_better)
        now = self._clock.now()
        found = Simulation(
            id=context.job.id,
            project=project,
            metric=spec.metric,
            higher_is_better=replay.higher_is_better,
            request=request,
            results=results,
            recommended=chosen,
            summary=_summary(results, chosen, spec.metric, request),
            seconds=(now - begun).total_seconds(),
            created_at=now,
            created_by=context.job.created_by,
        )
        with self._store.write() as work:
            context.fence(work)
            work.plans.keep_simulation(found)
            details = {"recommended": results[chosen].words, "dataset": str(request.dataset)}
            audit.record(work, now, found.created_by, "simulation.end", project, found.id, details)
            work.commit()
        return found

    def simulation(self, id: str) -> Simulation:
        """Return a simulation.

        Raises:
            SimulationNotFound: there is none with that id.
        """
        with self._store.read() as work:
            found = work.plans.simulation(id)
        if found is None:
            raise SimulationNotFound(id=id)
        return found

    def simulations(self, project: str, limit: int = 20) -> list[Simulation]:
        """Return the simulations of a project, newest first."""
        with self._store.read() as work:
            return work.plans.simulations(project, limit)

    def adopt(self, actor: Actor, id: str, place: int | None = None) -> RetrainingPlan:
        """Make a policy of a simulation the project's own, by default the recommended one: its rows go into the plan,
        what starts it becomes a schedule or a rule that acts.

        Raises:
            SimulationNotFound: there is no such simulation, or no such policy in it.
            Denied: the actor may not change schedules.
        """
        require(actor, Permission.SCHEDULE)
        found = self.simulation(id)
        chosen = found.recommended if place is None else place
        if not 0 <= chosen < len(found.results):
            raise SimulationNotFound(id=f"{id}, policy {chosen}")
        policy = found.results[chosen].policy
        data = {"data": DataChoice.WINDOW if policy.span else DataChoice.LATEST, "span": policy.span}
        draft = self._plans.plan(found.project).draft.model_copy(update={**data, "dataset": found.request.dataset.name})
        plan = self._plans.set(actor, found.project, draft)
        name = f"Simulated: {found.results[chosen].words}"[:80]
        if policy.kind is PolicyKind.EVERY:
            seconds = int(policy.amount * found.request.step_s)
            trigger = Trigger(kind=TriggerKind.EVERY, expression=_period(seconds), timezone="UTC")
            made = ScheduleDraft(name=name, action=ScheduleAction.RETRAIN, trigger=trigger)
            self._retraining.add(actor, found.project, made)
        elif policy.kind is not PolicyKind.NEVER:
            self._rules.add(actor, found.project, _rule(name, policy, found.request))
        return plan

    def _material(self, project: str, dataset: str | None) -> tuple[DatasetVersion, TrainingSpec, str]:
        """Return what is played through: data, the champion's recipe on them, and the column of their time."""
        with self._store.read() as work:
            known = work.projects.get(project)
            champion = recipe.champion_of(work, project)
        spec = self._training.run(project, champion.run_id).spec
        if spec is None:
            raise CannotSimulate(problem="the champion was not made by Pilothouse, so its recipe is not known")
        if known.time_column is None:
            raise CannotSimulate(problem=f"project {project!r} has no time column. Name one in its settings")
        with self._store.read() as work:
            version = recipe.dataset_version(work, project, dataset or spec.dataset.name)
        column = version.column(known.time_column)
        if column is None or column.kind is not ColumnKind.DATETIME:
            raise CannotSimulate(problem=f"{version.ref} has no column {known.time_column!r} of dates")
        return version, spec.model_copy(update={"dataset": version.ref, "recency": None}), known.time_column


def _reach(version: DatasetVersion, column: str) -> tuple[datetime, datetime]:
    """Return the first and the last moment of a column, as its profile has them."""
    profile = next(one for one in version.profile.columns if one.name == column)
    if profile.minimum is None or profile.maximum is None or profile.minimum == profile.maximum:
        raise CannotSimulate(problem=f"{version.ref} has no two different times in {column!r}")
    return _moment(profile.minimum), _moment(profile.maximum)


def _moment(value: float | str) -> datetime:
    if isinstance(value, str):
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    return datetime.fromtimestamp(value, UTC)


def _rule(name: str, policy: RetrainPolicy, request: SimulationRequest) -> RuleDraft:
    sign = {PolicyKind.PERFORMANCE: Sign.PERFORMANCE, PolicyKind.DRIFT: Sign.DRIFT, PolicyKind.ROWS: Sign.ROWS}
    of = request.dataset.name if policy.kind is PolicyKind.ROWS else ""
    condition = Condition(sign=sign[policy.kind], amount=policy.amount or None, of=of)
    return RuleDraft(name=name, conditions=(condition,), mode=RuleMode.ACT, cooldown_s=request.step_s)


def _period(seconds: int) -> str:
    return f"{seconds // 86_400}d" if seconds % 86_400 == 0 else f"{seconds // 3_600}h"


def _summary(results: Sequence[PolicyResult], chosen: int, metric: str, request: SimulationRequest) -> str:
    """Say what is recommended, and what it would have meant on the held-back time."""
    best = results[chosen]
    said = f"Recommended: {best.words} ({best.retrainings} retrainings, {best.seconds:.0f} s of training)."
    never = next((result for result in results if result.policy.kind is PolicyKind.NEVER), None)
    if never is None or best is never or best.held_back_value is None or not never.held_back_value:
        return said
    known = METRICS.get(metric)
    sign = 1 if known is None or known.higher_is_better else -1
    gain = sign * (best.held_back_value - never.held_back_value) / abs(never.held_back_value) * 100
    word = "better" if gain >= 0 else "worse"
    return (
        f"{said} From {request.held_back.date()} on, which it was not chosen by, {metric} is "
        f"{best.held_back_value:.4g}, and {never.held_back_value:.4g} without retraining: {abs(gain):.0f}% {word}."
    )
