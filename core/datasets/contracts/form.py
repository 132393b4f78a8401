"""A contract as the rows of a table that people edit, one for each column, and back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from pydantic import TypeAdapter, ValidationError

from core.datasets.contracts.predicates import refused_pattern
from core.errors import InvalidContract
from core.records.contract import (
    Check,
    Draft,
    NullsCheck,
    PatternCheck,
    RangeCheck,
    Severity,
    TypeCheck,
    UniqueCheck,
    ValuesCheck,
    parse_period,
)
from core.records.dataset import Column, ColumnKind

Row = dict[str, Any]
"""``column``, ``type``, ``missing`` (at most, in percent), ``least``, ``most``, ``values``, ``pattern``, ``unique``,
``severity``; None, "" or [] where nothing is asked."""

MIXED = "mixed"
"""The severity of a row whose checks do not all have the same; such rows keep those they have."""

_CHECK: TypeAdapter[Check] = TypeAdapter(Check)
_MOST_OF_KEY = 16
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")


def rows(draft: Draft, columns: Sequence[Column]) -> list[Row]:
    """Return a row for each of ``columns``, and for each other one the contract names."""
    names = [column.name for column in columns]
    named = [check.names[0] for check in draft.checks if _is_of_row(check)]
    return [
        _row(name, [c for c in draft.checks if _is_of_row(c) and c.names[0] == name]) for name in _once(names, named)
    ]


def draft_from(edited: Sequence[Mapping[str, Any]], former: Draft) -> Draft:
    """Return what the edited rows say; checks that have no place in the table stay as they are in ``former``.

    Raises:
        InvalidContract: naming the column at fault.
    """
    severities = {check.key: check.severity for check in former.checks}
    checks = [check for row in edited for check in _checks(row, severities)]
    rest = [check for check in former.checks if not _is_of_row(check)]
    return Draft(checks=(*checks, *rest), requests=former.requests)


def is_key(check: Check) -> TypeGuard[UniqueCheck]:
    """Tell whether a check is of several columns that are unique together."""
    return isinstance(check, UniqueCheck) and len(check.columns) > 1


def keys(text: str, former: Draft) -> list[Check]:
    """Return the keys of several columns that ``text`` names, one a line, columns apart by commas.

    Raises:
        InvalidContract: naming the line at fault.
    """
    known = {", ".join(check.columns): check for check in former.checks if is_key(check)}
    found: list[Check] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        columns = known[line].columns if line in known else tuple(filter(None, map(str.strip, line.split(","))))
        if not 1 < len(set(columns)) == len(columns) <= _MOST_OF_KEY:
            raise InvalidContract(problem=f"{line!r} is no key: name 2 to {_MOST_OF_KEY} columns, apart by commas.")
        severity = known[line].severity if line in known else Severity.FAIL
        found.append(UniqueCheck(columns=columns, severity=severity))
    return found


def seconds(text: str) -> int:
    """Read a period.

    Raises:
        InvalidContract: the text is none.
    """
    try:
        return parse_period(text)
    except ValueError as error:
        raise InvalidContract(problem=f"{error}.") from error


def _once(*names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name for group in names for name in group))


def _is_of_row(check: Check) -> bool:
    is_alone = isinstance(check, UniqueCheck) and len(check.columns) == 1
    return is_alone or isinstance(check, TypeCheck | NullsCheck | RangeCheck | ValuesCheck | PatternCheck)


def _row(name: str, checks: Sequence[Check]) -> Row:
    row: Row = {
        "column": name,
        "type": None,
        "missing": None,
        "least": "",
        "most": "",
        "values": [],
        "pattern": "",
        "unique": False,
        "severity": MIXED,
    }
    for check in checks:
        row |= _cells(check)
    severities = {check.severity.value for check in checks}
    row["severity"] = next(iter(severities)) if len(severities) == 1 else MIXED if severities else Severity.FAIL.value
    return row


def _cells(check: Check) -> Row:
    if isinstance(check, TypeCheck):
        return {"type": check.type.value}
    if isinstance(check, NullsCheck):
        return {"missing": check.share * 100}
    if isinstance(check, RangeCheck):
        return {"least": _text(check.minimum), "most": _text(check.maximum)}
    if isinstance(check, ValuesCheck):
        return {"values": [_text(value) for value in check.values]}
    return {"pattern": check.pattern} if isinstance(check, PatternCheck) else {"unique": True}


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _checks(row: Mapping[str, Any], severities: Mapping[str, Severity]) -> Iterator[Check]:
    name = str(row["column"])
    is_text = row.get("type") in (None, "", ColumnKind.TEXT.value)
    for fields in _asked(row, name, is_text=is_text):
        try:
            check = _CHECK.validate_python(fields)
        except ValidationError as error:
            told = str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
            raise InvalidContract(problem=f"{name}: {told}.") from error
        chosen = row.get("severity") or MIXED
        severity = severities.get(check.key, Severity.FAIL) if chosen == MIXED else Severity(chosen)
        yield check.model_copy(update={"severity": severity})


def _asked(row: Mapping[str, Any], name: str, *, is_text: bool) -> Iterator[Row]:
    if row.get("type"):
        yield {"kind": "type", "column": name, "type": row["type"]}
    missing = row.get("missing")
    if missing is not None and missing == missing:
        yield {"kind": "nulls", "column": name, "share": round(float(missing) / 100, 10)}
    ends = [str(row.get(key) or "").strip() for key in ("least", "most")]
    if any(ends):
        low, high = (_bound(end) for end in ends)
        yield {"kind": "range", "column": name, "minimum": low, "maximum": high}
    values = [str(value) for value in _listed(row.get("values"))]
    if values:
        yield {"kind": "values", "column": name, "values": tuple(values if is_text else map(_scalar, values))}
    pattern = str(row.get("pattern") or "")
    if pattern:
        problem = refused_pattern(pattern)
        if problem:
            raise InvalidContract(problem=f"{name}: the pattern cannot be used: {problem} (patterns are those of RE2).")
        yield {"kind": "pattern", "column": name, "pattern": pattern}
    if row.get("unique"):
        yield {"kind": "unique", "columns": (name,)}


def _listed(values: Any) -> list[Any]:
    return [] if values is None or isinstance(values, float) else list(values)


def _bound(text: str) -> Any:
    return None if not text else _scalar(text)


def _scalar(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("+-").isdigit() else float(text)
