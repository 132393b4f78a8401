"""Numbers, times and names as people read them; pure text."""

import math
import re
from datetime import UTC, datetime

from core.records.metric import METRICS

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$<>&^])")
_LINKABLE = re.compile(r":(?=//|[\w/+-]+:|[a-z-]+\[)|@(?=[\w-]+\.)|(?<=[wW]{3})\.")
JOINER = "\u2060"
"""An invisible character that keeps Markdown from making links, icons or e-mail addresses of a name."""


def plain(value: object) -> str:
    """Return ``value`` so that Markdown shows exactly its characters: no link, image, icon, formula or markup."""
    flat = " ".join(str(value).split())
    broken = _LINKABLE.sub(lambda match: match[0] + JOINER, flat)
    return _MARKDOWN.sub(r"\\\1", broken)


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago ``moment`` was, or in how long it will be."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 10:
        return "just now"
    text = _rough(abs(seconds))
    return f"{text} ago" if seconds > 0 else f"in {text}"


def _rough(seconds: float) -> str:
    for size, unit in ((86400 * 365, "y"), (86400 * 30, "mo"), (86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size * 1.5 or (unit in ("h", "min", "d") and seconds >= size):
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def exact(moment: datetime) -> str:
    """Return the moment to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def minute(moment: datetime) -> str:
    """Return the moment to the minute, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def duration(seconds: float) -> str:
    """Return a length of time."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(count: int) -> str:
    """Return a number of bytes."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} GB"


def number(value: float | None) -> str:
    """Return a figure with the digits that matter."""
    if value is None or not math.isfinite(value):
        return "—"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) < 0.001:
        return f"{value:.3g}"
    digits = next(digits for limit, digits in ((1, 4), (10, 3), (100, 2), (math.inf, 1)) if abs(value) < limit)
    return f"{value:,.{digits}f}"


def signed(value: float | None) -> str:
    """Return a difference with its sign."""
    if value is None:
        return "—"
    return "±0" if value == 0 else f"{'+' if value > 0 else '-'}{number(abs(value))}"


def metric_title(name: str) -> str:
    """Return the title of a metric, also of one that was taken on the training rows."""
    known = METRICS.get(name)
    if known:
        return known.title
    trained = METRICS.get(name.removeprefix("train_"))
    return f"{trained.title} (training)" if trained else name


def count(amount: int, word: str) -> str:
    """Return ``3 rows``, ``1 row``."""
    return f"{amount:,} {word}{'' if amount == 1 else 's'}"


def sentence(text: str) -> str:
    """Return ``text`` with a capital first."""
    return text[:1].upper() + text[1:]


def clipped(text: str, limit: int) -> str:
    """Return ``text`` cut to ``limit`` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def short(identifier: str) -> str:
    """Return the first eight characters of an id."""
    return identifier[:8]
