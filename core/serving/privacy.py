"""What of a request may be kept: inputs that are dropped from the prediction log, and those whose value is masked."""

from core.records.base import JsonObject

MASKED = "(masked)"


class Privacy:
    """Rules on the inputs of records, by column or by project and column."""

    def __init__(self, drop: str = "", mask: str = "") -> None:
        """Each rule is ``project.column`` or ``column``; commas part them."""
        self._drop = _rules(drop)
        self._mask = _rules(mask)

    def kept(self, project: str, record: JsonObject) -> JsonObject:
        """Return what may be logged of a record: texts are masked by a word, other values by a gap."""
        if not self._drop and not self._mask:
            return record
        return {
            name: _masked(value) if _is_meant(self._mask, project, name) else value
            for name, value in record.items()
            if not _is_meant(self._drop, project, name)
        }


def _rules(text: str) -> frozenset[str]:
    return frozenset(rule.strip() for rule in text.split(",") if rule.strip())


def _is_meant(rules: frozenset[str], project: str, name: str) -> bool:
    return name in rules or f"{project}.{name}" in rules


def _masked(value: object) -> str | None:
    return MASKED if isinstance(value, str) else None
