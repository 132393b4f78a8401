"""The language runs are asked for in: ``metrics.roc_auc > 0.8 and params.max_depth <= 10 and data = "customers@3"``."""

import difflib
from datetime import UTC, datetime

from core.records.metric import METRICS
from core.records.run_query import (
    OWN_FIELDS,
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
)
from core.records.training import RunStatus
from core.training.run_index.words import Word, WordKind, words_in
from core.training_errors import InvalidQuery

DEEPEST = 50
"""Parentheses and negations within each other."""

GROUPS = {
    "metrics": FieldGroup.METRICS,
    "metric": FieldGroup.METRICS,
    "params": FieldGroup.PARAMS,
    "param": FieldGroup.PARAMS,
    "tags": FieldGroup.TAGS,
    "tag": FieldGroup.TAGS,
}
SIGNS = {"==": Operator.EQUAL, "<>": Operator.UNEQUAL, **{one.value: one for one in Operator if one.value[0] in "=!<>"}}
ORDERING = (Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST)
SPELLED = {
    FieldKind.NUMBER: "a number",
    FieldKind.TEXT: 'a text in quotes, such as "customers@3"',
    FieldKind.MOMENT: 'a date in quotes, such as "2026-03-01"',
    FieldKind.FLAG: "true or false",
}
STATUSES = {"finished": "FINISHED", "running": "RUNNING", "failed": "FAILED", "stopped": "KILLED", "killed": "KILLED"}


def read(text: str) -> Condition | None:
    """Return what a query means; None for an empty one.

    Raises:
        InvalidQuery: it does not follow the language; the sentence says where and what to write.
    """
    if not text.strip():
        return None
    reader = _Reader(words_in(text))
    found = reader.either()
    if reader.word.kind is not WordKind.END:
        raise reader.wrong(f"after a whole condition stands {reader.word.shown}. Join conditions with `and` or `or`.")
    return found


def read_field(text: str) -> RunField:
    """Return the field a text names, as addresses and options have it: ``metrics.roc_auc``, ``started``.

    Raises:
        InvalidQuery: there is no such field.
    """
    group, dot, name = text.partition(".")
    if dot and group in GROUPS and name:
        return RunField(group=GROUPS[group], name=name)
    return _Reader(words_in(text)).field()


