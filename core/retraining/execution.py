"""One retraining from its plan to its outcome: what the process of a retraining job does."""

from core import audit
from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import ContractFails, InvalidSpec
from core.jobs.context import JobContext
from core.models.service import ModelService
from core.ports.unit_of_work import Store
from core.records.base import JsonObject
from core.records.dataset import DatasetVersion
from core.records.model import Deployment
from core.records.plan import DataChoice, PlanDraft, Retraining, RetrainingOutcome, RetrainingPlan
from core.records.project import Project
from core.records.study import StudySpec
from core.records.training import TrainingSpec
from core.retraining import labelled, recipe
from core.retraining_errors import TooFewLabelled
from core.serving.labels import LabelService
from core.training.service import TrainingService
from core.training.tuning import searching
from core.training.tuning.service import TuningService

SEARCH_SHARE = 0.6
FOLDS = 3


class RetrainingExecution:
    """Carries retrainings out; keeps nothing of its own between two of them."""

    def __init__(
        self,
        store: Store,
        datasets: DatasetService,
        training: TrainingService,
        tuning: TuningService,
        models: ModelService,
        labels: LabelService,
        clock: Clock,
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._training = training
        self._tuning = tuning
        self._models = models
        self._labels = labels
        self._clock = clock

    def carry_out(self, name: str, payload: JsonObject, context: JobContext) -> JsonObject:
        """Retrain by the project's plan; ``dataset`` in the payload takes the place of the plan's data.

        The version it registers becomes the challenger. That nothing was trained, since nothing is new or the data
        cannot be used, is an outcome, too: it is kept with its reason, and the job succeeds.

        Raises:
            NoChampion: the project has no champion.
            DatasetNotFound: there is no such dataset version.
            InvalidSpec: the recipe does not fit the data, or the champion's run has none.
        """
        with self._store.read() as work:
            project = work.projects.get(name)
            champion = recipe.champion_of(work, name)
            plan = work.plans.get(name) or RetrainingPlan(project=name)
        learned = self._training.run(name, champion.run_id).spec
        if learned is None:
            raise InvalidSpec(problem=f"the champion's run {champion.run_id} carries no training spec to repeat")
        begun = self._begun(project, champion, context)
        context.progress("plan", 0.0, "choosing the data")
        try:
            spec = recipe.aimed(learned, plan, project, self._version(project, learned, plan, payload))
            self._training.check(spec)
        except TooFewLabelled as error:
            return self._end(begun, RetrainingOutcome.TOO_LITTLE, str(error), context)
        except ContractFails as error:
            return self._end(begun, RetrainingOutcome.DATA_FAILED, str(error), context)
        begun = begun.model_copy(update={"dataset": str(spec.dataset)})
        known = self._known(learned, spec, champion, context) if not plan.trials else ""
        if known:
            return self._end(begun, RetrainingOutcome.NO_NEW_DATA, known, context)
        return self._train(begun, champion, learned, spec, plan, context)

    def _begun(self, project: Project, champion: Deployment, context: JobContext) -> Retraining:
        job, now = context.job, self._clock.now()
        cause = job.cause
        return Retraining(
            id=job.id,
            project=project.name,
            cause=cause.kind if cause else "person",
            cause_id=cause.id if cause else job.created_by,
            reason=cause.note if cause else f"asked for by {job.created_by}",
            at=now,
            champion=champion.version,
            metric=project.metric,
            outcome=RetrainingOutcome.CHALLENGER,
            decided_at=now,
        )

    def _version(self, project: Project, learned: TrainingSpec, plan: PlanDraft, payload: JsonObject) -> DatasetVersion:
        asked = payload.get("dataset")
        if not asked and plan.data is DataChoice.LABELLED:
            return labelled.version(self._datasets, self._labels, project, learned)
        name = learned.dataset.name
        if name.endswith("-labelled"):
            name = name.removesuffix("-labelled")
        with self._store.read() as work:
            return recipe.dataset_version(work, project.name, str(asked or plan.dataset or name))

    def _known(self, learned: TrainingSpec, spec: TrainingSpec, champion: Deployment, context: JobContext) -> str:
        """Say which version this retraining would only make again; "" for none."""
        if _same(learned, spec):
            return f"{spec.dataset} is what champion version {champion.version} was trained on, in the same way."
        newest = next(iter(self._models.versions(spec.project)), None)
        if newest is None or newest.job_id in (None, context.job.id):
            return ""
        made = self._training.run(spec.project, newest.run_id).spec
        return f"version {newest.version} was made of {spec.dataset} in the same way." if _same(made, spec) else ""

    def _train(
        self,
        begun: Retraining,
        champion: Deployment,
        learned: TrainingSpec,
        spec: TrainingSpec,
        plan: PlanDraft,
        context: JobContext,
    ) -> JsonObject:
        said = recipe.note(champion, learned, spec)
        context.progress("plan", 0.0, said)
        if plan.trials:
            spec = searching.search(self._tuning, self._store, self._clock, self._study(spec, plan), context)
            said += f" Its hyperparameters are the best of {plan.trials} trials at most."
        result = self._training.execute(spec, context)
        assert result.version is not None, "a retraining registers its version"  # noqa: S101
        compared = self._models.compare(spec.project, result.version)
        row = next((row for row in compared.rows if row[0] == begun.metric), None)
        done = begun.model_copy(
            update={
                "version": result.version,
                "champion_value": row[1] if row else None,
                "value": row[2] if row else result.metrics.get(begun.metric),
                "same_rows": compared.same_holdout,
            }
        )
        self._end(done, RetrainingOutcome.CHALLENGER, "it waits for a person to decide.", context)
        return {
            "run_id": result.run_id,
            "version": result.version,
            "dataset": str(spec.dataset),
            "champion_version": champion.version,
            "note": said,
        }

    def _study(self, spec: TrainingSpec, plan: PlanDraft) -> StudySpec:
        space = self._tuning.propose(spec.task, spec.estimator)
        return StudySpec(base=spec, space=space, trials=plan.trials, seconds=plan.seconds, folds=FOLDS, seed=spec.seed)

    def _end(self, retraining: Retraining, outcome: RetrainingOutcome, note: str, context: JobContext) -> JsonObject:
        """Keep where a retraining led, once."""
        now = self._clock.now()
        ended = retraining.model_copy(
            update={
                "outcome": outcome,
                "note": note,
                "decided_at": now,
                "seconds": (now - retraining.at).total_seconds(),
            }
        )
        details = {"outcome": outcome.value, "version": ended.version, "dataset": ended.dataset, "note": note}
        with self._store.write() as work:
            context.fence(work)
            work.plans.keep(ended)
            audit.record(work, now, context.job.created_by, "retraining.end", ended.project, ended.id, details)
            work.commit()
        return {"outcome": outcome.value, "note": note, "champion_version": ended.champion}


def _same(known: TrainingSpec | None, spec: TrainingSpec) -> bool:
    """Tell whether both make the same model: who made them and whether it is registered make no difference."""
    shared = {"register_version": True, "override": ""}
    return known is not None and known.model_copy(update=shared) == spec.model_copy(update=shared)
