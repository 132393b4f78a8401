"""Form fields made from declared hyperparameters, and what was entered in them."""

import math

import streamlit as st

from core.records.training import EstimatorCard, Parameter, ParameterValue
from pages.shared.words import number

NOTHING = "none"


def show(card: EstimatorCard) -> None:
    """Draw a field for each hyperparameter, the advanced ones folded away."""
    _grid(card, [parameter for parameter in card.parameters if not parameter.advanced])
    advanced = [parameter for parameter in card.parameters if parameter.advanced]
    if advanced:
        with st.expander("Advanced"):
            _grid(card, advanced)


def read(card: EstimatorCard) -> dict[str, ParameterValue]:
    """Return what was entered, by name; the service checks it."""
    return {parameter.name: _entered(card, parameter) for parameter in card.parameters}


def _grid(card: EstimatorCard, parameters: list[Parameter]) -> None:
    with st.grid(2, min_column_width=190):
        for parameter in parameters:
            _field(parameter, _key(card, parameter))


def _key(card: EstimatorCard, parameter: Parameter) -> str:
    return f"train.{card.key}.{parameter.name}"


def _field(parameter: Parameter, key: str) -> None:
    label = parameter.name.replace("_", " ")
    if parameter.kind == "bool":
        st.toggle(label, value=bool(parameter.default), key=key, help=parameter.help)
    elif parameter.kind == "choice":
        options = ([NOTHING] if parameter.optional else []) + list(parameter.choices)
        default = NOTHING if parameter.default is None else str(parameter.default)
        index = options.index(default) if default in options else 0
        st.selectbox(label, options, index=index, key=key, help=parameter.help)
    else:
        _number(parameter, label, key)


def _number(parameter: Parameter, label: str, key: str) -> None:
    whole = parameter.kind == "int"
    low, high = _limits(parameter)
    default = parameter.default
    value = None if default is None else int(default) if whole else float(default)
    st.number_input(
        label,
        min_value=low,
        max_value=high,
        value=value,
        step=_step(parameter),
        format=None if whole else "%.6g",
        key=key,
        help=f"{parameter.help} {_range(parameter)}".strip(),
        placeholder="no limit" if parameter.optional else None,
    )


def _limits(parameter: Parameter) -> tuple[float | None, float | None]:
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


def _step(parameter: Parameter) -> float:
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
    value = st.session_state.get(_key(card, parameter), parameter.default)
    if parameter.kind == "choice" and value == NOTHING:
        return None
    return value if value is None or isinstance(value, int | float | str | bool) else str(value)
