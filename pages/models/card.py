"""The model card on the page of its version: facts, people's texts, and the card as a file."""

from collections.abc import Callable

import streamlit as st

from core.models import card_rendering
from core.records.access import Permission
from core.records.card import CARD_FIELDS, CardSection, CardTable, ModelCard
from core.records.model import ModelVersion
from pages.shared import actions, loaders, parts, tables
from pages.shared.context import actor, may, platform


def show(version: ModelVersion) -> None:
    """Draw the card, folded, with the buttons that write and save it; it is drafted when it is opened or saved."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.section("Model card", "Drafted from stored facts, completed by people")
        st.space("stretch")
        _download(version, "HTML", "html", card_rendering.to_html)
        _download(version, "Markdown", "markdown", card_rendering.to_markdown)
        if may(Permission.WRITE_CARDS):
            st.button("Edit texts", key="card.edit", icon=":material/edit:", on_click=_ask, args=(version,))
    text = loaders.card_text(version)
    written = sum(bool(text.fields.get(name)) for name in CARD_FIELDS) if text else 0
    label = f"Read the card: {written} of {len(CARD_FIELDS)} texts are filled in"
    place = st.expander(label, key="card", on_change="rerun", bind="query-params")
    if place.open:
        with place:
            for number, section in enumerate(loaders.card(version).sections):
                parts.section(section.title)
                _section(section, f"card.{number}")


def _download(version: ModelVersion, label: str, kind: str, render: Callable[[ModelCard], str]) -> None:
    cards = platform().cards
    st.download_button(
        label,
        lambda: render(cards.card(version.project, version.version)),
        f"{version.project}-v{version.version}-card.{'md' if kind == 'markdown' else kind}",
        f"text/{kind}",
        key=f"card.{kind}",
        icon=":material/download:",
        on_click="ignore",
    )


def _section(section: CardSection, key: str) -> None:
    if section.prose:
        st.html(card_rendering.safe_html(section.prose))
    for note in section.notes:
        parts.note(note)
    if section.facts:
        parts.facts(section.facts, columns=190)
    for place, table in enumerate(section.tables):
        _table(table, f"{key}.table.{place}")


def _table(table: CardTable, key: str) -> None:
    columns = {str(at): st.column_config.TextColumn(header) for at, header in enumerate(table.headers)}
    rows = [{str(at): cell for at, cell in enumerate(row)} for row in table.rows]
    tables.show(rows, columns, key)


def _ask(version: ModelVersion) -> None:
    newest = loaders.card_text(version)
    seen = newest.number if newest else 0

    @st.dialog(f"Texts of version {version.version}", width="large")
    def body() -> None:
        parts.note("Markdown. Every saved state is kept with its author.")
        for name, (heading, wanted) in CARD_FIELDS.items():
            said = newest.fields.get(name, "") if newest else ""
            st.text_area(heading, value=said, key=f"card.field.{name}.{seen}", placeholder=wanted, height=90)
        pressed = st.button(
            "Save", key="card.save", type="primary", on_click=_save, args=(version, seen), width="stretch"
        )
        actions.close_when_done(pressed)

    body()


def _save(version: ModelVersion, seen: int) -> None:
    fields = {name: str(st.session_state.get(f"card.field.{name}.{seen}") or "") for name in CARD_FIELDS}
    actions.act(
        lambda: platform().cards.write(actor(), version.project, version.version, fields, expected=seen),
        "The card is saved.",
    )