class _Reader:
    """Reads words from left to right."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._at = 0
        self._deep = 0

    @property
    def word(self) -> Word:
        return self._words[self._at]

    def wrong(self, problem: str, word: Word | None = None) -> InvalidQuery:
        return InvalidQuery(position=(word or self.word).position, problem=problem)

    def _next(self) -> Word:
        word = self.word
        self._at = min(self._at + 1, len(self._words) - 1)
        return word

    def _takes(self, text: str) -> bool:
        if self.word.kind in (WordKind.KEYWORD, WordKind.SYMBOL) and self.word.text == text:
            self._next()
            return True
        return False

    def either(self) -> Condition:
        parts = [self._both()]
        while self._takes("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else AnyOf(parts=tuple(parts))

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._takes("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else AllOf(parts=tuple(parts))

    def _one(self) -> Condition:
        self._deep += 1
        if self._deep > DEEPEST:
            raise self.wrong(f"more than {DEEPEST} parentheses stand within each other.")
        try:
            if self._takes("not"):
                return NotSo(part=self._one())
            if self.word.text == "(" and self.word.kind is WordKind.SYMBOL:
                return self._enclosed()
            return self._comparison()
        finally:
            self._deep -= 1

    def _enclosed(self) -> Condition:
        opened = self._next()
        inside = self.either()
        if not self._takes(")"):
            raise self.wrong("this parenthesis is never closed.", opened)
        return inside

    def field(self) -> RunField:
        first = self._next()
        if first.kind is not WordKind.NAME:
            raise self.wrong(
                f"here should stand what is compared, such as metrics.roc_auc or data, not {first.shown}.", first
            )
        group = GROUPS.get(first.text)
        if group is None or self.word.text != ".":
            return self._own(first)
        parts = []
        while self._takes("."):
            part = self._next()
            if part.kind not in (WordKind.NAME, WordKind.NUMBER, WordKind.KEYWORD):
                raise self.wrong(f"after {first.text}. should stand a name, not {part.shown}.", part)
            parts.append(part.text)
        return RunField(group=group, name=".".join(parts))

    def _own(self, word: Word) -> RunField:
        if word.text in OWN_FIELDS:
            return RunField(group=FieldGroup.RUN, name=word.text)
        if word.text in METRICS:
            raise self.wrong(f"there is no field {word.text!r}. Write metrics.{word.text}.", word)
        near = difflib.get_close_matches(word.text, [*OWN_FIELDS, *GROUPS], 1)
        hint = f" Did you mean {near[0]}?" if near else f" There are {', '.join(OWN_FIELDS)}."
        more = " Figures are metrics.NAME, hyperparameters params.NAME, tags tags.NAME."
        raise self.wrong(f"there is no field {word.text!r}.{hint}{more}", word)

    def _comparison(self) -> Condition:
        field = self.field()
        word = self._next()
        if word.kind is WordKind.KEYWORD and word.text == "is":
            operator = Operator.PRESENT if self._takes("not") else Operator.MISSING
            if not self._takes("null"):
                raise self.wrong(f"after `is` should stand `null` or `not null`, not {self.word.shown}.")
            return Comparison(field=field, operator=operator)
        if word.kind is WordKind.KEYWORD and word.text in ("in", "not"):
            return self._among(field, word)
        operator = self._operator(field, word)
        value_word = self._next()
        return Comparison(field=field, operator=operator, values=(self._value(field, operator, value_word),))

    def _among(self, field: RunField, word: Word) -> Condition:
        if word.text == "not" and not self._takes("in"):
            raise self.wrong(f"after `not` should stand `in`, not {self.word.shown}.")
        if not self._takes("("):
            raise self.wrong(f"after `in` should stand values in parentheses, not {self.word.shown}.")
        values = [self._value(field, Operator.IN, self._next())]
        while self._takes(","):
            values.append(self._value(field, Operator.IN, self._next()))
        if not self._takes(")"):
            raise self.wrong(f"after a value should stand `,` or `)`, not {self.word.shown}.")
        operator = Operator.IN if word.text == "in" else Operator.NOT_IN
        return Comparison(field=field, operator=operator, values=tuple(values))

    def _operator(self, field: RunField, word: Word) -> Operator:
        if word.kind is WordKind.KEYWORD and word.text == "contains":
            operator = Operator.CONTAINS
        elif word.kind is WordKind.SYMBOL and word.text in SIGNS:
            operator = SIGNS[word.text]
        else:
            raise self.wrong(
                f"after {field} should stand one of = != < <= > >= in contains is, not {word.shown}.", word
            )
        if operator is Operator.CONTAINS and field.kind not in (None, FieldKind.TEXT):
            raise self.wrong(f"{field} is no text, so that it cannot contain something.", word)
        if operator in ORDERING and field.kind in (FieldKind.TEXT, FieldKind.FLAG):
            raise self.wrong(f"{field} cannot be larger or smaller. Use =, != or contains.", word)
        return operator

    def _value(self, field: RunField, operator: Operator, word: Word) -> FieldValue:
        value = _plain(word)
        if value is None:
            hint = " Texts stand in quotes." if word.kind is WordKind.NAME else ""
            raise self.wrong(f"here should stand a value, not {word.shown}.{hint}", word)
        if field.kind is None:
            if operator in ORDERING and not _is_number(value):
                raise self.wrong(f"{field} can only be larger or smaller than a number, not {word.shown}.", word)
            return str(value) if operator is Operator.CONTAINS or isinstance(value, bool) else value
        if field.kind is FieldKind.MOMENT and isinstance(value, str):
            return self._moment(word)
        fits = {
            FieldKind.NUMBER: _is_number(value),
            FieldKind.TEXT: isinstance(value, str),
            FieldKind.FLAG: isinstance(value, bool),
        }
        if not fits.get(field.kind, False):
            raise self.wrong(f"{field} is compared with {SPELLED[field.kind]}, not with {word.shown}.", word)
        return self._status(field, operator, word) if field.name == "status" else value

    def _status(self, field: RunField, operator: Operator, word: Word) -> FieldValue:
        if field.group is not FieldGroup.RUN or operator is Operator.CONTAINS:
            return word.text
        known = {**STATUSES, **{status.value: status.value for status in RunStatus}}
        found = known.get(word.text) or known.get(word.text.lower())
        if found is None:
            raise self.wrong(f"there is no status {word.text!r}: finished, running, failed or stopped.", word)
        return found

    def _moment(self, word: Word) -> str:
        try:
            moment = datetime.fromisoformat(word.text)
        except ValueError:
            raise self.wrong(
                f"{word.shown} is no date. Write one such as '2026-03-01' or '2026-03-01T09:30'.", word
            ) from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _plain(word: Word) -> FieldValue | None:
    if word.kind is WordKind.TEXT:
        return word.text
    if word.kind is WordKind.NUMBER:
        return float(word.text)
    if word.kind is WordKind.KEYWORD and word.text in ("true", "false"):
        return word.text == "true"
    return None


def _is_number(value: FieldValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
