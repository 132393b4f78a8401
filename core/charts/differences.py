"""One column in two versions of a table."""

from core.charts import grouped
from core.charts.template import Figure, Theme
from core.records.difference import Distribution


def distributions(found: Distribution, names: tuple[str, str], theme: Theme, height: int = 260) -> Figure:
    """Draw the share of values per range or category, the newer version beside the older."""
    sides = (names[0], found.before), (names[1], found.after)
    return grouped.shares(found.labels, *sides, theme, height, angle=-35)
