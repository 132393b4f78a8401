"""The rounds of a tune job, noted: stored, told to MLflow, and ended when someone asks or the time is used up."""

import logging
from collections.abc import Sequence
from datetime import datetime

from core.errors import StoreBusy
from core.jobs.context import JobContext
from core.ports.unit_of_work import Store
from core.records.study import OuterFold, Study, StudyRequest, Trial, TrialState
from core.training.tuning import progress
from core.training.tuning.crew import Crew
from core.training.tuning.recorder import Recorder
from core.training.tuning.rounds import LOOK_S, Rounds, best_of

logger = logging.getLogger(__name__)

SAVE_S = 0.25
"""How long the score of a fold may wait to be stored; begin and end of a trial never wait."""

IMPORTANCE_S = 10.0
OUT_OF_TIME = "The time budget was used up."
STOPPED = "Someone stopped the study."


class Conductor(Rounds):
    """Carries a study on from wherever its trials are, until its budget is used up or someone asks to pause or stop."""

    def __init__(
        self,
        store: Store,
        context: JobContext,
        study: Study,
        trials: Sequence[Trial],
        crew: Crew,
        recorder: Recorder,
    ) -> None:
        """``trials`` are those of earlier attempts, by number."""
        super().__init__(study.id, study.spec, trials, crew, context.clock)
        self._store = store
        self._context = context
        self._study = study
        self._recorder = recorder
        self._unsaved: set[int] = set()
        self._unrecorded: list[int] = []
        self._is_due = False
        self._begun_at = self._saved_at = self._looked_at = self._weighed_at = context.clock.now()
        self._spent = study.seconds
        self.request: StudyRequest | None = study.request

    @property
    def study(self) -> Study:
        """The study as it stands."""
        return self._study

    def run(self) -> str:
        """Go on until there is nothing left to do; return in words why it ended, empty when the trials are done."""
        self._look()
        why = super().run()
        self._weigh()
        return why

    def _between(self) -> None:
        self._save_when_due()

    def _listen(self) -> None:
        if self._since(self._looked_at) >= LOOK_S:
            self._look()

    def _changed(self, number: int) -> None:
        self._unsaved.add(number)
        if not self._trials[number].scores:
            self._is_due = True

    def _over(self, number: int) -> None:
        self._unsaved.add(number)
        self._is_due = True
        self._unrecorded.append(number)

    def give_up_unfinished(self, reason: str) -> None:
        """End the trials that wait for their next fold; what they scored stays."""
        for number, trial in self._trials.items():
            if trial.state is TrialState.RUNNING:
                self._end(number, TrialState.STOPPED, reason)

    def keep(self, found: OuterFold) -> None:
        """Store what was found within the next outer fold."""
        self._study = self._study.model_copy(update={"nested": (*self._study.nested, found)})
        self.save()

    def listen(self, told: str) -> bool:
        """Tell how far the search within an outer fold is; False once someone asked to pause or stop.

        Raises:
            LeaseLost, JobCancelled: the job may not go on.
        """
        if self._since(self._looked_at) >= LOOK_S:
            self._look(told)
        return self.request is None

    def save(self) -> None:
        """Store what is not stored yet, and only then let MLflow hear of it, so that no trial has two runs there.

        Raises:
            LeaseLost: another worker has the job now.
            StoreBusy: the store cannot be written now.
        """
        runs = self._recorder.taken()
        for number, run_id in runs.items():
            self._trials[number] = self._trials[number].model_copy(update={"run_id": run_id})
        now = self._context.clock.now()
        self._study = self._study.model_copy(
            update={
                "seconds": self._spent + self._since(self._begun_at),
                "run_id": self._recorder.parent,
                **self._best(),
            }
        )
        self._unsaved |= set(runs)
        with self._store.write() as work:
            self._context.fence(work)
            asked = work.studies.get(self._study.id)
            work.studies.put_trials([self._trials[number] for number in sorted(self._unsaved)])
            work.studies.save(self._study.model_copy(update={"request": asked.request}))
            work.commit()
        self._unsaved, self._saved_at, self._is_due = set(), now, False
        for number in self._unrecorded:
            self._recorder.add(self._trials[number])
        self._unrecorded = []

    def _due_end(self) -> str | None:
        if self.request is not None:
            return STOPPED if self.request is StudyRequest.STOP else "Paused."
        seconds = self._spec.seconds
        if seconds is not None and self._spent + self._since(self._begun_at) >= seconds:
            return OUT_OF_TIME
        return None

    def _save_when_due(self) -> None:
        if not self._is_due and not (self._unsaved and self._since(self._saved_at) >= SAVE_S):
            return
        if self._since(self._weighed_at) >= IMPORTANCE_S:
            self._weigh()
        try:
            self.save()
        except StoreBusy as error:
            logger.warning("Trials wait to be stored: %s", error)

    def _weigh(self) -> None:
        self._weighed_at = self._context.clock.now()
        self._study = self._study.model_copy(update={"importances": self._search.importances()})

    def _best(self) -> dict[str, object]:
        done = sum(trial.state is not TrialState.RUNNING for trial in self._trials.values())
        return {"done": done, **best_of(self._study.metric, self.trials)}

    def _look(self, told: str = "") -> None:
        """See whether the job may go on, what someone asked, and tell how far it is."""
        self._looked_at = self._context.clock.now()
        self._context.check()
        with self._store.read() as work:
            self.request = work.studies.get(self._study.id).request or self.request
        done = progress.fraction(self._spec, self.trials, self._spent + self._since(self._begun_at))
        share = progress.whole(self._study, done)
        self._context.progress("nested" if told else "trials", 0.05 + 0.93 * share, told or self._message())
        if self._study.value is not None:
            self._context.tell({f"best cv {self._study.metric}": self._study.value})

    def _message(self) -> str:
        total = f" of {self._spec.trials}" if self._spec.trials else ""
        best = f", best {self._study.value:.4f} (trial {self._study.best})" if self._study.value is not None else ""
        return f"{self._study.done}{total} trials done{best}"

    def _since(self, moment: datetime) -> float:
        return (self._context.clock.now() - moment).total_seconds()
