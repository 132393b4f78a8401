"""Retraining rules, what became of them, and signals from outside, at rest."""

from datetime import datetime
from typing import Protocol

from core.records.rule import Decision, Evaluation, RetrainingRule, Signal


class RetrainingRuleRepository(Protocol):
    """Rules by id, one row for each look at a rule, and signals by project and id."""

    def add(self, rule: RetrainingRule) -> None:
        """Store a new rule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        ...

    def get(self, id: str) -> RetrainingRule:
        """Return a rule.

        Raises:
            RuleNotFound: there is none with that id.
        """
        ...

    def find(self, project: str | None = None) -> list[RetrainingRule]:
        """Return rules, newest first; in a write transaction no other writer changes them until it ends."""
        ...

    def update(self, rule: RetrainingRule) -> None:
        """Store a rule as it is now; its id and project never change.

        Raises:
            RuleNotFound: there is none with that id in that project.
        """
        ...

    def remove(self, id: str) -> None:
        """Delete a rule; its evaluations stay.

        Raises:
            RuleNotFound: there is none with that id.
        """
        ...

    def record(self, evaluation: Evaluation) -> None:
        """Store a look at a rule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        ...

    def evaluation(self, id: str) -> Evaluation:
        """Return one look at a rule.

        Raises:
            SuggestionNotFound: there is none with that id.
        """
        ...

    def answer(self, evaluation: Evaluation) -> bool:
        """Store the answer to a suggestion; False (and nothing changed) when it waits no longer."""
        ...

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
        ...

    def signal(self, signal: Signal) -> bool:
        """Store a signal; False (and nothing stored) when the project was told that id before.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def signals(self, project: str, since: datetime | None = None, limit: int = 100) -> list[Signal]:
        """Return signals that came at or after ``since``, newest first."""
        ...
