"""One column of a dataset version in detail."""

import streamlit as st

from core.charts.data import column as column_chart
from core.records.dataset import ColumnProfile, DatasetVersion
from pages.shared import parts
from pages.shared.context import theme
from pages.shared.words import count, duration, number, plain

Facts = list[tuple[str, object] | tuple[str, object, str]]


def show(version: DatasetVersion, profile: ColumnProfile) -> None:
    """Show the distribution, the figures and what goes with the column."""
    parts.section(profile.name, profile.kind.value)
    parts.chart(column_chart(profile, theme()), key="datasets.column")
    parts.facts(_facts(version, profile), columns=86)
    _steps(profile)
    _link(version, profile)


def _facts(version: DatasetVersion, profile: ColumnProfile) -> Facts:
    share = profile.nulls / version.rows if version.rows else 0.0
    items: Facts = [
        ("Missing", f"{share:.1%}", f"{profile.nulls:,} of {version.rows:,} rows"),
        ("Distinct", _about(profile, "distinct", f"{profile.distinct:,}")),
    ]
    if profile.mean is not None:
        items += [("Mean", number(profile.mean)), ("Deviation", number(profile.std))]
    if profile.minimum is not None:
        items += [("Least", text(profile.minimum)), ("Most", text(profile.maximum))]
    if profile.quantiles:
        items += [
            (label, _about(profile, "quantiles", number(profile.quantiles[place])))
            for label, place in (("Quartile 1", 1), ("Median", 2), ("Quartile 3", 3))
        ]
    if profile.tails:
        low, _, _, high = profile.tails
        items.append(("1% to 99%", _about(profile, "quantiles", f"{number(low)} to {number(high)}")))
    return items + _outside(profile)


def _outside(profile: ColumnProfile) -> Facts:
    items: Facts = []
    found = profile.outliers
    if found is not None:
        rule = f"below {number(found.low)} or above {number(found.high)}: Tukey's fences, 1.5 interquartile ranges"
        items.append(("Outliers", _about(profile, "outliers", f"{found.below + found.above:,}"), rule))
    if profile.lengths is not None:
        items.append(("Characters", f"{profile.lengths.least:,} to {profile.lengths.most:,}"))
        items.append(("Mean length", number(profile.lengths.mean)))
    return items


def _about(profile: ColumnProfile, field: str, figure: str) -> str:
    """Say that a figure is not exact where it is not."""
    return f"about {figure}" if field in profile.estimated else figure


def _steps(profile: ColumnProfile) -> None:
    steps = profile.steps
    if steps is None:
        return
    manner = "regular" if steps.is_regular else "irregular"
    parts.note(f"Typically {duration(steps.typical_s)} between moments, {manner}; {count(steps.gaps, 'gap')}.")
    for gap in steps.longest:
        parts.note(f"Nothing between {gap.after} and {gap.before} ({_span(gap.seconds)})")


def _span(seconds: float) -> str:
    return f"{seconds / 86_400:,.0f} days" if seconds >= 2 * 86_400 else duration(seconds)


def _link(version: DatasetVersion, profile: ColumnProfile) -> None:
    links = version.profile.associations.links if version.profile.associations else ()
    link = next((link for link in links if link.name == profile.name), None)
    if link is not None:
        parts.note(f"Explains {link.explained:.1%} of the uncertainty of {version.profile.target}.")
        if link.suspicion:
            st.markdown(f":red[{plain('Suspected leakage: ' + link.suspicion + '.')}]")


def text(value: float | str | None) -> str:
    """Return a figure or a moment as people read it."""
    return number(value) if isinstance(value, int | float) else str(value or "")
