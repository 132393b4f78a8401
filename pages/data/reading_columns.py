"""The columns of an upload: what each would be, and what it shall be instead."""

import streamlit as st

from core.records.dataset import ColumnKind
from core.records.reading import ColumnChoice, ColumnPreview, TablePreview
from core.records.upload import Upload
from pages.data import reading_form
from pages.shared import tables
from pages.shared.words import plain

MOST_PROPOSALS = 12


def proposals(upload: Upload, preview: TablePreview) -> None:
    """Offer other readings of columns that are kept as text, one click each."""
    offered = [column for column in preview.columns if column.proposal is not None][:MOST_PROPOSALS]
    if not offered:
        return
    with st.container(horizontal=True, gap="small"):
        for place, column in enumerate(offered):
            st.button(
                f"{plain(column.name)} as {_said(column)}",
                key=f"reading.take.{place}",
                icon=":material/lightbulb:",
                help=plain(column.note),
                on_click=_take,
                args=(upload, column),
            )


def kinds(upload: Upload, preview: TablePreview) -> None:
    """Draw the columns with the kind each would have, which can be changed."""
    rows = [_row(upload, column) for column in preview.columns]
    key = f"reading.kinds.{abs(hash(upload.choices.model_dump_json()))}"
    st.data_editor(
        rows,
        key=key,
        hide_index=True,
        row_height=tables.ROW_HEIGHT,
        height=min(len(rows) + 1, tables.MOST_ROWS) * tables.ROW_HEIGHT + 3,
        disabled=["name", "examples", "note"],
        column_config={
            "name": st.column_config.TextColumn("Column", pinned=True),
            "kind": st.column_config.SelectboxColumn("Read as", options=[kind.value for kind in ColumnKind]),
            "form": st.column_config.TextColumn("Form of dates", help="As strptime writes it: %d/%m/%Y", width=130),
            "examples": st.column_config.TextColumn("Examples", width="large"),
            "note": st.column_config.TextColumn("Seen", width="large"),
        },
        on_change=_edited,
        args=(upload, key, tuple(rows)),
    )


def _row(upload: Upload, column: ColumnPreview) -> dict[str, str]:
    chosen = upload.choices.columns.get(column.name)
    return {
        "name": column.name,
        "kind": column.kind.value,
        "form": (chosen.date_format if chosen else None) or "",
        "examples": ", ".join(column.examples),
        "note": column.note or ("chosen" if chosen else ""),
    }


def _take(upload: Upload, column: ColumnPreview) -> None:
    reading_form.apply(upload, columns={**upload.choices.columns, column.name: column.proposal})


def _said(column: ColumnPreview) -> str:
    assert column.proposal is not None  # noqa: S101
    return {ColumnKind.DATETIME: "dates", ColumnKind.BOOLEAN: "true and false"}.get(
        column.proposal.kind, column.proposal.kind.value
    )


def _edited(upload: Upload, key: str, rows: tuple[dict[str, str], ...]) -> None:
    columns = dict(upload.choices.columns)
    for place, changed in st.session_state[key]["edited_rows"].items():
        row = {**rows[int(place)], **changed}
        kind = ColumnKind(row["kind"] or rows[int(place)]["kind"])
        form = (row["form"] or "").strip() if kind is ColumnKind.DATETIME else ""
        columns[row["name"]] = ColumnChoice(kind=kind, date_format=form or None)
    reading_form.apply(upload, columns=columns)
