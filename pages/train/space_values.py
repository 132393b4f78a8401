"""What was entered as a search space."""

import streamlit as st

from core.records.study import Dimension, DimensionKind
from core.records.training import EstimatorCard, Parameter, ParameterValue
from core.training.tuning import combinations
from pages.shared import fields
from pages.shared.fields import NOTHING

NUMERIC = ("int", "float")


def read(card: EstimatorCard) -> tuple[Dimension, ...]:
    """Return what was entered; hyperparameters left at their default are left out. The service checks it."""
    may_be = possible(card)
    shown = [parameter for parameter in card.parameters if combinations.may_matter(parameter, may_be)]
    found = (_dimension(card, parameter) for parameter in shown)
    return tuple(dimension for dimension in found if dimension is not None)


def possible(card: EstimatorCard) -> dict[str, tuple[ParameterValue, ...] | None]:
    """Return which values each hyperparameter may take as the form stands, None for any."""
    found: dict[str, tuple[ParameterValue, ...] | None] = {}
    for parameter in card.parameters:
        dimension = _dimension(card, parameter)
        if dimension is None:
            found[parameter.name] = (parameter.default,)
        else:
            found[parameter.name] = dimension.choices or None
    return found


def _dimension(card: EstimatorCard, parameter: Parameter) -> Dimension | None:
    key, given = key_of(card, parameter), st.session_state
    if not given.get(f"{key}.on"):
        value = fields.entered(parameter, f"{key}.value")
        is_default = value == parameter.default
        return None if is_default else Dimension(name=parameter.name, kind=DimensionKind.FIXED, choices=(value,))
    if parameter.kind in NUMERIC and not given.get(f"{key}.listed"):
        is_log = bool(given.get(f"{key}.log"))
        return Dimension(
            name=parameter.name,
            kind=DimensionKind(parameter.kind),
            low=given.get(f"{key}.low"),
            high=given.get(f"{key}.high"),
            step=None if is_log else given.get(f"{key}.step") or None,
            log=is_log,
        )
    return Dimension(name=parameter.name, kind=DimensionKind.CHOICE, choices=_chosen(parameter, key))


def _chosen(parameter: Parameter, key: str) -> tuple[ParameterValue, ...]:
    given = st.session_state.get(f"{key}.choices")
    if parameter.kind in ("bool", "choice"):
        return tuple(value for value in offered(parameter) if word(value) in (given or ()))
    listed = [part.strip() for part in str(given or "").split(";")]
    return tuple(_number(parameter, part) for part in listed if part)


def _number(parameter: Parameter, text: str) -> ParameterValue:
    """Return a listed value in the parameter's kind where it can be read so; the service refuses it otherwise."""
    if parameter.optional and text == NOTHING:
        return None
    is_number = text.lstrip("-").replace(".", "", 1).isdecimal()
    if parameter.kind == "layers" or not is_number:
        return text
    return float(text) if parameter.kind == "float" or "." in text else int(text)


def offered(parameter: Parameter) -> tuple[ParameterValue, ...]:
    """Return every value of a hyperparameter that has choices."""
    if parameter.kind == "bool":
        return (False, True)
    return (*((None,) if parameter.optional else ()), *parameter.choices)


def word(value: ParameterValue) -> str:
    """Return a value as fields show it among choices."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value is None else str(value)


def key_of(card: EstimatorCard, parameter: Parameter) -> str:
    """Return what the keys of the fields of a hyperparameter begin with."""
    return f"tuning.{card.key}.{parameter.name}"
