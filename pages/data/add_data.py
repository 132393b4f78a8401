"""The ways in for new data: what arrives is looked into before anything is kept."""

import streamlit as st

from core.records.job import Job, JobKind
from core.records.origin import Origin
from core.records.project import Project
from pages.data import arriving
from pages.shared import actions, parts, state, upload_box
from pages.shared.context import actor, platform

WAYS = {"upload": "A file", "url": "An address", "sql": "A database query"}
SECRETS = "Write `${NAME}` where a secret belongs, and give it in the setting `PILOTHOUSE_SECRETS`; it is never stored."


def show(project: Project) -> None:
    """Draw the way in that the address names."""
    with parts.title("Add data", "You see how it is read before anything is kept", back=(state.ADD, state.JOB)):
        pass
    asked = st.query_params.get(state.ADD, "upload")
    st.session_state["datasets.way"] = asked if asked in WAYS else "upload"
    way = st.segmented_control(
        "From",
        list(WAYS),
        format_func=WAYS.__getitem__,
        key="datasets.way",
        label_visibility="collapsed",
        required=True,
        on_change=_follow,
    )
    if way == "upload":
        upload_box.show(project.name, "datasets.file", _staged)
        return
    _origin(project, is_query=way == "sql")
    arriving.show()


def _follow() -> None:
    """Let the address say which way is open."""
    st.query_params.pop(state.JOB, None)
    st.query_params[state.ADD] = st.session_state["datasets.way"]


def _staged(upload: str) -> None:
    st.query_params.pop(state.ADD, None)
    st.query_params[state.UPLOAD] = upload


def _origin(project: Project, *, is_query: bool) -> None:
    example = "postgresql://reader:${DB_PASSWORD}@host/sales" if is_query else "https://host/table.csv"
    st.text_input("Address", key="datasets.url", placeholder=example, help=SECRETS)
    if is_query:
        st.text_area(
            "Query",
            key="datasets.query",
            placeholder="SELECT * FROM orders ORDER BY id",
            height=140,
            help="It is asked read-only. With an ORDER BY, the same rows are the same content when it is refreshed.",
        )
    else:
        parts.note("https://, s3://, gs://, az://, sftp://, file:// and what else fsspec reads")
    st.button(
        "Fetch",
        key="datasets.fetch",
        type="primary",
        icon=":material/download:",
        on_click=_fetch,
        args=(project, is_query),
    )


def _fetch(project: Project, is_query: bool) -> None:
    job = actions.act(lambda: _submit(project, is_query=is_query), "It is being fetched.")
    if job:
        st.query_params[state.JOB] = job.id


def _submit(project: Project, *, is_query: bool) -> Job:
    given = st.session_state
    query = str(given.get("datasets.query") or "") if is_query else None
    order = platform().origins.order(actor(), Origin(url=str(given.get("datasets.url") or ""), query=query))
    return platform().queue.submit(
        actor(), kind=JobKind.INGEST, project=project.name, title=f"Fetch {order['url']}", payload=order
    )
