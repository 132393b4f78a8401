"""Own recipes in Settings: what is on offer, what waits in the folder, the step between the two."""

from pathlib import Path

import streamlit as st

from core.records.recipe import Packaged, Recipe
from pages.shared import actions, parts
from pages.shared.context import actor, now, platform
from pages.shared.words import ago, plain


def show() -> None:
    """Draw the section."""
    service = platform().recipes
    parts.section("Own recipes", f"Estimators written here as Python files; put them into {service.folder}")
    offered, waiting, packaged = service.offered(), service.waiting(), service.packaged()
    for recipe in offered:
        _offered(recipe)
    for file in waiting:
        _waiting(file, is_known=any(recipe.name == file.stem for recipe in offered))
    for found in packaged:
        _packaged(found)
    if not offered and not waiting and not packaged:
        parts.note("None yet: a file declares a class Params and a function fit(X, y, params, seed).")


def _offered(recipe: Recipe) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, gap="small"):
        parts.badge("active", label="On offer")
        st.markdown(f"**{plain(recipe.title)}**", width="content")
        origin = f" of {recipe.package}" if recipe.package else ""
        parts.note(
            f"{recipe.key}, state {recipe.number}{origin}, by {recipe.author}, {ago(recipe.created_at, now())}",
            recipe.sha256,
        )
        st.space("stretch")
        st.button("Remove", key=f"recipe.remove.{recipe.name}", on_click=_ask_removal, args=(recipe,))


def _waiting(file: Path, *, is_known: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, gap="small"):
        parts.badge("paused", label="Changed" if is_known else "Waits")
        parts.note(file.name)
        st.space("stretch")
        st.button("Add", key=f"recipe.add.{file.stem}", on_click=_ask_addition, args=(file,))


def _packaged(found: Packaged) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, gap="small"):
        parts.badge("paused", label="Installed")
        parts.note(f"{found.name}, of the package {found.package}", found.module)
        st.space("stretch")
        st.button(
            "Enable", key=f"recipe.enable.{found.distribution}.{found.name}", on_click=_ask_enabling, args=(found,)
        )


def _ask_enabling(found: Packaged) -> None:
    actions.confirm(
        f"Enable {plain(found.name)}",
        f"The package **{plain(found.package)}** declares it in its module {plain(found.module)}. Its code will run in "
        "training jobs of this installation, with the rights of the worker. It is pinned to what is installed now: "
        "after any change of the package it has to be enabled again.",
        "Enable",
        "recipe.enable",
        lambda _: platform().recipes.enable(actor(), found.name),
        done=f"The recipe {found.name} is on offer.",
    )


def _ask_addition(file: Path) -> None:
    actions.confirm(
        f"Add {plain(file.stem)}",
        "Its code will run in training jobs of this installation, with the rights of the worker. Read it first:\n\n"
        f"{_fenced(file.read_text(encoding='utf-8', errors='replace'))}",
        "Add",
        "recipe.add",
        lambda _: platform().recipes.add(actor(), file),
        done=f"The recipe {file.stem} is on offer.",
    )


def _ask_removal(recipe: Recipe) -> None:
    actions.confirm(
        f"Remove {plain(recipe.name)}",
        "Nobody can train with it any more. Its runs, versions and text stay.",
        "Remove",
        "recipe.remove",
        lambda _: platform().recipes.remove(actor(), recipe.name),
        done=f"The recipe {recipe.name} is not on offer any more.",
    )


def _fenced(text: str) -> str:
    longest = max((len(line) for line in text.split() if set(line) == {"`"}), default=2)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}python\n{text}\n{fence}"
