"""What moved an answer, and what another value of one input would have answered; nothing of it is logged."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.charts import contributions as charts
from core.records.base import JsonObject
from core.records.dataset import ColumnKind
from core.records.model import FeatureInput, ModelManifest, ModelVersion
from core.records.prediction import Answer
from core.records.project import Project
from pages.serve import inputs
from pages.shared import parts
from pages.shared.context import actor, platform, theme
from pages.shared.words import number, plain

POINTS = 41
SLIDERS = 4


def show(project: Project, version: ModelVersion, manifest: ModelManifest, answer: Answer, record: JsonObject) -> None:
    """Show the contributions of a record's inputs, and sliders for those that count most."""
    found = platform().serving.explain(actor(), project.name, version.version, record, inputs.example(manifest))
    left, right = parts.pair()
    with left:
        parts.section(
            "What moved it",
            f"From {number(found.usual)}, for the example, to {number(found.answer)}: {_unit(manifest, answer)}",
        )
        if found.by_input:
            parts.chart(charts.bars(found.by_input, theme()), key="playground.contributions")
        else:
            parts.note("Every input is that of the example, so nothing moved. Change one and predict again.")
    with right:
        parts.section("What if", "Move the inputs that count most; the rest stays as asked")
        names = [name for name, _ in found.by_input] + [feature.column.name for feature in manifest.features]
        _sliders(project, version, manifest, answer, record, list(dict.fromkeys(names)))


def _unit(manifest: ModelManifest, answer: Answer) -> str:
    if answer.probabilities is None:
        return f"{manifest.target}, in its own unit."
    return f"the probability of {manifest.positive or answer.prediction}."


def _sliders(
    project: Project,
    version: ModelVersion,
    manifest: ModelManifest,
    answer: Answer,
    record: JsonObject,
    names: Sequence[str],
) -> None:
    known = {feature.column.name: feature for feature in manifest.features}
    movable = [name for name in names if _is_movable(known[name])][:SLIDERS]
    if not movable:
        parts.note("No input of this model has a known range or a list of values.")
        return
    changed = dict(record)
    with st.grid(2, min_column_width=190):
        for name in movable:
            changed[name] = _slider(known[name], record[name], f"what_if.{answer.prediction_id}.{name}")
    chosen = st.selectbox("Over all values of", movable, key="playground.what_if.over", format_func=plain)
    values = _values(known[chosen])
    rows = [changed, *({**changed, chosen: value} for value in values)]
    answers = platform().serving.predict(actor(), project.name, rows, version=version.version)
    figures = [_figure(one, answer, manifest) for one in answers]
    _told(figures[0], _figure(answer, answer, manifest), answers[0])
    points = list(zip(values, figures[1:], strict=True))
    parts.chart(charts.curve(points, changed[chosen], chosen, theme()), key="playground.curve")


def _is_movable(feature: FeatureInput) -> bool:
    has_range = feature.minimum is not None and feature.maximum is not None and feature.minimum < feature.maximum
    return (feature.column.kind.is_numeric and has_range) or len(feature.categories) > 1


def _slider(feature: FeatureInput, value: object, key: str) -> object:
    label = plain(feature.column.name)
    if not feature.column.kind.is_numeric:
        options = list(feature.categories)
        place = options.index(str(value)) if str(value) in options else 0
        return st.selectbox(label, options, index=place, key=key)
    low, high = float(feature.minimum or 0.0), float(feature.maximum or 0.0)
    at = min(max(float(str(value)) if value is not None else low, low), high)
    if feature.column.kind is ColumnKind.INTEGER:
        return st.slider(label, int(low), int(high), int(at), key=key)
    return st.slider(label, low, high, at, key=key)


def _values(feature: FeatureInput) -> list[float | str]:
    if not feature.column.kind.is_numeric:
        return list(feature.categories[:POINTS])
    low, high = float(feature.minimum or 0.0), float(feature.maximum or 0.0)
    values = [low + (high - low) * step / (POINTS - 1) for step in range(POINTS)]
    if feature.column.kind is ColumnKind.INTEGER:
        return list(dict.fromkeys(round(value) for value in values))
    return list(values)


def _figure(one: Answer, asked: Answer, manifest: ModelManifest) -> float:
    if one.probabilities is None:
        return float(one.prediction)
    return one.probabilities[manifest.positive or str(asked.prediction)]


def _told(now: float, before: float, answer: Answer) -> None:
    shares: Mapping[str, float] = answer.probabilities or {}
    text = f"{now:.1%}" if shares else number(now)
    change = f"{(now - before) * 100:+.1f} points" if shares else f"{now - before:+.4g}"
    parts.tile(f"Then: {answer.prediction}" if shares else "Then", text, change if now != before else None)
