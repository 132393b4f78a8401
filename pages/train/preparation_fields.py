"""The fields of each kind of step, and what was entered in them as a plain document."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.datasets.expressions import written
from core.records.base import JsonObject
from core.records.dataset import Column, ColumnKind
from core.records.preparation import DatePart, Step
from pages.shared.words import plain
from pages.train import preparation_words as words

NUMBERS = (ColumnKind.INTEGER, ColumnKind.NUMBER)
TEXT, MOMENTS, ANY = (ColumnKind.TEXT,), (ColumnKind.DATETIME,), tuple(ColumnKind)
PREFIX = "preparation.field."
STARTS: JsonObject = {"parts": ["year", "month", "weekday"], "count": 5, "least_share": 1.0, "into": "other"}
STARTS |= {"max_categories": 100}
"""What the fields of a new step say."""


def start(given: Step | None) -> None:
    """Forget what was entered before; begin with the step as it is, if there is one."""
    for key in [key for key in st.session_state if str(key).startswith(PREFIX)]:
        del st.session_state[key]
    document = STARTS if given is None else {**STARTS, **given.model_dump(mode="json")}
    for old, new in document.get("names", {}).items():
        document = {**document, "old": old, "new": new}
    for name, value in document.items():
        if name not in ("do", "names") and value is not None:
            st.session_state[_key(name)] = _shown(name, value, given)


def show(kind: str, columns: Sequence[Column]) -> JsonObject:
    """Draw the fields of a kind of step over these columns; return what they say."""
    return {"do": kind, **_FIELDS[kind](columns)}


def _shown(name: str, value: Any, given: Step | None) -> Any:
    """Return a value as its field holds it."""
    if name in ("edges", "order"):
        return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    if name == "least_share" and given is not None and given.do == "group_rare":
        return value * 100
    return str(value) if name == "value" else value


def _key(name: str) -> str:
    return PREFIX + name


def _columns(columns: Sequence[Column], kinds: Sequence[ColumnKind], *, or_all: bool = True) -> list[str]:
    """Ask for columns; none means all that fit where ``or_all`` says so."""
    names = [column.name for column in columns if column.kind in kinds]
    st.session_state[_key("columns")] = [name for name in st.session_state.get(_key("columns")) or () if name in names]
    hint = "All that fit" if or_all else "Choose columns"
    return list(st.multiselect("Columns", names, key=_key("columns"), placeholder=hint))


def _choice(label: str, options: dict[str, str], name: str) -> str:
    return str(st.selectbox(label, list(options), format_func=options.__getitem__, key=_key(name)))


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _drop(columns: Sequence[Column]) -> JsonObject:
    return {"columns": _columns(columns, ANY, or_all=False)}


def _rename(columns: Sequence[Column]) -> JsonObject:
    left, right = st.columns(2)
    with left:
        old = st.selectbox("Column", [column.name for column in columns], key=_key("old"))
    with right:
        new = st.text_input("New name", key=_key("new"))
    return {"names": {old: new.strip()}}


def _cast(columns: Sequence[Column]) -> JsonObject:
    chosen = _columns(columns, ANY, or_all=False)
    entered: JsonObject = {"columns": chosen, "to": _choice("New type", words.KINDS, "to")}
    if entered["to"] == "datetime":
        told = "How text spells dates, as in %d/%m/%Y; empty for ISO 8601."
        entered["format"] = st.text_input("Format", key=_key("format"), help=told).strip()
    st.caption("What cannot be cast becomes missing.")
    return entered


def _impute(columns: Sequence[Column]) -> JsonObject:
    fill = _choice("Fill with", words.FILLS, "fill")
    kinds = NUMBERS if fill in ("median", "mean") else (*NUMBERS, ColumnKind.BOOLEAN, ColumnKind.TEXT)
    entered: JsonObject = {"fill": fill, "columns": _columns(columns, kinds)}
    if fill == "constant":
        entered["value"] = _constant(st.text_input("Value", key=_key("value")), columns, entered["columns"])
    entered["indicator"] = st.checkbox("Add a column that tells where values were missing", key=_key("indicator"))
    return entered


def _constant(text: str, columns: Sequence[Column], chosen: Sequence[str]) -> float | str | None:
    """Return what was typed as the kind of the columns it fills."""
    kinds = {column.kind for column in columns if column.name in chosen}
    is_number = text.strip().removeprefix("-").replace(".", "", 1).isdecimal()
    return float(text) if is_number and kinds != {ColumnKind.TEXT} else text or None


def _derive(columns: Sequence[Column]) -> JsonObject:
    name = st.text_input("Name of the new column", key=_key("name"), placeholder="amount_per_income")
    expression = st.text_area(
        "Expression",
        key=_key("expression"),
        height=90,
        placeholder="amount / income",
        help=f"For example {words.EXAMPLES}. Names with spaces stand in backquotes.",
    )
    listed = ", ".join(f"{written(column.name)} ({column.kind.value})" for column in columns[:40])
    st.caption(plain(f"Columns: {listed}{' and more' if len(columns) > 40 else ''}"))
    return {"name": name.strip(), "expression": expression.strip()}


def _dates(columns: Sequence[Column]) -> JsonObject:
    chosen = _columns(columns, MOMENTS)
    parts = st.pills(
        "Parts",
        [part.value for part in DatePart],
        selection_mode="multi",
        key=_key("parts"),
        format_func=lambda part: str(part).replace("_", " "),
    )
    return {"columns": chosen, "parts": list(parts)}


def _bins(columns: Sequence[Column]) -> JsonObject:
    chosen = _columns(columns, NUMBERS, or_all=False)
    entered: JsonObject = {"columns": chosen, "method": _choice("Bins", words.BINS, "method")}
    if entered["method"] == "edges":
        entered["edges"] = _listed(st.text_input("Edges, rising", key=_key("edges"), placeholder="10, 20, 50"))
    else:
        entered["count"] = st.number_input("How many", step=1, key=_key("count"))
    entered["labels"] = st.checkbox("As categories such as “10 to 20”", key=_key("labels"))
    entered["keep"] = st.checkbox("Keep the column beside its bins", key=_key("keep"))
    return entered


def _group_rare(columns: Sequence[Column]) -> JsonObject:
    chosen = _columns(columns, TEXT)
    share = st.number_input("Rarer than, % of rows", key=_key("least_share"))
    return {"columns": chosen, "least_share": share / 100, "into": st.text_input("Into", key=_key("into"))}


def _encode(columns: Sequence[Column]) -> JsonObject:
    entered: JsonObject = {"method": _choice("By", words.ENCODINGS, "method"), "columns": _columns(columns, TEXT)}
    if entered["method"] == "ordinal":
        told = "From low to high, with commas; empty: in the order of the alphabet."
        entered["order"] = _listed(st.text_input("Order", key=_key("order"), help=told))
    if entered["method"] == "one_hot":
        most = st.number_input("At most", step=1, key=_key("max_categories"))
        entered["max_categories"] = most
    return entered


def _scale(columns: Sequence[Column]) -> JsonObject:
    return {"method": _choice("How", words.SCALES, "method"), "columns": _columns(columns, NUMBERS)}


_FIELDS: dict[str, Callable[[Sequence[Column]], JsonObject]] = {
    "drop": _drop,
    "rename": _rename,
    "type": _cast,
    "impute": _impute,
    "derive": _derive,
    "dates": _dates,
    "bins": _bins,
    "group_rare": _group_rare,
    "encode": _encode,
    "scale": _scale,
}
