"""A whole study as part of another job: what a retraining does whose plan searches the hyperparameters anew."""

from core.clock import Clock
from core.jobs.context import JobContext
from core.ports.unit_of_work import Store
from core.records.study import Study, StudySpec, StudyState
from core.records.training import TrainingSpec
from core.training.tuning.service import TuningService


def search(tuning: TuningService, store: Store, clock: Clock, spec: StudySpec, context: JobContext) -> TrainingSpec:
    """Carry a study out as part of the job of ``context``; return the training its best trial stands for.

    The study carries the job's id, so that a second attempt of the job goes on where the first one died.

    Raises:
        InvalidInput: it cannot start; see :meth:`TuningService.check`.
        NoTrialFinished: every trial failed.
    """
    from core.training.tuning.recorder import tried

    tuning.check(spec)
    job = context.job
    study = Study(
        id=job.id,
        project=spec.base.project,
        spec=spec,
        state=StudyState.QUEUED,
        job_id=job.id,
        created_at=clock.now(),
        created_by=job.created_by,
    )
    with store.write() as work:
        context.fence(work)
        if all(known.id != study.id for known in work.studies.find(study.project)):
            work.studies.add(study)
            work.commit()
    tuning.execute(study.id, context)
    done = tuning.study(study.id)
    best = next(trial for trial in tuning.trials(study.id) if trial.number == done.best)
    return tried(done, best)
