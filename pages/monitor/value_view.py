"""What answers were worth over time, in money, beside what a retraining costs."""

from collections.abc import Sequence

from core.charts import value as charts
from core.records.monitor import ReportOutline
from core.records.project import Project
from pages.monitor import window_choice
from pages.shared import drift_loaders, parts
from pages.shared.context import theme


def show(project: Project, windows: Sequence[ReportOutline], key: str) -> None:
    """Draw the money of windows; a sentence where nothing is known."""
    costs = drift_loaders.cost(project.name)
    figure = charts.over_time(windows, costs.retraining, theme(), window_choice.marks(project))
    parts.section("Money over time", "What answers were worth more or less than as many like those at training")
    if figure is not None:
        parts.chart(figure, key=key)
    parts.note(costs.sentence)
