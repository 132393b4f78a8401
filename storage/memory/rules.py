"""Retraining rules, looks at them, and signals in memory."""

from datetime import datetime

from core.errors import Conflict
from core.records.rule import Decision, Evaluation, RetrainingRule, Signal
from core.retraining_errors import RuleNotFound, SuggestionNotFound
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryRetrainingRules:
    """A :class:`core.ports.rules.RetrainingRuleRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, rule: RetrainingRule) -> None:
        """Store a new rule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        rules = self._view.change.rules
        self._view.need_project(rule.project)
        if rule.id in rules:
            raise Conflict(problem=f"Rule {rule.id} exists already.")
        rules[rule.id] = settled(rule)

    def get(self, id: str) -> RetrainingRule:
        """Return a rule.

        Raises:
            RuleNotFound: there is none with that id.
        """
        try:
            return loose(self._view.see.rules[id])
        except KeyError as error:
            raise RuleNotFound(id=id) from error

    def find(self, project: str | None = None) -> list[RetrainingRule]:
        """Return rules, newest first."""
        rows = reversed(self._view.see.rules.values())
        return [loose(row) for row in rows if project is None or row.project == project]

    def update(self, rule: RetrainingRule) -> None:
        """Store a rule as it is now; its id and project never change.

        Raises:
            RuleNotFound: there is none with that id in that project.
        """
        if self.get(rule.id).project != rule.project:
            raise RuleNotFound(id=rule.id)
        self._view.change.rules[rule.id] = settled(rule)

    def remove(self, id: str) -> None:
        """Delete a rule; its evaluations stay.

        Raises:
            RuleNotFound: there is none with that id.
        """
        if self._view.change.rules.pop(id, None) is None:
            raise RuleNotFound(id=id)

    def record(self, evaluation: Evaluation) -> None:
        """Store a look at a rule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        looks = self._view.change.evaluations
        self._view.need_project(evaluation.project)
        if evaluation.id in looks:
            raise Conflict(problem=f"Evaluation {evaluation.id} exists already.")
        looks[evaluation.id] = settled(evaluation)

    def evaluation(self, id: str) -> Evaluation:
        """Return one look at a rule.

        Raises:
            SuggestionNotFound: there is none with that id.
        """
        try:
            return loose(self._view.see.evaluations[id])
        except KeyError as error:
            raise SuggestionNotFound(id=id) from error

    def answer(self, evaluation: Evaluation) -> bool:
        """Store the answer to a suggestion; False (and nothing changed) when it waits no longer."""
        looks = self._view.change.evaluations
        if evaluation.id not in looks or not looks[evaluation.id].waits:
            return False
        looks[evaluation.id] = settled(evaluation)
        return True

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
        found = [
            loose(row)
            for row in reversed(self._view.see.evaluations.values())
            if row.project == project
            and rule_id in (None, row.rule_id)
            and (not decisions or row.decision in decisions)
            and (row.waits or not waiting)
        ]
        return found[:limit]

    def signal(self, signal: Signal) -> bool:
        """Store a signal; False (and nothing stored) when the project was told that id before.

        Raises:
            ProjectNotFound: there is no such project.
        """
        signals = self._view.change.signals
        self._view.need_project(signal.project)
        if (signal.project, signal.id) in signals:
            return False
        signals[signal.project, signal.id] = settled(signal)
        return True

    def signals(self, project: str, since: datetime | None = None, limit: int = 100) -> list[Signal]:
        """Return signals that came at or after ``since``, newest first."""
        found = [
            loose(row)
            for row in reversed(self._view.see.signals.values())
            if row.project == project and (since is None or row.at >= since)
        ]
        return found[:limit]
