"""New training: a form made from what the data holds and what the estimator declares."""

import streamlit as st

from core.records.access import Permission
from core.records.contract import Outcome
from core.records.dataset import DatasetVersion
from core.records.job import Job
from core.records.project import Project, Task
from core.records.training import EstimatorCard
from pages.shared import actions, fields, live, loaders, parts, state
from pages.shared.context import actor, may, platform
from pages.shared.words import count, metric_title, plain
from pages.train import preparation_choice, rows_form, start_from

MOST_PILLS = 60


def _start(project: Project, version: DatasetVersion, card: EstimatorCard) -> None:
    job = actions.act(lambda: _submit(project, version, card), "The training is queued.")
    if job:
        st.query_params[state.JOB] = job.id


def _submit(project: Project, version: DatasetVersion, card: EstimatorCard) -> Job:
    given = st.session_state
    training = platform().training
    spec = training.spec(
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
    return training.submit(actor(), spec)


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
        _features(project, version)
        _contract(project, version)
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            parts.note(f"Judged by {metric_title(project.metric)} on the rows held out")
            st.button(
                "Start training",
                key="train.start",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_start,
                args=(project, version, card),
                disabled=not may(Permission.TRAIN),
            )


def _contract(project: Project, version: DatasetVersion) -> None:
    """Ask for a reason to train on a version that fails its contract."""
    result = loaders.contract_result(project.name, version.ref)
    if result is None or result.outcome is not Outcome.FAILS:
        return
    broken = [check for check in result.failed if check.standing == "fail"]
    told = "; ".join(f"{check.sentence}: {check.observed}" for check in broken[:2])
    st.warning(plain(f"{version.ref} fails its contract. {told}."), icon=":material/rule:")
    st.text_input(
        "Reason to train on it all the same",
        key="train.override",
        placeholder="Kept with the run and in the audit trail",
    )


def _features(project: Project, version: DatasetVersion) -> None:
    usable = [column.name for column in version.columns if column.name != project.target]
    given = st.session_state
    if "train.features" not in given:
        given["train.features"] = list(
            platform().training.default_features(project, version, preparation_choice.chosen(project))
        )
    given["train.features"] = [name for name in given["train.features"] or () if name in usable]
    label = f"Features, of {count(len(usable), 'column')}"
    if len(usable) > MOST_PILLS:
        st.multiselect(label, usable, key="train.features", label_visibility="collapsed", wrap=True)
    else:
        st.pills(
            label,
            usable,
            selection_mode="multi",
            format_func=plain,
            key="train.features",
            label_visibility="collapsed",
            wrap=True,
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
    _form(project, version, card)


render()
