"""Retraining rules, looks at them, and signals in SQL."""

from datetime import datetime

from sqlalchemy import delete, select, update

from core.errors import Conflict
from core.records.rule import Decision, Evaluation, RetrainingRule, Signal
from core.retraining_errors import RuleNotFound, SuggestionNotFound
from storage.retraining_tables import evaluation as looks
from storage.retraining_tables import retraining_rule as rules
from storage.retraining_tables import signal as signals
from storage.rows import to_row
from storage.statements import Statements


class SqlRetrainingRules:
    """A :class:`core.ports.rules.RetrainingRuleRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, rule: RetrainingRule) -> None:
        """Store a new rule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        self._db.need_project(rule.project)
        if not self._db.change(self._db.insert(rules).on_conflict_do_nothing(), to_row(rule)):
            raise Conflict(problem=f"Rule {rule.id} exists already.")

    def get(self, id: str) -> RetrainingRule:
        """Return a rule.

        Raises:
            RuleNotFound: there is none with that id.
        """
        found = self._db.one(RetrainingRule, self._db.locked(select(rules).where(rules.c.id == id)))
        if found is None:
            raise RuleNotFound(id=id)
        return found

    def find(self, project: str | None = None) -> list[RetrainingRule]:
        """Return rules, newest first; in a write transaction no other writer changes them until it ends."""
        query = select(rules).order_by(rules.c.seq.desc())
        query = query if project is None else query.where(rules.c.project == project)
        return self._db.all(RetrainingRule, self._db.locked(query))

    def update(self, rule: RetrainingRule) -> None:
        """Store a rule as it is now; its id and project never change.

        Raises:
            RuleNotFound: there is none with that id in that project.
        """
        this = (rules.c.id == rule.id) & (rules.c.project == rule.project)
        if not self._db.change(update(rules).where(this).values(to_row(rule))):
            raise RuleNotFound(id=rule.id)

    def remove(self, id: str) -> None:
        """Delete a rule; its evaluations stay.

        Raises:
            RuleNotFound: there is none with that id.
        """
        if not self._db.change(delete(rules).where(rules.c.id == id)):
            raise RuleNotFound(id=id)

    def record(self, evaluation: Evaluation) -> None:
        """Store a look at a rule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        self._db.need_project(evaluation.project)
        if not self._db.change(self._db.insert(looks).on_conflict_do_nothing(), to_row(evaluation)):
            raise Conflict(problem=f"Evaluation {evaluation.id} exists already.")

    def evaluation(self, id: str) -> Evaluation:
        """Return one look at a rule.

        Raises:
            SuggestionNotFound: there is none with that id.
        """
        found = self._db.one(Evaluation, self._db.locked(select(looks).where(looks.c.id == id)))
        if found is None:
            raise SuggestionNotFound(id=id)
        return found

    def answer(self, evaluation: Evaluation) -> bool:
        """Store the answer to a suggestion; False (and nothing changed) when it waits no longer."""
        waits = (looks.c.decision == Decision.SUGGESTED.value) & looks.c.answer.is_(None)
        return bool(
            self._db.change(update(looks).where((looks.c.id == evaluation.id) & waits).values(to_row(evaluation)))
        )

    def evaluations(
        self,
        project: str,
        rule_id: str | None = None,
        decisions: tuple[Decision, ...] = (),
        limit: int = 100,
        *,
        waiting: bool = False,
    ) -> list[Evaluation]:
        """Return looks at the rules of a project or at one rule, newest first; an empty tuple means any decision.

        ``waiting`` leaves only suggestions that wait for an answer.
        """
        query = select(looks).where(looks.c.project == project)
        if rule_id is not None:
            query = query.where(looks.c.rule_id == rule_id)
        if decisions:
            query = query.where(looks.c.decision.in_([decision.value for decision in decisions]))
        if waiting:
            query = query.where(looks.c.decision == Decision.SUGGESTED.value, looks.c.answer.is_(None))
        return self._db.all(Evaluation, query.order_by(looks.c.seq.desc()).limit(limit))

    def signal(self, signal: Signal) -> bool:
        """Store a signal; False (and nothing stored) when the project was told that id before.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(signal.project)
        return bool(self._db.change(self._db.insert(signals).on_conflict_do_nothing(), to_row(signal)))

    def signals(self, project: str, since: datetime | None = None, limit: int = 100) -> list[Signal]:
        """Return signals that came at or after ``since``, newest first."""
        query = select(signals).where(signals.c.project == project)
        if since is not None:
            query = query.where(signals.c.at >= since)
        return self._db.all(Signal, query.order_by(signals.c.seq.desc()).limit(limit))
