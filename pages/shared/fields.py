"""Form fields made from declared hyperparameters, and what was entered in them."""

import math
from collections.abc import Mapping
from typing import Literal

import streamlit as st

from core.errors import InvalidParameter
from core.records.training import EstimatorCard, Parameter, ParameterValue
from core.training.parameters import allowed, check_value, is_effective, settle
from pages.shared import parts
from pages.shared.words import number

NOTHING = "none"
Visibility = Literal["visible", "hidden", "collapsed"]


def show(card: EstimatorCard) -> None:
    """Draw a field for each hyperparameter that has an effect now, the advanced ones folded away.

    Fields depend on each other, so they stand outside of a form.
    """
    values = _values(card)
    shown = [parameter for parameter in card.parameters if is_effective(parameter, values)]
    _grid(card, [parameter for parameter in shown if not parameter.advanced])
    advanced = [parameter for parameter in shown if parameter.advanced]
    if advanced:
        with st.expander("Advanced"):
            _grid(card, advanced)


def read(card: EstimatorCard) -> dict[str, ParameterValue]:
    """Return what was entered, by name, with defaults where a field has no effect; the service checks it."""
    return settle(card, _values(card))


def fill(card: EstimatorCard, values: Mapping[str, ParameterValue]) -> None:
    """Put values into the fields, defaults into the others; call it before they are drawn."""
    for parameter in card.parameters:
        value = values.get(parameter.name, parameter.default)
        st.session_state[_key(card, parameter)] = held(parameter, value)


def _values(card: EstimatorCard) -> dict[str, ParameterValue]:
    return {parameter.name: _entered(card, parameter) for parameter in card.parameters}


def _grid(card: EstimatorCard, parameters: list[Parameter]) -> None:
    grid = st.grid(2, min_column_width=190)
    for parameter in parameters:
        with grid.cell():
            field(parameter, _key(card, parameter))
            for fault in _faults(card, parameter):
                parts.wrong(fault)


def faults(card: EstimatorCard) -> list[str]:
    """Return in words what is wrong with what was entered; the service refuses it, too."""
    values = _values(card)
    return [fault for p in card.parameters if is_effective(p, values) for fault in _faults(card, p)]


def _faults(card: EstimatorCard, parameter: Parameter) -> list[str]:
    try:
        check_value(card, parameter.name, _entered(card, parameter))
    except InvalidParameter:
        return [f"{_label(parameter)} must be {allowed(parameter)}."]
    return []


def _label(parameter: Parameter) -> str:
    return parameter.name.replace("_", " ")


def _key(card: EstimatorCard, parameter: Parameter) -> str:
    return f"train.{card.key}.{parameter.name}"


def held(parameter: Parameter, value: ParameterValue) -> ParameterValue:
    """Return a value as its field holds it."""
    if parameter.kind == "choice":
        return NOTHING if value is None else str(value)
    if value is None or parameter.kind == "layers" or isinstance(value, str):
        return value
    return bool(value) if parameter.kind == "bool" else int(value) if parameter.kind == "int" else float(value)


def field(parameter: Parameter, key: str, label_visibility: Visibility = "visible") -> None:
    """Draw the field of one hyperparameter under ``key``."""
    label = _label(parameter)
    st.session_state.setdefault(key, held(parameter, parameter.default))
    if parameter.kind == "bool":
        st.toggle(label, key=key, help=parameter.help, label_visibility=label_visibility)
    elif parameter.kind == "choice":
        options = ([NOTHING] if parameter.optional else []) + list(parameter.choices)
        st.selectbox(label, options, key=key, help=parameter.help, label_visibility=label_visibility)
    elif parameter.kind == "layers":
        st.text_input(label, key=key, help=parameter.help, label_visibility=label_visibility)
    else:
        _number(parameter, label, key, label_visibility)


def _number(parameter: Parameter, label: str, key: str, label_visibility: Visibility) -> None:
    """Draw a field for a number without bounds: a browser drops what is out of them and sends the value before."""
    st.number_input(
        label,
        value=None,
        step=step(parameter),
        format=None if parameter.kind == "int" else "%.6g",
        key=key,
        help=f"{parameter.help} {_range(parameter)}".strip(),
        placeholder=(parameter.empty or "no limit") if parameter.optional else None,
        label_visibility=label_visibility,
    )


def limits(parameter: Parameter) -> tuple[float | None, float | None]:
    """Return the least and the largest value that may be entered."""
    low, high = _finite(parameter.low), _finite(parameter.high)
    if parameter.kind != "int":
        return low, high
    if low is not None:
        low = math.floor(low) + 1 if parameter.closed in ("right", "neither") else math.ceil(low)
    if high is not None:
        high = math.ceil(high) - 1 if parameter.closed in ("left", "neither") else math.floor(high)
    return low, high


def _finite(limit: float | None) -> float | None:
    return limit if limit is not None and math.isfinite(limit) else None


def step(parameter: Parameter) -> float:
    """Return by how much one click changes a value."""
    if parameter.kind == "int":
        span = (parameter.soft_high or 0) - (parameter.soft_low or 0)
        return 10 if span > 200 and not parameter.log else 1
    reach = parameter.soft_high if parameter.soft_high is not None else 1.0
    return 10.0 ** (math.floor(math.log10(max(reach, 1e-6))) - 2)


def _range(parameter: Parameter) -> str:
    if parameter.soft_low is None or parameter.soft_high is None:
        return ""
    return f"Worth trying: {number(parameter.soft_low)} to {number(parameter.soft_high)}."


def _entered(card: EstimatorCard, parameter: Parameter) -> ParameterValue:
    return entered(parameter, _key(card, parameter))


def entered(parameter: Parameter, key: str) -> ParameterValue:
    """Return what the field under ``key`` holds."""
    value = st.session_state.get(key, parameter.default)
    if parameter.kind == "choice" and value == NOTHING:
        return None
    return value if value is None or isinstance(value, int | float | str | bool) else str(value)
