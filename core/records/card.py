"""The card of a model version: facts from the stores, and what people wrote beside them."""

from core.records.base import Moment, Record

CARD_FIELDS: dict[str, tuple[str, str]] = {
    "intended_use": ("Intended use", "Who uses the answers, for which decision, on which population."),
    "out_of_scope": ("Not for", "Uses the model was not made for and must not be put to."),
    "limits": ("Known limits", "Where it fails or was never tried, beyond what the figures below show."),
    "considerations": ("Considerations", "Fairness, privacy, law: what was weighed, and what was decided."),
    "contact": ("Contact", "Who answers for this model."),
}
"""What people fill in: name of the field, its heading, and what belongs there."""


class CardText(Record):
    """One saved state of what people wrote on a card, as Markdown by field; ``number`` counts them from 1."""

    project: str
    version: int
    number: int
    fields: dict[str, str]
    author: str
    created_at: Moment


class CardTable(Record):
    """A table on a card; every cell is text."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class CardSection(Record):
    """A part of a card: people's Markdown, sentences drawn from facts, labelled facts, and tables."""

    title: str
    prose: str = ""
    notes: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[CardTable, ...] = ()


class ModelCard(Record):
    """The whole card; the same stored facts always give the same card."""

    project: str
    version: int
    title: str
    subtitle: str
    sections: tuple[CardSection, ...]
