"""Questions about runs as SQL, for SQLite and PostgreSQL alike."""

from collections.abc import Callable
from datetime import datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Float, Text, and_, cast, false, func, not_, or_, true, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

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
from storage.run_tables import run_entry, run_mark

Truth = ColumnElement[bool]
Plain = Callable[[Any, Any], Any]

COMPARED: dict[Operator, Plain] = {
    Operator.EQUAL: eq,
    Operator.UNEQUAL: ne,
    Operator.LESS: lt,
    Operator.AT_MOST: le,
    Operator.MORE: gt,
    Operator.AT_LEAST: ge,
}

OWN: dict[str, ColumnElement[Any]] = {
    "id": run_entry.c.run_id,
    "name": run_entry.c.name,
    "status": run_entry.c.status,
    "kind": run_entry.c.kind,
    "estimator": run_entry.c.estimator,
    "data": run_entry.c.dataset,
    "author": run_entry.c.author,
    "note": run_entry.c.note,
    "version": run_entry.c.version,
    "took": run_entry.c.took,
    "started": run_entry.c.started_at,
    "finished": run_entry.c.finished_at,
    "starred": func.coalesce(run_mark.c.starred, false()),
    "archived": func.coalesce(run_mark.c.archived, false()),
}


class Conditions:
    """Spells questions for one kind of database."""

    def __init__(self, *, on_postgres: bool) -> None:
        self._on_postgres = on_postgres

    def asked(self, project: str, question: RunQuestion) -> Truth:
        """Return what a row must fulfil to answer ``question``."""
        parts: list[Truth] = [run_entry.c.project == project, run_entry.c.gone_at.is_(None)]
        if not question.nested:
            parts.append(run_entry.c.parent_id.is_(None))
        if not question.archived:
            parts.append(not_(OWN["archived"]))
        parts += [run_entry.c.words.contains(word.lower(), autoescape=True) for word in question.words]
        if question.where is not None:
            parts.append(self.spelled(question.where))
        return and_(*parts)

    def order(self, question: RunQuestion) -> list[ColumnElement[Any]]:
        """Return what orders the rows: those without the field last, equal ones newest first."""
        column = self.column(question.order)
        turned = column.desc() if question.descending else column.asc()
        return [column.is_(None).asc(), turned, run_entry.c.started_at.desc(), run_entry.c.seq.desc()]

    def column(self, field: RunField) -> ColumnElement[Any]:
        """Return what a field is ordered by and compared as; of a parameter its number, NULL where it is none."""
        if field.group in (FieldGroup.PARAMS, FieldGroup.METRICS):
            return self.number(field)
        return OWN[field.name] if field.group is FieldGroup.RUN else self.text(field)

    def number(self, field: RunField) -> ColumnElement[Any]:
        """Return the number that a metric or parameter is, NULL for none."""
        documents = run_entry.c.metrics if field.group is FieldGroup.METRICS else run_entry.c.numbers
        return cast(self._member(documents, field.name), Float)

    def text(self, field: RunField) -> ColumnElement[Any]:
        """Return the text of a parameter or tag, NULL for none."""
        documents = run_entry.c.params if field.group is FieldGroup.PARAMS else run_entry.c.tags
        return self._member(documents, field.name)

    def _member(self, document: ColumnElement[Any], name: str) -> ColumnElement[Any]:
        if self._on_postgres:
            return cast(type_coerce(document, Text), JSONB).op("->>", return_type=Text())(name)
        path = '$."' + name.replace('"', '\\"') + '"'
        return func.json_extract(type_coerce(document, Text), path, type_=Text())

    def spelled(self, condition: Condition) -> Truth:
        """Return a condition as SQL that is true or false, never NULL."""
        if isinstance(condition, AllOf):
            return and_(true(), *map(self.spelled, condition.parts))
        if isinstance(condition, AnyOf):
            return or_(false(), *map(self.spelled, condition.parts))
        if isinstance(condition, NotSo):
            return not_(self.spelled(condition.part))
        return func.coalesce(self._compared(condition), false(), type_=Boolean())

    def _compared(self, asked: Comparison) -> Truth:
        if asked.operator is Operator.MISSING:
            return not_(self._present(asked.field, blank=False))
        if asked.operator is Operator.PRESENT:
            return self._present(asked.field, blank=False)
        present = self._present(asked.field, blank=True)
        if asked.operator in (Operator.IN, Operator.NOT_IN):
            same = or_(false(), *(self._one(asked.field, Operator.EQUAL, value) for value in asked.values))
            return and_(present, same if asked.operator is Operator.IN else not_(same))
        return and_(present, self._one(asked.field, asked.operator, asked.values[0]))

    def _present(self, field: RunField, *, blank: bool) -> Truth:
        """Tell that a run has the field; an empty note counts as one when ``blank`` says so."""
        column = self.read(field)
        is_note = field.group is FieldGroup.RUN and field.name == "note"
        return column != "" if is_note and not blank else column.is_not(None)

    def _one(self, field: RunField, operator: Operator, value: FieldValue) -> Truth:
        """Compare with one value; what is of another kind is not the same."""
        if operator is Operator.CONTAINS:
            found: Truth = func.lower(self.read(field)).contains(str(value).lower(), autoescape=True)
        elif _is_data_of_any_version(field, value):
            same = OWN["data"].startswith(f"{value}@", autoescape=True)
            found = same if operator is Operator.EQUAL else not_(same)
        else:
            found = COMPARED[operator](self._side(field, value), _bound(field, value))
        otherwise = true() if operator is Operator.UNEQUAL else false()
        return func.coalesce(found, otherwise, type_=Boolean())

    def _side(self, field: RunField, value: FieldValue) -> ColumnElement[Any]:
        is_text = field.group is FieldGroup.PARAMS and isinstance(value, str)
        return self.text(field) if is_text else self.column(field)

    def read(self, field: RunField) -> ColumnElement[Any]:
        """Return a field as it is read: a parameter as its text."""
        return self.text(field) if field.group is FieldGroup.PARAMS else self.column(field)


def _is_data_of_any_version(field: RunField, value: FieldValue) -> bool:
    return field.group is FieldGroup.RUN and field.name == "data" and "@" not in str(value)


def _bound(field: RunField, value: FieldValue) -> Any:
    return datetime.fromisoformat(str(value)) if field.kind is FieldKind.MOMENT else value
