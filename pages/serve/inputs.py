"""Fields for the inputs of a model, made from its manifest."""

import streamlit as st

from core.records.base import JsonObject
from core.records.dataset import ColumnKind
from core.records.model import FeatureInput, ModelManifest
from pages.shared.words import number, plain

Value = float | int | str | bool | None


def show(manifest: ModelManifest) -> None:
    """Draw a field for each input, filled with its example."""
    with st.grid(3, min_column_width=170):
        for place, feature in enumerate(manifest.features):
            _field(feature, _key(manifest, place))


def read(manifest: ModelManifest) -> JsonObject:
    """Return the record that was entered; an empty field is a missing value."""
    record = {}
    for place, feature in enumerate(manifest.features):
        value = st.session_state.get(_key(manifest, place))
        record[feature.column.name] = None if value == "" else value
    return record


def example(manifest: ModelManifest) -> JsonObject:
    """Return the record of example values."""
    return {feature.column.name: _example(feature) for feature in manifest.features}


def outside(manifest: ModelManifest, record: JsonObject) -> list[str]:
    """Return in words which values lie outside what the model has seen."""
    return [problem for feature in manifest.features if (problem := _unseen(feature, record[feature.column.name]))]


def _unseen(feature: FeatureInput, value: Value) -> str | None:
    name, low, high = feature.column.name, feature.minimum, feature.maximum
    if isinstance(value, str):
        is_new = bool(feature.categories) and value not in feature.categories
        return f"{name}: {value!r} is new" if is_new else None
    if value is None or low is None or high is None or low <= value <= high:
        return None
    return f"{name}: {number(value)} is outside {number(low)} to {number(high)}"


def _key(manifest: ModelManifest, place: int) -> str:
    return f"playground.{manifest.run_id[:12]}.{place}"


def _example(feature: FeatureInput) -> Value:
    value = feature.example
    if feature.column.kind is ColumnKind.INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _field(feature: FeatureInput, key: str) -> None:
    kind, label, value = feature.column.kind, plain(feature.column.name), _example(feature)
    if kind.is_numeric:
        _number(feature, label, key)
    elif kind is ColumnKind.BOOLEAN:
        st.selectbox(
            label, [True, False], index=None if value is None else int(not value), key=key, placeholder="missing"
        )
    elif feature.categories:
        options = list(feature.categories)
        index = options.index(str(value)) if str(value) in options else None
        st.selectbox(label, options, index=index, key=key, accept_new_options=True, placeholder="missing")
    else:
        st.text_input(label, value="" if value is None else str(value), key=key)


def _number(feature: FeatureInput, label: str, key: str) -> None:
    """Draw a field for a number that can be cleared: with a value of its own it would jump back to that."""
    value = _example(feature)
    is_whole = feature.column.kind is ColumnKind.INTEGER and not isinstance(value, float)
    given = None if value is None else int(value) if is_whole else float(value)
    st.session_state.setdefault(key, given)
    form = None if is_whole else "%.6g"
    st.number_input(label, value=None, step=1 if is_whole else None, format=form, key=key, placeholder="missing")
