"""What people wrote on model cards, in SQL."""

from sqlalchemy import select

from core.records.card import CardText
from core.training_errors import CardChanged
from storage.rows import to_row
from storage.statements import Statements
from storage.training_tables import card_text as table


class SqlCards:
    """A :class:`core.ports.cards.CardRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, text: CardText) -> None:
        """Store a new state.

        Raises:
            ProjectNotFound: there is no such project.
            CardChanged: the number is taken.
        """
        self._db.need_project(text.project)
        if not self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(text)):
            raise CardChanged(version=text.version, project=text.project)

    def find(self, project: str, version: int) -> list[CardText]:
        """Return the states of one card, newest first."""
        query = select(table).where(table.c.project == project, table.c.version == version)
        return self._db.all(CardText, query.order_by(table.c.number.desc()))
