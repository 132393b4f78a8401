"""How an upload is read: every guess is shown, and can be overruled."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.records.reading import EncodingSample, ReadingChoices
from core.records.upload import Examined, Upload
from pages.shared import actions, parts
from pages.shared.context import actor, platform
from pages.shared.words import plain

ENCODINGS = ("utf-8", "cp1252", "latin-1", "cp1250", "cp1251", "utf-16", "cp932", "gb18030", "euc_kr", "mac_roman")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar |", " ": "space"}
DECIMALS = {".": "point", ",": "comma"}
THOUSANDS = {",": "comma", ".": "point", " ": "space", "'": "apostrophe"}
FIELDS = ("encoding", "delimiter", "decimal", "thousands", "header_row", "missing", "sheet", "member")
OF = "reading.of"


def show(upload: Upload, found: Examined) -> None:
    """Draw what was found and the fields that overrule it."""
    _fill(upload)
    reading = found.preview.reading if found.preview else {}
    kind = str(reading.get("format", "csv"))
    members = found.preview.members if found.preview else found.members
    sheets = found.preview.sheets if found.preview else found.sheets
    parts.section("Reading", "What was found out from the bytes; choose where it is wrong")
    with st.grid(4, min_column_width=190):
        if len(members) > 1:
            _choice("member", "File in the archive", members, reading.get("member"), upload)
        if len(sheets) > 1:
            _choice("sheet", "Sheet", sheets, reading.get("sheet"), upload)
        if kind in ("csv", "json lines"):
            _choice("encoding", "Encoding", ENCODINGS, reading.get("encoding"), upload, is_open=True)
        if kind == "csv":
            _choice("delimiter", "Delimiter", DELIMITERS, reading.get("delimiter"), upload, DELIMITERS, is_open=True)
            _choice("decimal", "Decimal mark", DECIMALS, reading.get("decimal", "."), upload, DECIMALS)
            _choice("thousands", "Thousands", THOUSANDS, reading.get("thousands", "none"), upload, THOUSANDS)
        if kind in ("csv", "workbook"):
            _header(upload)
        if kind in ("csv", "json lines"):
            _missing(upload)


def ask_encoding(upload: Upload, samples: Sequence[EncodingSample]) -> None:
    """Ask which of several readings of the text is the right one: the bytes do not tell."""
    texts = {sample.encoding: sample.text for sample in samples}
    with st.container(border=True):
        st.markdown("**How is the text written?** The file does not say, and it is not UTF-8. Choose what reads right.")
        st.radio(
            "Encoding",
            list(texts),
            index=None,
            key="reading.asked",
            format_func=lambda name: f"**{name}**: {plain(texts[name])}",
            label_visibility="collapsed",
            on_change=_answer,
            args=(upload,),
        )


def _fill(upload: Upload) -> None:
    """Put what was chosen earlier into the fields, once for each upload."""
    if st.session_state.get(OF) == upload.id and "reading.header_row" in st.session_state:
        return
    st.session_state[OF] = upload.id
    for name in FIELDS:
        st.session_state[f"reading.{name}"] = getattr(upload.choices, name)
    st.session_state["reading.missing"] = list(upload.choices.missing or ())


def _choice(
    name: str,
    label: str,
    options: Any,
    found: object,
    upload: Upload,
    words: dict[str, str] | None = None,
    *,
    is_open: bool = False,
) -> None:
    def said(value: object) -> str:
        return (words or {}).get(str(value), str(value))

    st.selectbox(
        label,
        list(options),
        key=f"reading.{name}",
        format_func=said,
        placeholder=f"Found: {said(found)}" if found else "Choose",
        accept_new_options=is_open,
        on_change=apply,
        args=(upload,),
    )


def _header(upload: Upload) -> None:
    st.number_input(
        "Line of the header",
        0,
        1000,
        key="reading.header_row",
        placeholder="1",
        help="Lines before it are left out; 0: there are no names.",
        on_change=apply,
        args=(upload,),
    )


def _missing(upload: Upload) -> None:
    st.multiselect(
        "Marks of missing values",
        ["NA", "null", "?", "-", "-9", "-999", "unknown"],
        key="reading.missing",
        accept_new_options=True,
        placeholder="The usual ones",
        help="What means 'no value', in place of the usual marks; an empty cell always does.",
        on_change=apply,
        args=(upload,),
    )


def apply(upload: Upload, **changes: Any) -> None:
    """Remember what the fields say; those that are not drawn now keep what was chosen."""
    given = st.session_state
    chosen = {name: given.get(f"reading.{name}", getattr(upload.choices, name)) for name in FIELDS}
    chosen["missing"] = tuple(chosen["missing"] or ()) or None
    said = {**chosen, "columns": upload.choices.columns, **changes}
    actions.act(lambda: platform().uploads.choose(actor(), upload.id, ReadingChoices.checked(**said)))


def _answer(upload: Upload) -> None:
    st.session_state["reading.encoding"] = st.session_state["reading.asked"]
    apply(upload)
