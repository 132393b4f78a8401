"""The part of the form of a study on its search space: what each hyperparameter may be."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.records.study import Dimension, DimensionKind
from core.records.training import EstimatorCard, Parameter, ParameterValue
from core.training.tuning import combinations, space
from pages.shared import fields, parts
from pages.shared.words import plain
from pages.train.space_values import NUMERIC, key_of, offered, possible, word

NAME, FIELD = 165, 92
"""Widths in pixels."""
WIDE = 10.0
"""How far from its default a number is searched when nothing says what is worth trying."""


def show(card: EstimatorCard) -> None:
    """Draw a row for each hyperparameter that may have an effect, the advanced ones folded away."""
    if not card.parameters:
        parts.note(f"{card.title} has no hyperparameter to search.")
        return
    may_be = possible(card)
    rows = [parameter for parameter in card.parameters if combinations.may_matter(parameter, may_be)]
    for parameter in rows:
        if not parameter.advanced:
            _row(card, parameter)
    advanced = [parameter for parameter in rows if parameter.advanced]
    if advanced:
        with st.expander("Advanced"):
            for parameter in advanced:
                _row(card, parameter)


def fill(card: EstimatorCard, dimensions: Sequence[Dimension], params: Mapping[str, ParameterValue]) -> None:
    """Put a space into the fields, and ``params`` into those that are not searched; call it before they are drawn."""
    known = {dimension.name: dimension for dimension in dimensions}
    for parameter in card.parameters:
        dimension, key = known.get(parameter.name), key_of(card, parameter)
        is_searched = dimension is not None and space.is_searched(dimension)
        st.session_state[f"{key}.on"] = is_searched
        value = params.get(parameter.name, parameter.default)
        if dimension is not None and is_searched:
            _fill_searched(parameter, key, dimension)
        elif dimension is not None and dimension.choices:
            value = dimension.choices[0]
        st.session_state[f"{key}.value"] = fields.held(parameter, value)


def propose(card: EstimatorCard, params: Mapping[str, ParameterValue]) -> None:
    """Put the space worth searching first into the fields, and ``params`` into the others."""
    fill(card, combinations.proposed(card), params)


def is_filled(card: EstimatorCard) -> bool:
    """Tell whether the fields of an estimator hold something already."""
    return any(f"{key_of(card, parameter)}.on" in st.session_state for parameter in card.parameters)


def _fill_searched(parameter: Parameter, key: str, dimension: Dimension) -> None:
    given = st.session_state
    if dimension.kind is DimensionKind.CHOICE:
        given[f"{key}.choices"] = [word(value) for value in dimension.choices]
        if parameter.kind not in ("bool", "choice"):
            given[f"{key}.choices"] = "; ".join(word(value) for value in dimension.choices)
            given[f"{key}.listed"] = True
        return
    cast = int if parameter.kind == "int" else float
    given[f"{key}.listed"] = False
    given[f"{key}.low"] = None if dimension.low is None else cast(dimension.low)
    given[f"{key}.high"] = None if dimension.high is None else cast(dimension.high)
    given[f"{key}.step"] = None if dimension.step is None else cast(dimension.step)
    given[f"{key}.log"] = dimension.log


def _row(card: EstimatorCard, parameter: Parameter) -> None:
    key = key_of(card, parameter)
    st.session_state.setdefault(f"{key}.on", False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row.{key}"):
        label = plain(parameter.name.replace("_", " "))
        st.checkbox(label, key=f"{key}.on", help=plain(parameter.help), width=NAME)
        if st.session_state[f"{key}.on"]:
            _searched(parameter, key)
        else:
            with st.container(width=FIELD * 2):
                fields.field(parameter, f"{key}.value", "collapsed")


def _searched(parameter: Parameter, key: str) -> None:
    if parameter.kind in ("bool", "choice"):
        options = [word(value) for value in offered(parameter)]
        st.session_state.setdefault(f"{key}.choices", options)
        st.multiselect(
            f"Choices of {parameter.name}", options, key=f"{key}.choices", label_visibility="collapsed", width="stretch"
        )
    elif parameter.kind in NUMERIC and not st.session_state.get(f"{key}.listed"):
        _range(parameter, key)
    else:
        st.session_state.setdefault(f"{key}.choices", word(parameter.default))
        hint = "Values to choose from, separated by semicolons."
        example = "64; 64,32" if parameter.kind == "layers" else "4; 8; none"
        st.text_input(
            f"Choices of {parameter.name}",
            key=f"{key}.choices",
            placeholder=example,
            help=hint,
            label_visibility="collapsed",
            width="stretch",
        )


def _range(parameter: Parameter, key: str) -> None:
    low, high = _ends(parameter)
    given = st.session_state
    given.setdefault(f"{key}.low", low)
    given.setdefault(f"{key}.high", high)
    given.setdefault(f"{key}.log", parameter.log and low > 0)
    common = {"value": None, "step": fields.step(parameter), "width": FIELD,
              "format": None if parameter.kind == "int" else "%.6g", "label_visibility": "collapsed"}  # fmt: skip
    st.number_input(f"Lowest {parameter.name}", key=f"{key}.low", placeholder="from", **common)  # type: ignore[arg-type]
    parts.note("to")
    st.number_input(f"Highest {parameter.name}", key=f"{key}.high", placeholder="to", **common)  # type: ignore[arg-type]
    st.toggle("log", key=f"{key}.log", help="Search on a log scale: as many values below 1 as above, say.", width=80)
    if not given[f"{key}.log"]:
        st.number_input(f"Step of {parameter.name}", key=f"{key}.step", step=1 if parameter.kind == "int" else 0.1,
                        value=None, placeholder="step", width=FIELD, label_visibility="collapsed",
                        format=None if parameter.kind == "int" else "%.6g")  # fmt: skip


def _ends(parameter: Parameter) -> tuple[float, float]:
    """Return the range a number is searched in at first."""
    if parameter.soft_low is not None and parameter.soft_high is not None:
        low, high = parameter.soft_low, parameter.soft_high
    else:
        middle = parameter.default if isinstance(parameter.default, int | float) and parameter.default > 0 else 1.0
        least, most = fields.limits(parameter)
        low = max(middle / WIDE, -(WIDE**9) if least is None else least)
        high = min(middle * WIDE, WIDE**9 if most is None else most)
    return (int(low), int(high)) if parameter.kind == "int" else (float(low), float(high))
