"""Where a dataset version came from, how its bytes were understood, and the way to newer ones."""

import streamlit as st

from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.job import JobKind
from core.records.origin import Origin
from core.records.project import Project
from pages.data import arriving
from pages.shared import actions, parts, state
from pages.shared.context import actor, may, platform
from pages.shared.words import size


def show(project: Project, version: DatasetVersion) -> None:
    """Show the origin, the reading and the hashes."""
    if version.origin is not None:
        _origin(project, version, version.origin)
    parts.section("File")
    parts.facts(
        [
            ("File", version.source),
            ("Size", size(version.size), f"{version.size:,} bytes"),
            ("Added by", version.author),
            parts.when("Added", version.created_at),
            *((f"Tag {key}", value) for key, value in version.tags.items()),
        ]
    )
    parts.section("Reading", "How the original bytes were understood")
    parts.facts([(key.replace("_", " ").capitalize(), _said(value)) for key, value in version.reading.items()])
    parts.section("Content")
    parts.facts([("SHA-256 of the original", version.sha256), ("SHA-256 of the table", version.parquet_sha256)], 500)


def _origin(project: Project, version: DatasetVersion, origin: Origin) -> None:
    with parts.title("Source", "What it was fetched from, and can be fetched from again"):
        if may(Permission.SCHEDULE):
            parts.link_to(project.name, "retraining", "Schedule it")
        if may(Permission.ADD_DATA):
            st.button(
                "Refresh from source",
                key="datasets.refresh",
                type="primary",
                icon=":material/sync:",
                on_click=_refresh,
                args=(project, version),
            )
    parts.identifier(origin.url)
    if origin.query is not None:
        st.code(origin.query, language="sql", wrap_lines=True)
    arriving.show()


def _refresh(project: Project, version: DatasetVersion) -> None:
    job = actions.act(
        lambda: platform().queue.submit(
            actor(),
            kind=JobKind.INGEST,
            project=project.name,
            title=f"Refresh {version.dataset} from its source",
            payload={"do": "refresh", "dataset": version.dataset},
        ),
        "It is being fetched.",
    )
    if job:
        st.query_params[state.JOB] = job.id


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar |"}.get(str(value), str(value))
