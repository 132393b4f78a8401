"""Retraining rules as people see them: add, change, look why, answer suggestions, tell a signal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import DatasetNotFound, InvalidSchedule, NoChampion
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.base import JsonObject, clipped, new_id
from core.records.job import Job
from core.records.model import Alias
from core.records.rule import (
    Answer,
    Condition,
    Decision,
    Evaluation,
    RetrainingRule,
    RuleDraft,
    RuleMode,
    Signal,
)
from core.retraining import conditions, triggers
from core.retraining.evaluation import Evaluator
from core.retraining.evidence import retraining_at_work
from core.retraining.ledger import words
from core.retraining_errors import InvalidRule, SuggestionAnswered, SuggestionNotFound
from core.training.manifests import read_manifest

LONGEST_NOTE, LONGEST_ID = 500, 80


class RuleService:
    """Keeps retraining rules, lets them look, and answers for what they decided."""

    def __init__(self, store: Store, blobs: BlobStore, queue: JobQueue, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._evaluator = Evaluator(store, queue)

    def add(self, actor: Actor, project: str, draft: RuleDraft) -> RetrainingRule:
        """Save a rule; what happened before now does not count for it.

        Conditions on data that name no dataset get the champion's, or the only one there is.

        Raises:
            InvalidRule: a condition lacks something, or the quiet hours cannot be read.
            DatasetNotFound: there is no dataset of that name.
            ProjectNotFound: there is no such project.
        """
        require(actor, Permission.SCHEDULE)
        now = self._clock.now()
        with self._store.write() as work:
            work.projects.get(project)
            settled = self._settled(work, project, draft)
            rule = RetrainingRule(
                **dict(settled),
                id=new_id(),
                project=project,
                enabled=True,
                since=now,
                created_at=now,
                created_by=actor.name,
            )
            work.rules.add(rule)
            audit.record(work, now, actor.name, "rule.add", project, rule.id, _told(rule))
            work.commit()
        return rule

    def change(self, actor: Actor, id: str, draft: RuleDraft) -> RetrainingRule:
        """Change a rule; what it decided so far stays, and it looks anew at what happened since.

        Raises:
            RuleNotFound: there is none with that id.
            InvalidRule, DatasetNotFound: as :meth:`add`.
        """
        require(actor, Permission.SCHEDULE)
        with self._store.write() as work:
            old = work.rules.get(id)
            settled = self._settled(work, old.project, draft)
            changed = old.model_copy(update={**dict(settled), "seen": "", "look_at": None})
            work.rules.update(changed)
            details = {"before": _told(old), "after": _told(changed)}
            audit.record(work, self._clock.now(), actor.name, "rule.change", old.project, id, details)
            work.commit()
        return changed

    def switch(self, actor: Actor, id: str, *, enabled: bool) -> RetrainingRule:
        """Pause a rule, or let it look again; what happened meanwhile counts.

        Raises:
            RuleNotFound: there is none with that id.
        """
        require(actor, Permission.SCHEDULE)
        with self._store.write() as work:
            rule = work.rules.get(id)
            if rule.enabled == enabled:
                return rule
            changed = rule.model_copy(update={"enabled": enabled, "seen": ""})
            work.rules.update(changed)
            action = "rule.resume" if enabled else "rule.pause"
            audit.record(work, self._clock.now(), actor.name, action, rule.project, id, {})
            work.commit()
        return changed

    def remove(self, actor: Actor, id: str) -> None:
        """Delete a rule; what it decided stays.

        Raises:
            RuleNotFound: there is none with that id.
        """
        require(actor, Permission.SCHEDULE)
        with self._store.write() as work:
            rule = work.rules.get(id)
            work.rules.remove(id)
            audit.record(work, self._clock.now(), actor.name, "rule.remove", rule.project, id, _told(rule))
            work.commit()

    def rules(self, project: str | None = None) -> list[RetrainingRule]:
        """Return rules, newest first."""
        with self._store.read() as work:
            return work.rules.find(project)

    def rule(self, id: str) -> RetrainingRule:
        """Return a rule.

        Raises:
            RuleNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return work.rules.get(id)

    def evaluations(self, project: str, rule_id: str | None = None, limit: int = 100) -> list[Evaluation]:
        """Return why retrainings were started, suggested or not, newest first."""
        with self._store.read() as work:
            return work.rules.evaluations(project, rule_id, limit=limit)

    def suggestions(self, project: str) -> list[Evaluation]:
        """Return the suggestions that wait for an answer, newest first."""
        with self._store.read() as work:
            return work.rules.evaluations(project, waiting=True)

    def accept(self, actor: Actor, id: str) -> Job:
        """Start the retraining that was suggested; asking twice gives the same job.

        Raises:
            SuggestionNotFound: there is none with that id.
            SuggestionAnswered: it was dismissed.
            NoChampion: the project has no champion whose recipe could be used.
        """
        require(actor, Permission.TRAIN)
        with self._store.write() as work:
            found = self._suggestion(work, id)
            if found.answer is Answer.ACCEPTED and found.job_id:
                return work.jobs.get(found.job_id)
            if not found.waits:
                raise SuggestionAnswered(id=id, problem=f"{found.answered_by} dismissed it")
            if work.deployments.current(found.project, Alias.CHAMPION) is None:
                raise NoChampion(project=found.project)
            job = retraining_at_work(work, found.project) or self._start(work, found, actor)
            self._answer(work, actor, found, Answer.ACCEPTED, job.id)
            work.commit()
        return job

    def dismiss(self, actor: Actor, id: str) -> Evaluation:
        """Let a suggestion go; what led to it does not count again.

        Raises:
            SuggestionNotFound: there is none with that id.
            SuggestionAnswered: it was accepted.
        """
        require(actor, Permission.TRAIN)
        with self._store.write() as work:
            found = self._suggestion(work, id)
            if found.answer is Answer.ACCEPTED:
                raise SuggestionAnswered(id=id, problem=f"{found.answered_by} accepted it")
            if found.waits:
                found = self._answer(work, actor, found, Answer.DISMISSED, None)
                work.commit()
        return found

    def _suggestion(self, work: UnitOfWork, id: str) -> Evaluation:
        found = work.rules.evaluation(id)
        if found.decision is not Decision.SUGGESTED:
            raise SuggestionNotFound(id=id)
        return found

    def _start(self, work: UnitOfWork, found: Evaluation, actor: Actor) -> Job:
        return self._evaluator.enqueue(work, found, actor.name, f"suggestion:{found.id}")

    def _answer(
        self, work: UnitOfWork, actor: Actor, found: Evaluation, answer: Answer, job_id: str | None
    ) -> Evaluation:
        now = self._clock.now()
        told = {"answer": answer, "answered_by": actor.name, "answered_at": now, "job_id": job_id}
        answered = found.model_copy(update=told)
        work.rules.answer(answered)
        for rule in work.rules.find(found.project):
            if rule.id == found.rule_id:
                work.rules.update(rule.model_copy(update={"seen": ""}))
        action = "suggestion.accept" if answer is Answer.ACCEPTED else "suggestion.dismiss"
        details = {"rule": found.rule_id, "job": job_id}
        audit.record(work, now, actor.name, action, found.project, found.id, details)
        return answered

    def signal(self, actor: Actor, project: str, *, id: str = "", name: str = "", note: str = "") -> bool:
        """Take in a signal from outside; False when it was told before by the same id.

        Raises:
            ProjectNotFound: there is no such project.
        """
        require(actor, Permission.TRAIN)
        now = self._clock.now()
        told = Signal(
            id=clipped(id, LONGEST_ID) or new_id(),
            project=project,
            name=clipped(name, LONGEST_ID),
            note=clipped(note, LONGEST_NOTE),
            at=now,
            by=actor.name,
        )
        with self._store.write() as work:
            is_new = work.rules.signal(told)
            if is_new:
                details = {"name": told.name, "note": told.note}
                audit.record(work, now, actor.name, "rule.signal", project, told.id, details)
                work.commit()
        return is_new

    def look(self, now: datetime) -> int:
        """Let each rule look at what is new; see :meth:`Evaluator.look`."""
        return self._evaluator.look(now)

    def _settled(self, work: UnitOfWork, project: str, draft: RuleDraft) -> RuleDraft:
        """Return the draft with every condition complete and checked."""
        _check_quiet(draft)
        found = tuple(self._complete(work, project, conditions.checked(item)) for item in draft.conditions)
        if len(set(found)) < len(found):
            raise InvalidRule(problem="the same condition stands in it twice")
        return draft.model_copy(update={"conditions": found})

    def _complete(self, work: UnitOfWork, project: str, condition: Condition) -> Condition:
        if condition.sign not in conditions.WITH_DATASET:
            return condition
        names = list(dict.fromkeys(version.dataset for version in work.datasets.find(project)))
        of = condition.of or self._champions_dataset(work, project) or (names[0] if len(names) == 1 else "")
        if not of:
            known = ", ".join(names) or "none yet"
            raise InvalidRule(
                problem=f"say which dataset the condition {condition.sign.value!r} looks at, such as "
                f"{condition.sign.value}@NAME; the project has {known}"
            )
        if of not in names:
            raise DatasetNotFound(project=project, ref=of, known=", ".join(names) or "none")
        return condition.model_copy(update={"of": of})

    def _champions_dataset(self, work: UnitOfWork, project: str) -> str:
        champion = work.deployments.current(project, Alias.CHAMPION)
        return read_manifest(self._blobs, champion.bundle_sha256).dataset.name if champion else ""


