"""What people typed, or an address says, as values."""

from datetime import UTC, datetime


def number(text: str) -> float | None:
    """Return the number that ``text`` is, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """Return the moment that ``text`` is, in UTC where it names no zone; None when it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
