"""How the columns of a dataset version go together, and with the target."""

from collections.abc import Callable

import streamlit as st

from core.charts import associations as charts
from core.records.dataset import Profile
from core.records.profile import Associations
from pages.shared import parts
from pages.shared.context import theme
from pages.shared.words import count

LINKS = "datasets.links"


def show(profile: Profile, choose: Callable[[str], None]) -> None:
    """Show the classes, what says most about the target, and the matrix."""
    found = profile.associations
    if found is None and not profile.classes:
        return
    left, right = parts.pair()
    with left:
        if profile.classes:
            parts.section(f"Classes of {profile.target}")
            parts.chart(charts.classes(profile.classes, theme()), key="datasets.classes")
        if found is not None and found.links:
            parts.section(f"What says most about {profile.target}", _sampled(profile, found))
            parts.chart(charts.links(found.links, theme()), LINKS, on_select=lambda: _follow(choose))
    if found is not None and len(found.columns) > 1:
        with right:
            parts.section("Associations", _measures(found))
            parts.chart(charts.heat_map(found, theme()), key="datasets.matrix")


def _follow(choose: Callable[[str], None]) -> None:
    points = st.session_state[LINKS]["selection"]["points"]
    if points:
        choose(points[0]["customdata"][0])


def _sampled(profile: Profile, found: Associations) -> str:
    of = "all rows" if found.rows == profile.rows else f"{found.rows:,} of {profile.rows:,} rows, evenly spread"
    return f"Mutual information as a share of the target's entropy, corrected for chance; on {of}"


def _measures(found: Associations) -> str:
    said = "Spearman, correlation ratio or Cramer's V, as kinds allow"
    left = f"; {count(found.left_out, 'column')} of less weight or none left out" if found.left_out else ""
    return said + left
