"""The catalogue as a page of documentation, written from the same table as the form."""

from collections.abc import Iterable

from core.records.project import Task
from core.records.training import EstimatorCard, Parameter
from core.training import estimators
from core.training.catalogue import CATALOGUE, Family
from core.training.parameters import allowed, in_words

_HEAD = """# Estimators

Written by `pilothouse estimators --markdown` from the catalogue (`core/training/catalogue.py`); a test compares the
two. Ranges, kinds and most defaults are those the estimators declare. Hyperparameters marked *advanced* are folded away
in the form. Every estimator gives the same model for the same data, hyperparameters and seed; every classifier gives
probabilities. Numbers are standardised where the estimator wants it.
"""


def markdown() -> str:
    """Return the page: every estimator with its hyperparameters, and what is refused."""
    return "\n".join([_HEAD, *(_family(entry) for entry in CATALOGUE if estimators.is_installed(entry))])


def _family(entry: Family) -> str:
    cards = [card for task in Task for card in estimators.cards(task) if card.key == entry.key]
    return "\n".join([*_head(entry, cards), *_table(cards), "", *_refused(cards)])


def _head(entry: Family, cards: list[EstimatorCard]) -> list[str]:
    tasks = ", ".join(card.task.value for card in cards)
    facts = [f"`{entry.key}` · {entry.group} · {tasks}"]
    facts += ["numbers standardised"] if entry.scaled else []
    facts += [f"slow above {entry.slow_above:,} rows"] if entry.slow_above else []
    facts += [f"offered when `{entry.package}` is installed"] if entry.package else []
    notes = dict.fromkeys(note for card in cards for note in card.notes)
    return [f"## {entry.title}\n", entry.summary + "\n", " · ".join(facts) + "\n", *(f"{note}\n" for note in notes)]


def _table(cards: list[EstimatorCard]) -> list[str]:
    names = dict.fromkeys(parameter.name for card in cards for parameter in card.parameters)
    rows = [_row([p for card in cards for p in card.parameters if p.name == name]) for name in names]
    return ["| hyperparameter | default | allowed | what it does |", "|---|---|---|---|", *rows]


def _row(variants: list[Parameter]) -> str:
    first = variants[0]
    defaults = dict.fromkeys(_default(variant) for variant in variants)
    ranges = dict.fromkeys(allowed(variant) for variant in variants)
    words = [max((variant.help for variant in variants), key=len)]
    words += [f"Has an effect with {' and '.join(in_words(c) for c in first.applies)}."] if first.applies else []
    words += [f"Worth trying: {first.soft_low:g} to {first.soft_high:g}."] if first.soft_high is not None else []
    words += ["*advanced*"] if first.advanced else []
    return f"| `{first.name}` | {' / '.join(defaults)} | {' / '.join(ranges)} | {' '.join(words)} |"


def _default(parameter: Parameter) -> str:
    return parameter.empty or str("none" if parameter.default is None else parameter.default)


def _refused(cards: Iterable[EstimatorCard]) -> list[str]:
    reasons = dict.fromkeys(rule.why for card in cards for rule in card.rules)
    return ["Refused before a job is queued:\n", *(f"- {reason}" for reason in reasons), ""] if reasons else []