def _check_quiet(draft: RuleDraft) -> None:
    if draft.quiet is None:
        return
    if draft.quiet.start == draft.quiet.end:
        raise InvalidRule(problem="its quiet hours end when they start: choose two different times")
    try:
        triggers.zone(draft.quiet.timezone)
    except InvalidSchedule as error:
        raise InvalidRule(problem=f"there is no time zone {draft.quiet.timezone!r}") from error


def describe(rule: RuleDraft) -> str:
    """Return the whole rule in one plain sentence."""
    said = [conditions.describe(condition) for condition in rule.conditions]
    does = "start a retraining" if rule.mode is RuleMode.ACT else "suggest a retraining"
    limits = f"at most {_times(rule.per_day)} a day"
    if rule.cooldown_s:
        limits += f", not within {words_of(rule.cooldown_s)} of the last time"
    if rule.quiet:
        limits += f", never from {rule.quiet.start} to {rule.quiet.end} {rule.quiet.timezone}"
    return f"When {_joined(said, rule.needed)}, {does}; {limits}."


def _joined(said: Sequence[str], needed: int) -> str:
    if len(said) == 1:
        return said[0]
    if needed in (1, len(said)):
        word = "or" if needed == 1 else "and"
        return f"{', '.join(said[:-1])} {word} {said[-1]}"
    return f"at least {needed} of these hold: {', '.join(said)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def words_of(seconds: int) -> str:
    """Return a length given in seconds, in words."""
    return words(timedelta(seconds=seconds))


def _told(rule: RetrainingRule) -> JsonObject:
    """Return what the audit trail keeps of a rule."""
    kept = rule.draft.model_dump(mode="json", exclude_defaults=True)
    return {"says": describe(rule), **kept}
