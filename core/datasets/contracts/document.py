"""A contract as YAML that people read and edit, and back, with errors that name the line.

Scalars follow YAML 1.2: only ``true`` and ``false`` are booleans, so ``No`` stays the word it is in the data.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from core.datasets.contracts.predicates import refused_pattern
from core.errors import InvalidContract
from core.records.contract import (
    Check,
    ColumnsCheck,
    Draft,
    ExpressionCheck,
    FreshCheck,
    NullsCheck,
    PatternCheck,
    RangeCheck,
    Requests,
    RowsCheck,
    Severity,
    TypeCheck,
    UniqueCheck,
    ValuesCheck,
    parse_period,
    period,
)

LARGEST = 1 << 20
COLUMN_KEYS = ("type", "nulls", "range", "values", "pattern", "unique", "fresh", "severity")
TABLE_KEYS = ("columns", "unique", "rows", "expressions", "other_columns", "requests")
_CHECK: TypeAdapter[Check] = TypeAdapter(Check)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "~": None, "": None}


class _Place:
    """A YAML node with the way to it."""

    def __init__(self, node: yaml.Node, path: str) -> None:
        self.node = node
        self.path = path

    def refused(self, problem: str) -> InvalidContract:
        where = f"line {self.node.start_mark.line + 1}" + (f", {self.path}" if self.path else "")
        return InvalidContract(problem=f"{where}: {problem}")

    def items(self) -> "Iterator[tuple[str, _Place]]":
        """Yield the keys of a mapping with their values."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.refused("a mapping of `key: value` is wanted here")
        seen: set[str] = set()
        for key, value in self.node.value:
            name = str(key.value)
            place = _Place(value, f"{self.path}.{name}" if self.path else name)
            if name in seen:
                raise _Place(key, place.path).refused("the key is there twice")
            seen.add(name)
            yield name, place

    def elements(self) -> "list[_Place]":
        """Return the elements of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.refused("a list like [a, b] is wanted here")
        return [_Place(value, f"{self.path}[{place}]") for place, value in enumerate(self.node.value)]

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    def scalar(self) -> Any:
        """Return a single value."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.refused("a single value is wanted here")
        text = str(self.node.value)
        if self.node.style in ("'", '"', "|", ">"):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _NUMBER.fullmatch(text) else text

    def text(self) -> str:
        """Return a single value as it is written."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.refused("a single text is wanted here")
        return str(self.node.value)


def parse(text: str) -> Draft:
    """Read a contract.

    Raises:
        InvalidContract: naming the line and the key at fault.
    """
    root = _root(text)
    checks: list[Check] = []
    requests = Requests.IGNORE
    for key, place in root.items():
        if key == "columns":
            for name, column in place.items():
                checks += _of_column(name, column)
        elif key == "requests":
            requests = Requests(_choice(place, [choice.value for choice in Requests]))
        elif key in TABLE_KEYS:
            checks += _of_table(key, place)
        else:
            raise place.refused(f"is not known here; known are {', '.join(TABLE_KEYS)}")
    try:
        return Draft(checks=tuple(checks), requests=requests)
    except ValidationError as error:
        raise InvalidContract(problem=_first(error)) from error


def _root(text: str) -> _Place:
    if len(text) > LARGEST:
        raise InvalidContract(problem="the text is larger than 1 MB.")
    try:
        tokens = yaml.scan(text, yaml.SafeLoader)
        if any(isinstance(token, yaml.AliasToken) for token in tokens):
            raise InvalidContract(problem="aliases (*name) are not taken; write the values out.")
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise InvalidContract(problem=f"{where}{error.problem or error}.") from error
    except yaml.YAMLError as error:
        raise InvalidContract(problem=f"the text is no YAML: {error}.") from error
    if node is None:
        raise InvalidContract(problem="the text is empty.")
    return _Place(node, "")


def _of_column(name: str, place: _Place) -> list[Check]:
    fields = dict(place.items())
    usual = fields.pop("severity", None)
    severity = _severity(usual) if usual else Severity.FAIL
    return [_column_check(name, key, value, severity) for key, value in fields.items() if not _is_off(key, value)]


def _is_off(key: str, place: _Place) -> bool:
    return key == "unique" and not place.is_mapping and place.scalar() is False


def _column_check(name: str, key: str, place: _Place, usual: Severity) -> Check:
    if key not in COLUMN_KEYS:
        raise place.refused(f"is no check of a column; known are {', '.join(COLUMN_KEYS)}")
    fields = dict(place.items()) if place.is_mapping else {}
    severity = _severity(fields.pop("severity")) if "severity" in fields else usual
    if key == "range":
        low, high = _limits(place, fields)
        return _made(place, {"kind": key, "column": name, "minimum": low, "maximum": high, "severity": severity})
    if key == "unique":
        return _made(place, {"kind": key, "columns": (name,), "severity": severity})
    value = _is(place, fields)
    if key == "values":
        asked: dict[str, Any] = {"values": tuple(element.scalar() for element in value.elements())}
    elif key == "pattern":
        asked = {"pattern": _pattern(value)}
    elif key == "fresh":
        asked = {"seconds": _period(value)}
    else:
        asked = {"type": value.text()} if key == "type" else {"share": value.scalar()}
    return _made(place, {"kind": key, "column": name, "severity": severity, **asked})


def _is(place: _Place, fields: Mapping[str, _Place]) -> _Place:
    """Return the value of the short form, or of ``is`` in the long one."""
    if not place.is_mapping:
        return place
    unknown = next((key for key in fields if key != "is"), None)
    if unknown is not None or "is" not in fields:
        raise place.refused("write the value, or {is: value, severity: warn}")
    return fields["is"]


def _limits(place: _Place, fields: Mapping[str, _Place]) -> tuple[Any, Any]:
    """Return both ends of ``[low, high]`` or ``{min: low, max: high}``."""
    if place.is_mapping:
        unknown = next((key for key in fields if key not in ("min", "max")), None)
        if unknown is not None:
            raise fields[unknown].refused("is not known here; known are min, max, severity")
        low, high = (fields[key].scalar() if key in fields else None for key in ("min", "max"))
        return low, high
    ends = place.elements()
    if len(ends) != 2:
        raise place.refused("two limits are wanted: [low, high], or {min: low}")
    return ends[0].scalar(), ends[1].scalar()


def _of_table(key: str, place: _Place) -> list[Check]:
    if key == "unique":
        return [_unique(element) for element in place.elements()]
    if key == "expressions":
        return [_expression(element) for element in place.elements()]
    if key == "rows":
        fields = dict(place.items()) if place.is_mapping else {}
        severity = _severity(fields.pop("severity")) if "severity" in fields else Severity.FAIL
        low, high = _limits(place, fields)
        return [_made(place, {"kind": "rows", "minimum": low, "maximum": high, "severity": severity})]
    choice = _choice(place, ["allow", "warn", "fail"])
    return [] if choice == "allow" else [_made(place, {"kind": "columns", "severity": choice})]


def _unique(place: _Place) -> Check:
    fields = dict(place.items()) if place.is_mapping else {}
    severity = _severity(fields.pop("severity")) if "severity" in fields else Severity.FAIL
    names = _is(place, fields)
    return _made(
        place, {"kind": "unique", "columns": tuple(name.text() for name in names.elements()), "severity": severity}
    )


def _expression(place: _Place) -> Check:
    fields = dict(place.items()) if place.is_mapping else {}
    severity = _severity(fields.pop("severity")) if "severity" in fields else Severity.FAIL
    text = _is(place, fields).text()
    return _made(place, {"kind": "expression", "expression": text, "severity": severity})


def _severity(place: _Place) -> Severity:
    return Severity(_choice(place, [severity.value for severity in Severity]))


def _choice(place: _Place, known: list[str]) -> str:
    found = place.text()
    if found not in known:
        raise place.refused(f"{found!r} is not one of {', '.join(known)}")
    return found


def _pattern(place: _Place) -> str:
    problem = refused_pattern(place.text())
    if problem:
        raise place.refused(f"the pattern cannot be used: {problem} (patterns are those of RE2)")
    return place.text()


def _period(place: _Place) -> int:
    try:
        return parse_period(place.text())
    except ValueError as error:
        raise place.refused(str(error)) from error


def _made(place: _Place, fields: dict[str, Any]) -> Check:
    try:
        return _CHECK.validate_python(fields)
    except ValidationError as error:
        raise place.refused(_first(error)) from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    told = str(first["msg"]).removeprefix("Value error, ")
    shown = first.get("input")
    return told if isinstance(shown, dict) or shown is None else f"{told}, not {shown!r}"


def write(draft: Draft, heading: str = "") -> str:
    """Return ``draft`` as YAML that :func:`parse` reads back to the same."""
    document: dict[str, Any] = {}
    columns: dict[str, dict[str, Any]] = {}
    for check in draft.checks:
        if isinstance(check, UniqueCheck) and len(check.columns) == 1:
            columns.setdefault(check.columns[0], {})["unique"] = _with(check, short=True, long={})
        elif isinstance(check, TypeCheck | NullsCheck | RangeCheck | ValuesCheck | PatternCheck | FreshCheck):
            columns.setdefault(check.column, {})[check.kind] = _column_value(check)
        else:
            _add_table(document, check)
    whole = {"columns": columns, **document} if columns else document
    if draft.requests is not Requests.IGNORE:
        whole["requests"] = draft.requests.value
    lines = "".join(f"# {line}\n" for line in heading.splitlines())
    return lines + str(yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


def _column_value(check: Check) -> Any:
    if isinstance(check, RangeCheck):
        ends = {"min": check.minimum, "max": check.maximum}
        given = {name: end for name, end in ends.items() if end is not None}
        return _with(check, short=[check.minimum, check.maximum] if len(given) == 2 else given, long=given)
    value = _value(check)
    return _with(check, short=value, long={"is": value})


def _value(check: Check) -> Any:
    if isinstance(check, TypeCheck):
        return check.type.value
    if isinstance(check, ValuesCheck):
        return list(check.values)
    if isinstance(check, FreshCheck):
        return period(check.seconds)
    return check.pattern if isinstance(check, PatternCheck) else getattr(check, "share", None) or 0


def _add_table(document: dict[str, Any], check: Check) -> None:
    if isinstance(check, UniqueCheck):
        names = list(check.columns)
        document.setdefault("unique", []).append(_with(check, short=names, long={"is": names}))
    elif isinstance(check, ExpressionCheck):
        text = check.expression
        document.setdefault("expressions", []).append(_with(check, short=text, long={"is": text}))
    elif isinstance(check, RowsCheck):
        given = {"min": check.minimum, "max": check.maximum}
        ends = {name: end for name, end in given.items() if end is not None}
        document["rows"] = _with(check, short=ends, long=ends)
    elif isinstance(check, ColumnsCheck):
        document["other_columns"] = check.severity.value


def _with(check: Check, short: Any, long: dict[str, Any]) -> Any:
    """Return the short form of a check that fails, the long one, which says so, of one that warns."""
    return short if check.severity is Severity.FAIL else {**long, "severity": check.severity.value}


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Small collections on one line, texts that could be read as something else in quotes."""

    def represent_sequence(self, tag: str, sequence: Any, flow_style: Any = None) -> Any:  # noqa: ARG002
        is_flat = all(not isinstance(item, dict | list) for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=is_flat)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: Any = None) -> Any:  # noqa: ARG002
        is_leaf = bool(mapping) and all(not isinstance(item, dict) for item in mapping.values())
        is_short = is_leaf and not any(isinstance(item, list) and len(item) > 2 for item in mapping.values())
        is_check = is_short and set(mapping) <= {"is", "min", "max", "severity"}
        return super().represent_mapping(tag, mapping, flow_style=is_check)


def _quoted(dumper: _Dumper, text: str) -> Any:
    is_other = text in _WORDS or _INTEGER.fullmatch(text) or _NUMBER.fullmatch(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if is_other else None)


_Dumper.add_representer(str, _quoted)
