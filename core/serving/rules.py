"""The contract of a model's data, asked of requests: compiled once for each version of the contract, without pandas.

Asked are ranges, allowed values, patterns, columns that are never missing, and expressions, of the inputs of the model.
What speaks of a whole table (uniqueness, rows, freshness, shares of missing values) is not.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.errors import AppError, InvalidExpression, InvalidRequest
from core.ports.unit_of_work import Store
from core.records.base import JsonObject
from core.records.contract import (
    Check,
    Contract,
    ExpressionCheck,
    NullsCheck,
    PatternCheck,
    RangeCheck,
    Requests,
    Severity,
    ValuesCheck,
)
from core.records.dataset import Column, ColumnKind
from core.records.model import ModelManifest
from core.serving.schemas import MOST_PROBLEMS, Problem

logger = logging.getLogger(__name__)

MOST_KNOWN = 256
"""Models whose rules are kept; a champion and its candidate are asked in turn."""

Broken = Callable[[Sequence[Any]], Sequence[bool]]
"""Takes the values of a column, None where one is missing; tells which break the check."""
BrokenRows = Callable[[Sequence[JsonObject]], Sequence[bool]]
"""Takes records, in which a field may be absent; tells which break the check."""

LONGEST_VALUE = 60


@dataclass(frozen=True)
class Rule:
    """One check of a column, or across several."""

    columns: tuple[str, ...]
    sentence: str
    severity: Severity
    broken: BrokenRows

    def complaint(self, record: JsonObject) -> str:
        """Say which values of ``record`` break the check."""
        if len(self.columns) == 1:
            return f"{_shown(record.get(self.columns[0]))} breaks the contract: {self.sentence}"
        values = ", ".join(f"{name} = {_shown(record.get(name))}" for name in self.columns)
        return f"{values} break the contract: {self.sentence}"


@dataclass(frozen=True)
class Rules:
    """What a contract asks of the requests to one model."""

    dataset: str
    number: int
    requests: Requests
    rules: tuple[Rule, ...]

    def judge(self, records: Sequence[JsonObject], *, batch: bool) -> list[tuple[str, ...]]:
        """Return the warnings of each record.

        Raises:
            InvalidRequest: the contract refuses requests, and a record breaks a check that counts as a failure.
        """
        refused: list[Problem] = []
        warned: list[list[str]] = [[] for _ in records]
        for rule in self.rules:
            for row, is_broken in enumerate(rule.broken(records)):
                if not is_broken:
                    continue
                said, field = rule.complaint(records[row]), rule.columns[0]
                if self.requests is Requests.REFUSE and rule.severity is Severity.FAIL:
                    refused.append((f"records[{row}].{field}" if batch else field, said))
                else:
                    warned[row].append(f"{field}: {said}")
        if refused:
            raise self._refusal(refused)
        return [tuple(said) for said in warned]

    def _refusal(self, problems: Sequence[Problem]) -> InvalidRequest:
        columns = ", ".join(dict.fromkeys(field.rpartition(".")[2] for field, _ in problems))
        count = f"{len(problems)} value{'' if len(problems) == 1 else 's'}"
        problem = (
            f"{count} of {columns} break contract {self.number} of {self.dataset}. Send values it allows, or change "
            "the contract (its `requests: refuse` is what turns them away)"
        )
        return InvalidRequest(problem=problem, details=tuple(problems[:MOST_PROBLEMS]))


class RuleBook:
    """The rules of every model that was asked, kept in step with the contracts in force; safe between threads."""

    def __init__(self, store: Store) -> None:
        """Nothing is read before the first request."""
        self._store = store
        self._lock = threading.Lock()
        self._known: Mapping[tuple[str, str], tuple[ModelManifest, Rules | None]] = {}
        self._revision = -1

    def judge(
        self, project: str, manifest: ModelManifest, records: Sequence[JsonObject], *, batch: bool
    ) -> list[tuple[str, ...]] | None:
        """Return the warnings of each record, None where the contract has nothing to say of requests.

        Raises:
            InvalidRequest: the contract refuses a record; nothing was answered.
        """
        rules = self._rules(project, manifest)
        return None if rules is None else rules.judge(records, batch=batch)

    def told(self, project: str, manifest: ModelManifest) -> list[str]:
        """Return in sentences what the contract asks of a record, and what becomes of one that breaks it."""
        rules = self._rules(project, manifest)
        if rules is None:
            return []
        what = "is refused" if rules.requests is Requests.REFUSE else "is answered with a warning"
        asked = " ".join(f"{rule.sentence[:1].upper()}{rule.sentence[1:]}." for rule in rules.rules)
        return [f"The contract of {rules.dataset} asks of it, and a record that breaks this {what}: {asked}"]

    def _rules(self, project: str, manifest: ModelManifest) -> Rules | None:
        known = self._known.get((project, manifest.run_id))
        if known is None or known[0] is not manifest:
            known = self._learn(project, manifest)
        return known[1]

    def refresh(self) -> None:
        """Follow what changed in the store since the last time; what is known stays while the store is away."""
        try:
            revision = self._store.revision()
            if revision == self._revision:
                return
            for (project, _), (manifest, _) in self._known.items():
                self._learn(project, manifest)
            self._revision = revision
        except AppError:
            logger.warning("The contracts cannot be followed; the rules known so far stay in force.", exc_info=True)

    def _learn(self, project: str, manifest: ModelManifest) -> tuple[ModelManifest, Rules | None]:
        with self._store.read() as work:
            contract = work.contracts.newest(project, manifest.dataset.name)
        with self._lock:
            former = self._known.get((project, manifest.run_id))
            rules = former[1] if former else None
            if former is None or former[0] is not manifest or not _is_same(rules, contract):
                rules = compiled(contract, manifest)
            known = (manifest, rules)
            others = self._known if len(self._known) < MOST_KNOWN else {}
            self._known = {**others, (project, manifest.run_id): known}
        return known


def compiled(contract: Contract | None, manifest: ModelManifest) -> Rules | None:
    """Return what ``contract`` asks of requests to a model; None when that is nothing."""
    if contract is None or contract.requests is Requests.IGNORE:
        return None
    columns = {feature.column.name: feature.column for feature in manifest.features}
    rules = tuple(rule for check in contract.checks if (rule := _rule(check, columns)) is not None)
    return Rules(contract.dataset, contract.number, contract.requests, rules) if rules else None


def _rule(check: Check, columns: Mapping[str, Column]) -> Rule | None:
    """Return what ``check`` asks of one record; None where it speaks of a table or of no input of the model."""
    if isinstance(check, ExpressionCheck):
        return _across(check, columns)
    column = columns.get(check.names[0]) if len(check.names) == 1 else None
    broken = None if column is None else _broken(check, column.kind)
    if column is None or broken is None:
        return None
    name = column.name
    return Rule((name,), check.sentence, check.severity, lambda rows: broken([row.get(name) for row in rows]))


def _across(check: ExpressionCheck, columns: Mapping[str, Column]) -> Rule | None:
    """Return the rule of an expression over inputs of the model; without an answer nothing is broken."""
    from core.datasets.contracts.conditions import condition

    try:
        holds = condition(check.expression, columns.values())
    except InvalidExpression:
        return None
    return Rule(holds.columns, check.sentence, check.severity, lambda rows: [holds.value(row) is False for row in rows])


def _is_same(rules: Rules | None, contract: Contract | None) -> bool:
    return rules is not None and contract is not None and rules.number == contract.number


def _broken(check: object, kind: ColumnKind) -> Broken | None:
    if isinstance(check, NullsCheck):
        return _missing if not check.share else None
    if isinstance(check, RangeCheck):
        return _outside(check, kind)
    if isinstance(check, ValuesCheck):
        return _other_than(check, kind)
    if isinstance(check, PatternCheck) and kind is ColumnKind.TEXT:
        return _unlike(check.pattern)
    return None


def _missing(values: Sequence[Any]) -> list[bool]:
    return [value is None for value in values]


def _outside(check: RangeCheck, kind: ColumnKind) -> Broken | None:
    low, high = check.minimum, check.maximum
    if kind is ColumnKind.DATETIME:
        if not all(bound is None or isinstance(bound, str) for bound in (low, high)):
            return None
        begin, end = (None if bound is None else _moment(str(bound)) for bound in (low, high))
        return lambda values: [v is not None and not _within(_moment(v), begin, end) for v in values]
    if not kind.is_numeric or isinstance(low, str) or isinstance(high, str):
        return None
    return lambda values: [value is not None and not _within(value, low, high) for value in values]


def _within(value: Any, low: Any, high: Any) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _other_than(check: ValuesCheck, kind: ColumnKind) -> Broken:
    if kind is ColumnKind.TEXT:
        allowed: frozenset[Any] = frozenset(str(value) for value in check.values)
    elif kind is ColumnKind.DATETIME:
        moments = frozenset(_moment(value) for value in check.values if isinstance(value, str))
        return lambda values: [value is not None and _moment(value) not in moments for value in values]
    elif kind is ColumnKind.BOOLEAN:
        allowed = frozenset(value for value in check.values if isinstance(value, bool))
    else:
        allowed = frozenset(value for value in check.values if not isinstance(value, str))
    return lambda values: [value is not None and value not in allowed for value in values]


def _unlike(pattern: str) -> Broken:
    """Match by RE2, which takes time linear in the text whatever the pattern."""

    def broken(values: Sequence[Any]) -> list[bool]:
        import pyarrow as pa

        from core.datasets.contracts.predicates import matches

        found = matches(pa.array(values, pa.string()), pattern).to_pylist()
        return [match is False for match in found]

    return broken


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _shown(value: object) -> str:
    text = "null" if value is None else str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
