"""New study: the form of a search over hyperparameters, made from what the estimator declares."""

import streamlit as st

from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.project import Project, Task
from core.records.study import SpaceOutline, Study, StudySpec
from core.records.training import EstimatorCard, TrainingSpec
from pages.shared import actions, loaders, parts, state, study_loaders
from pages.shared.context import actor, may, platform
from pages.train import budget_form, columns_form, preparation_choice, rows_form, space_form, space_values, start_from
from pages.train.start_from import Cards

CLONED = "tuning.cloned"
"""The study whose values were put into the form already."""


def show(project: Project) -> None:
    """Draw the form."""
    with parts.title("New study", f"Search for the best {project.target} model in {project.name}", back=BACK):
        pass
    versions = loaders.datasets(project.name)
    if not versions:
        parts.empty("There is no data to learn from yet.", screen=("datasets", "Upload data"))
        return
    cards = {card.key: card for card in platform().training.estimators(project.task) if card.parameters}
    _start_values(cards)
    version, card = _choices(project, {str(one.ref): one for one in versions}, cards)
    _form(project, version, card)


BACK = (state.STUDY, state.ESTIMATOR, state.CLONE, state.PREPARATION)


def _start_values(cards: Cards) -> None:
    """Fill the form from the training or the study it was asked for, once."""
    base: TrainingSpec | None = st.session_state.pop(state.BASE, None)
    if base is not None and base.estimator in cards:
        start_from.fill(base, cards)
        st.session_state[state.DATA] = str(base.dataset)
        space_form.propose(cards[base.estimator], base.params)
        st.session_state["tuning.metric"] = base.metric
    asked = st.query_params.get(state.CLONE)
    if asked and st.session_state.get(CLONED) != asked:
        st.session_state[CLONED] = asked
        _clone(study_loaders.study(asked).spec, cards)


def _clone(spec: StudySpec, cards: Cards) -> None:
    if spec.base.estimator not in cards:
        st.warning(f"The estimator {spec.base.estimator} is not on offer any more.", icon=":material/warning:")
        return
    start_from.fill(spec.base, cards)
    st.session_state[state.DATA] = str(spec.base.dataset)
    space_form.fill(cards[spec.base.estimator], spec.space, spec.base.params)
    budget_form.fill(spec)


def _choices(
    project: Project, versions: dict[str, DatasetVersion], cards: Cards
) -> tuple[DatasetVersion, EstimatorCard]:
    left, middle, right = st.columns([1, 1, 2])
    with left:
        ref = st.selectbox("Dataset version", list(versions), key=state.DATA, bind="query-params")
    with middle:
        preparation_choice.select(project)
    with right:
        card = start_from.estimator(cards)
    if not space_form.is_filled(card):
        space_form.propose(card, {})
    parts.note(" ".join([card.summary, *card.notes]))
    return versions[ref], card


def _form(project: Project, version: DatasetVersion, card: EstimatorCard) -> None:
    dimensions = space_values.read(card)
    outline = platform().tuning.outline(project.task, card.key, {}, dimensions)
    with st.container(border=True):
        grid = st.grid(3, min_column_width=260, gap="medium")
        with grid.cell(column_span=2):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                parts.section("Search space", "Ticked ones are searched, the others stay as they are")
                st.button("Proposed ranges", key="tuning.propose", type="tertiary", on_click=space_form.propose,
                          args=(card, {}), help="Puts back what the estimator declares worth trying.")  # fmt: skip
            space_form.show(card)
            if outline.problem:
                st.warning(outline.problem, icon=":material/warning:")
        with grid.cell():
            parts.section("Search")
            budget_form.show(project, outline)
            parts.section("Rows", "Trials never see the rows held out; folds part the others in the same manner")
            rows_form.held_out(project, version, folds=False)
        parts.section("Features")
        columns_form.features(project, version)
        columns_form.contract(project, version)
        _version(project, version)
        _footer(project, version, card, outline)


def _version(project: Project, version: DatasetVersion) -> None:
    with st.expander("The version made of the best trial"):
        st.toggle("Train and register the best when the study ends", key="tuning.register")
        st.session_state.setdefault("train.seed", 0)
        with st.grid(2, min_column_width=rows_form.FIELD):
            st.number_input("Seed of the models", min_value=0, max_value=2**32 - 1, step=1, key="train.seed")
            rows_form.judgement(project, version)


def _footer(project: Project, version: DatasetVersion, card: EstimatorCard, outline: SpaceOutline) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        parts.note(budget_form.told(outline, card))
        st.button(
            "Start study",
            key="tuning.start",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_start,
            args=(project, version, card),
            disabled=not may(Permission.TRAIN),
        )


def _start(project: Project, version: DatasetVersion, card: EstimatorCard) -> None:
    study = actions.act(lambda: _submit(project, version, card), "The study is queued.")
    if study:
        for name in (*BACK, state.TAB, state.TRIAL):
            st.query_params.pop(name, None)
        st.query_params[state.STUDY] = study.id


def _submit(project: Project, version: DatasetVersion, card: EstimatorCard) -> Study:
    given, dimensions = st.session_state, space_values.read(card)
    base = platform().training.spec(
        project,
        dataset=str(version.ref),
        estimator=card.key,
        features=tuple(given["train.features"] or ()),
        split=rows_form.split(project),
        threshold=rows_form.threshold(project) if project.task is Task.BINARY else None,
        fairness=tuple(given.get("train.fairness") or ()),
        seed=int(given["train.seed"]),
        metric=given["tuning.metric"],
        preprocessing=preparation_choice.chosen(project),
        override=str(given.get("train.override") or "").strip(),
    )
    outline = platform().tuning.outline(project.task, card.key, base.params, dimensions)
    spec = StudySpec.model_validate({"base": base, "space": dimensions, **budget_form.read(outline)})
    return platform().tuning.submit(actor(), spec)
