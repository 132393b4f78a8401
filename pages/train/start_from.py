"""Where a training form gets its values from: defaults, the champion's run, another run, or a preset."""

import re
from collections.abc import Mapping

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.training import EstimatorCard, ParameterValue, Run, ThresholdRule, TrainingSpec
from pages.shared import actions, fields, loaders, parts, state
from pages.shared.context import actor, may, platform
from pages.shared.words import plain, short
from pages.train import preparation_choice, rows_form

CLONED = "train.cloned"
"""The run whose values were put into the form already."""

ASKED = "train.asked"
"""The estimator that the address named last."""

ESTIMATOR = "train.estimator"
"""The chosen estimator; the address says it, too."""

Cards = Mapping[str, EstimatorCard]


def estimator(cards: Cards) -> EstimatorCard:
    """Let people choose an estimator, starting with the one the address names."""
    given = st.session_state
    asked = st.query_params.get(state.ESTIMATOR)
    if asked in cards and given.get(ASKED) != asked:
        given[ESTIMATOR] = asked
    if given.get(ESTIMATOR) not in cards:
        given[ESTIMATOR] = next(iter(cards))
    chosen = st.selectbox(
        "Estimator",
        list(cards),
        key=ESTIMATOR,
        format_func=lambda key: f"{cards[key].title} · {cards[key].group}",
        help="Type to search, by name or by kind.",
    )
    given[ASKED] = st.query_params[state.ESTIMATOR] = chosen
    return cards[chosen]


def clone(project: Project, cards: Cards) -> None:
    """Put the values of the run that the address names into the form, once."""
    run_id = st.query_params.get(state.CLONE)
    if not run_id or st.session_state.get(CLONED) == run_id:
        return
    st.session_state[CLONED] = run_id
    run = loaders.run(project.name, run_id)
    if run.spec is None or run.spec.estimator not in cards:
        st.session_state[state.PROBLEM] = f"Run {short(run_id)} cannot be cloned: it is no training of this project."
        actions.tell()
        return
    fill(run.spec, cards)
    mark = st.query_params.get(state.THRESHOLD, "")
    if re.fullmatch(r"0\.\d{1,4}", mark) and float(mark) > 0:
        st.session_state["train.rule"] = ThresholdRule.FIXED
        st.session_state["train.value.fixed"] = float(mark)


def fill(spec: TrainingSpec, cards: Cards) -> None:
    """Put the values of a spec into the form; fields the form does not have keep theirs."""
    given = st.session_state
    _estimator(cards[spec.estimator], spec.params)
    preparation_choice.fill(spec.preprocessing)
    given["train.features"] = list(spec.features)
    rows_form.fill(spec)


def _estimator(card: EstimatorCard, params: Mapping[str, ParameterValue]) -> None:
    st.session_state[ESTIMATOR] = card.key
    fields.fill(card, params)


def buttons(project: Project, cards: Cards, card: EstimatorCard) -> None:
    """Offer the champion's values, a preset's, the defaults, and to keep what the form says."""
    run = _champion_run(project)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if run is not None and run.spec is not None and run.spec.estimator in cards:
            label = f"As champion {run.version}" if run.version else "As the champion"
            st.button(label, key="train.from_champion", icon=":material/trophy:", on_click=fill, args=(run.spec, cards))
        st.button("Defaults", key="train.from_defaults", on_click=_estimator, args=(card, {}))
        _presets(project, cards)
        if may(Permission.TRAIN):
            st.button(
                "Save as preset",
                key="train.save_preset",
                icon=":material/bookmark_add:",
                on_click=_name_preset,
                args=(project, card),
            )


def _champion_run(project: Project) -> Run | None:
    champion = loaders.champion(project.name)
    return loaders.run(project.name, champion.run_id) if champion else None


def _presets(project: Project, cards: Cards) -> None:
    found = {preset.name: preset for preset in loaders.presets(project.name) if preset.estimator in cards}
    if not found:
        return

    def load() -> None:
        chosen = found.get(st.session_state.get("train.preset") or "")
        if chosen:
            _estimator(cards[chosen.estimator], chosen.params)

    st.selectbox(
        "Preset",
        list(found),
        index=None,
        key="train.preset",
        on_change=load,
        placeholder="Preset",
        label_visibility="collapsed",
        width=220,
        format_func=lambda name: f"{name} · {cards[found[name].estimator].title}",
    )
    chosen = st.session_state.get("train.preset")
    if chosen in found and may(Permission.TRAIN):
        st.button("", key="train.drop_preset", icon=":material/delete:", help=f"Remove the preset {chosen}",
                  on_click=_remove, args=(project, chosen))  # fmt: skip


def _remove(project: Project, name: str) -> None:
    actions.act(lambda: platform().presets.delete(actor(), project.name, name), f"The preset {plain(name)} is removed.")
    st.session_state["train.preset"] = None


def _name_preset(project: Project, card: EstimatorCard) -> None:
    def keep() -> None:
        name = str(st.session_state.get("train.preset_name") or "").strip()
        actions.act(
            lambda: platform().presets.save(actor(), project.name, name, card.key, fields.read(card)),
            f"The values are kept as preset {name}.",
        )

    @st.dialog("Save as preset")
    def body() -> None:
        parts.note(f"The hyperparameters of {card.title} as the form has them now; a preset of that name is replaced.")
        st.text_input("Name", key="train.preset_name", placeholder="such as deep-forest", max_chars=63)
        actions.close_when_done(
            st.button("Save", key="train.preset_confirm", type="primary", on_click=keep, width="stretch")
        )

    body()
