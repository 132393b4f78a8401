"""What people wrote on model cards, in memory."""

from core.records.card import CardText
from core.training_errors import CardChanged
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryCards:
    """A :class:`core.ports.cards.CardRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, text: CardText) -> None:
        """Store a new state.

        Raises:
            ProjectNotFound: there is no such project.
            CardChanged: the number is taken.
        """
        kept = self._view.change.card_texts
        self._view.need_project(text.project)
        key = (text.project, text.version, text.number)
        if key in kept:
            raise CardChanged(version=text.version, project=text.project)
        kept[key] = settled(text)

    def find(self, project: str, version: int) -> list[CardText]:
        """Return the states of one card, newest first."""
        texts = self._view.see.card_texts.values()
        chosen = [text for text in texts if (text.project, text.version) == (project, version)]
        return [loose(text) for text in sorted(chosen, key=lambda text: -text.number)]
