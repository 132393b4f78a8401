"""Tabs whose choice stands in the address, each drawn when it is open."""

from collections.abc import Callable, Mapping
from typing import ParamSpec

import streamlit as st

from pages.shared import state

P = ParamSpec("P")


def by_address(
    key: str, offered: Mapping[str, tuple[str, Callable[P, None]]], *args: P.args, **kwargs: P.kwargs
) -> None:
    """Draw the tab that the address names, else the first; ``offered`` gives a label and what draws it, by name."""
    labels = [label for label, _ in offered.values()]
    asked = st.query_params.get(state.TAB, "")
    st.session_state[key] = offered[asked][0] if asked in offered else labels[0]

    def follow() -> None:
        chosen = st.session_state[key]
        st.query_params[state.TAB] = next(name for name, (label, _) in offered.items() if label == chosen)

    for place, (_, draw) in zip(st.tabs(labels, key=key, on_change=follow), offered.values(), strict=True):
        if place.open:
            with place:
                draw(*args, **kwargs)
