"""What was found in a dataset version, in sentences, worst first, each with the columns it is about."""

import streamlit as st

from core.records.dataset import Profile
from core.records.profile import Finding, Severity
from pages.shared import parts, state
from pages.shared.words import clipped, count, plain

LINKED = 3
SHOWN = 6


def show(profile: Profile) -> None:
    """Show the findings; remarks beyond the first few are folded away."""
    if not profile.findings:
        parts.note("Nothing in this table looks wrong.")
        return
    counts = [
        count(found, severity.value)
        for severity in Severity
        if (found := sum(finding.severity is severity for finding in profile.findings))
    ]
    parts.section("Findings", ", ".join(counts).replace("seriouss", "serious"))
    shown = max(SHOWN, sum(finding.severity is Severity.SERIOUS for finding in profile.findings))
    with st.container(gap="xsmall", key="findings"):
        for place, finding in enumerate(profile.findings[:shown]):
            _line(finding, place)
    rest = profile.findings[shown:]
    if rest:
        with st.expander(f"{count(len(rest), 'more finding')}"):
            for place, finding in enumerate(rest, shown):
                _line(finding, place)


def _line(finding: Finding, place: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{parts.inline_badge(finding.severity.value)} {plain(finding.text)}", width="content")
        for name in finding.columns[:LINKED]:
            st.button(
                plain(clipped(name, 24)),
                key=f"datasets.finding.{place}.{name}",
                type="tertiary",
                icon=":material/query_stats:",
                help="Show the column below",
                on_click=_choose,
                args=(name,),
            )


def _choose(name: str) -> None:
    st.query_params[state.COLUMN] = name
