"""Questions about runs, asked of records in memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.records.run_index import RunEntry, RunMark
from core.records.run_query import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    FieldGroup,
    FieldKind,
    FieldValue,
    NotSo,
    Operator,
    RunField,
    RunQuestion,
)
from storage.run_conditions import COMPARED
from storage.run_words import numbers_of, words_of

Seen = tuple[RunEntry, RunMark]
OWN = {"id": "run_id", "data": "dataset", "started": "started_at", "finished": "finished_at"}
NOTE = RunField(group=FieldGroup.RUN, name="note")


def answers(seen: Seen, question: RunQuestion) -> bool:
    """Tell whether a run answers a question."""
    entry, mark = seen
    if entry.gone_at is not None or (entry.parent_id and not question.nested):
        return False
    if mark.archived and not question.archived:
        return False
    words = words_of(entry)
    if not all(word.lower() in words for word in question.words):
        return False
    return question.where is None or holds(seen, question.where)


def ordered(rows: Sequence[Seen], question: RunQuestion) -> list[Seen]:
    """Return runs in the order asked for; ``rows`` come in the order of insertion."""
    newest = list(rows)[::-1]
    newest.sort(key=lambda seen: seen[0].started_at, reverse=True)
    having = [seen for seen in newest if _ordering(seen, question.order) is not None]
    lacking = [seen for seen in newest if _ordering(seen, question.order) is None]
    return [*sorted(having, key=lambda seen: _ordering(seen, question.order), reverse=question.descending), *lacking]


def _ordering(seen: Seen, field: RunField) -> Any:
    if field.group is FieldGroup.PARAMS:
        return numbers_of(seen[0].params).get(field.name)
    return value(seen, field)


def value(seen: Seen, field: RunField) -> Any:
    """Return a field of a run, None where it has none; a parameter's number where it is one."""
    entry, mark = seen
    if field.group is FieldGroup.METRICS:
        return entry.metrics.get(field.name)
    if field.group is FieldGroup.TAGS:
        return entry.tags.get(field.name)
    if field.group is FieldGroup.PARAMS:
        return numbers_of(entry.params).get(field.name, entry.params.get(field.name))
    if field.name in ("starred", "archived"):
        return getattr(mark, field.name)
    return getattr(entry, OWN.get(field.name, field.name))


def holds(seen: Seen, condition: Condition) -> bool:
    """Tell whether a condition is true of a run."""
    if isinstance(condition, AllOf):
        return all(holds(seen, part) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return any(holds(seen, part) for part in condition.parts)
    if isinstance(condition, NotSo):
        return not holds(seen, condition.part)
    return _compared(seen, condition)


def _compared(seen: Seen, asked: Comparison) -> bool:
    found = value(seen, asked.field)
    is_missing = found is None or (asked.field == NOTE and found == "")
    if asked.operator in (Operator.MISSING, Operator.PRESENT):
        return is_missing == (asked.operator is Operator.MISSING)
    if found is None:
        return False
    if asked.operator in (Operator.IN, Operator.NOT_IN):
        same = any(_one(seen, asked.field, Operator.EQUAL, wanted) for wanted in asked.values)
        return same == (asked.operator is Operator.IN)
    return _one(seen, asked.field, asked.operator, asked.values[0])


def _one(seen: Seen, field: RunField, operator: Operator, wanted: FieldValue) -> bool:
    """Compare with one value; what is of another kind is not the same."""
    found = value(seen, field)
    if field.group is FieldGroup.PARAMS and (isinstance(wanted, str) or operator is Operator.CONTAINS):
        found = seen[0].params.get(field.name)
    if isinstance(found, str) and not isinstance(wanted, str):
        return operator is Operator.UNEQUAL
    if operator is Operator.CONTAINS:
        return str(wanted).lower() in str(found).lower()
    if field.group is FieldGroup.RUN and field.name == "data" and "@" not in str(wanted):
        return bool(found.startswith(f"{wanted}@")) == (operator is Operator.EQUAL)
    right = datetime.fromisoformat(str(wanted)) if field.kind is FieldKind.MOMENT else wanted
    return bool(COMPARED[operator](found, right))
