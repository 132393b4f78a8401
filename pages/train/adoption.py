"""A run that another program logged: what it is, and the dialog that makes a version of it."""

import streamlit as st

from core.records.access import Permission
from core.records.adoption import HeldOut
from core.records.job import JobKind
from core.records.project import Project, Task
from core.records.training import Run
from pages.shared import actions, live, loaders, parts, state
from pages.shared.context import actor, may, platform
from pages.shared.words import plain

HELD_OUT = {
    HeldOut.SPLIT: "A random part, by train_test_split",
    HeldOut.ALL: "All rows of this version",
    HeldOut.NONE: "Nobody knows",
}
TOLD = "Another program logged this run to MLflow."


def button(project: Project, run: Run) -> None:
    """Offer to adopt a run whose model can be read safely."""
    if (
        run.version is None
        and may(Permission.TRAIN)
        and platform().adoption.hindrance(project.name, run.run_id) is None
    ):
        st.button("Adopt", key="run.adopt", type="primary", on_click=_ask, args=(project, run.run_id))


def show(project: Project, run: Run) -> None:
    """Say where the run comes from and what hinders its adoption, and show the job that adopts it."""
    if run.version is not None:
        parts.note(f"{TOLD} Its model was read without unpickling, judged here, and made version {run.version}.")
    else:
        problem = platform().adoption.hindrance(project.name, run.run_id)
        if problem:
            st.info(plain(f"{TOLD} {problem}"), icon=":material/input:")
        else:
            parts.note(f"{TOLD} Adopt it to have its model judged, proved and made a version.")
    _under_way(project, run)


def _under_way(project: Project, run: Run) -> None:
    asked = st.query_params.get(state.JOB)
    if not asked:
        return
    job = platform().queue.get(asked)
    if job.kind is JobKind.ADOPT and job.project == project.name and job.payload.get("run_id") == run.run_id:
        live.job_panel(asked)


def _ask(project: Project, run_id: str) -> None:
    @st.dialog("Adopt this run")
    def body() -> None:
        versions = [str(version.ref) for version in loaders.datasets(project.name)]
        if not versions:
            st.markdown("A model is judged on rows of a dataset. Upload the data first.")
            parts.link("datasets", "Upload data")
            return
        parts.note("The model is read as data, never unpickled. It becomes a version like those trained here.")
        st.selectbox("Data to judge it on", versions, key="adopt.data")
        kind = st.selectbox(
            "Rows it did not learn from",
            list(HELD_OUT),
            format_func=HELD_OUT.__getitem__,
            key="adopt.held_out",
            help="Figures are only claimed for rows that the model has not seen.",
        )
        if kind is HeldOut.SPLIT:
            with st.grid(2, min_column_width=150):
                st.number_input("test_size", 0.01, 0.99, 0.2, 0.05, key="adopt.test_size")
                st.number_input(
                    "random_state", 0, 2**32 - 1, 0, 1, key="adopt.seed", help="Stratified by the target's classes."
                )
        if project.task is not Task.REGRESSION:
            _classes(project)
        pressed = st.button(
            "Adopt",
            key="adopt.confirm",
            type="primary",
            on_click=_adopt,
            args=(project, run_id),
            width="stretch",
        )
        actions.close_when_done(pressed)

    body()


def _classes(project: Project) -> None:
    with st.grid(2, min_column_width=150):
        st.text_input(
            "Classes",
            key="adopt.classes",
            placeholder="as in the target",
            help="Where the model calls them otherwise, such as 0 and 1: the target's names in the model's order, "
            "separated by commas.",
        )
        if project.task is Task.BINARY:
            st.number_input("Threshold", 0.01, 0.99, 0.5, 0.05, key="adopt.threshold")


def _adopt(project: Project, run_id: str) -> None:
    given = st.session_state
    classes = tuple(name.strip() for name in str(given.get("adopt.classes") or "").split(",") if name.strip())
    service = platform().adoption

    def submit() -> str:
        request = service.request(
            project,
            run_id,
            given["adopt.data"],
            held_out=given["adopt.held_out"],
            test_size=float(given.get("adopt.test_size") or 0.2),
            seed=int(given.get("adopt.seed") or 0),
            classes=classes,
            threshold=float(given.get("adopt.threshold") or 0.5),
        )
        return service.submit(actor(), request).id

    job = actions.act(submit, "The adoption is queued.")
    if job:
        st.query_params[state.JOB] = job
