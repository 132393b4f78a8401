"""New training: a form made from what the data holds and what the estimator declares."""

import streamlit as st

from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.job import Job
from core.records.project import Project, Task
from core.records.training import EstimatorCard, TrainingSpec
from pages.shared import actions, fields, live, loaders, navigation, parts, state
from pages.shared.context import actor, address, may, platform
from pages.shared.words import metric_title
from pages.train import columns_form, preparation_choice, rows_form, start_from


def _start(project: Project, version: DatasetVersion, card: EstimatorCard) -> None:
    job = actions.act(lambda: _submit(project, version, card), "The training is queued.")
    if job:
        st.query_params[state.JOB] = job.id


def _submit(project: Project, version: DatasetVersion, card: EstimatorCard) -> Job:
    return platform().training.submit(actor(), _spec(project, version, card))


def _spec(project: Project, version: DatasetVersion, card: EstimatorCard) -> TrainingSpec:
    given = st.session_state
    return platform().training.spec(
        project,
        dataset=str(version.ref),
        estimator=card.key,
        params=fields.read(card),
        features=tuple(given["train.features"] or ()),
        split=rows_form.split(project),
        threshold=rows_form.threshold(project) if project.task is Task.BINARY else None,
        fairness=tuple(given.get("train.fairness") or ()),
        seed=int(given["train.seed"]),
        register_version=given["train.register"] == "Yes",
        preprocessing=preparation_choice.chosen(project),
        override=str(given.get("train.override") or "").strip(),
    )


def _hand_over(project: Project, version: DatasetVersion, card: EstimatorCard) -> None:
    """Keep what the form says for the form of a study."""
    spec = actions.act(lambda: _spec(project, version, card))
    if spec:
        st.session_state[state.BASE] = spec


def _tune_instead(project: Project, version: DatasetVersion, card: EstimatorCard) -> None:
    """Lead to the form of a study with the chosen estimator and values."""
    st.button(
        "Tune instead",
        key="train.tune",
        type="tertiary",
        icon=":material/manage_search:",
        on_click=_hand_over,
        args=(project, version, card),
        help="Search for good hyperparameters instead of choosing them.",
    )
    if state.BASE in st.session_state:
        asked = {state.STUDY: state.NEW, state.ESTIMATOR: card.key}
        prepared = st.query_params.get(state.PREPARATION)
        st.switch_page(
            navigation.page("tuning"),
            query_params=address(**asked, **({state.PREPARATION: prepared} if prepared else {})),
        )


def _choices(project: Project, versions: list[DatasetVersion]) -> tuple[DatasetVersion, EstimatorCard]:
    refs = {str(version.ref): version for version in versions}
    cards = {card.key: card for card in platform().training.estimators(project.task)}
    start_from.clone(project, cards)
    left, middle, right = st.columns([1, 1, 2])
    with left:
        ref = st.selectbox("Dataset version", list(refs), key=state.DATA, bind="query-params")
    with middle:
        preparation_choice.select(project)
    with right:
        card = start_from.estimator(cards)
    start_from.buttons(project, cards, card)
    parts.note(" ".join([card.summary, *card.notes]))
    if card.slow_above and refs[ref].rows > card.slow_above:
        st.warning(
            f"{card.title} takes long above {card.slow_above:,} rows, and this version has {refs[ref].rows:,}. "
            "Consider boosting or a linear model.",
            icon=":material/hourglass_top:",
        )
    return refs[ref], card


def _form(project: Project, version: DatasetVersion, card: EstimatorCard) -> None:
    with st.container(border=True):
        left, right = st.columns([1.5, 1], gap="large")
        with left:
            parts.section("Hyperparameters")
            fields.show(card)
        with right:
            parts.section("Rows")
            rows_form.show(project, version)
        parts.section("Features")
        columns_form.features(project, version)
        columns_form.contract(project, version)
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            faults = fields.faults(card)
            if faults:
                parts.wrong(" ".join(faults))
            else:
                parts.note(f"Judged by {metric_title(project.metric)} on the rows held out")
            with st.container(horizontal=True, horizontal_alignment="right", width="content"):
                if card.parameters and may(Permission.TRAIN):
                    _tune_instead(project, version, card)
                st.button(
                    "Start training",
                    key="train.start",
                    type="primary",
                    icon=":material/play_arrow:",
                    on_click=_start,
                    args=(project, version, card),
                    disabled=not may(Permission.TRAIN),
                )


def _progress(project: Project) -> None:
    job_id = st.query_params.get(state.JOB)
    if not job_id:
        return
    job = live.job_panel(job_id)
    result = job.result or {}
    if "run_id" not in result:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        value = (result.get("metrics") or {}).get(project.metric)
        parts.note(f"{metric_title(project.metric)} {value:.4f}" if value is not None else "Done")
        parts.link("runs", "Open the run", run=str(result["run_id"]))
        if result.get("version"):
            parts.link("models", f"Compare version {result['version']}", version=str(result["version"]))


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("New training")
    with parts.title("New training", f"Predict {project.target} in {project.name}"):
        pass
    versions = loaders.datasets(project.name)
    if not versions:
        parts.empty("There is no data to learn from yet.", screen=("datasets", "Upload data"))
        return
    _progress(project)
    version, card = _choices(project, versions)
    parts.misfits(project, version)
    _form(project, version, card)


render()
