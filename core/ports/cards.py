"""What people wrote on model cards, at rest."""

from typing import Protocol

from core.records.card import CardText


class CardRepository(Protocol):
    """Saved states of the texts of model cards, never changed; all methods take part in the transaction."""

    def add(self, text: CardText) -> None:
        """Store a new state.

        Raises:
            ProjectNotFound: there is no such project.
            CardChanged: the number is taken: somebody saved meanwhile.
        """
        ...

    def find(self, project: str, version: int) -> list[CardText]:
        """Return the states of one card, newest first."""
        ...
