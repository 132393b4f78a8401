"""A version as the registry has it: size, time of one answer, origin, tags and description, deletion."""

import streamlit as st

from core.records.access import Permission
from core.records.model import ModelVersion
from core.records.project import Project
from core.records.removal import Impact
from pages.shared import actions, deletion, history_loaders, loaders, parts, state
from pages.shared.context import actor, may, platform
from pages.shared.words import count, size
from pages.train import run_notes


def show(project: Project, version: ModelVersion) -> None:
    """Draw what the registry has of the version."""
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.section("In the registry", "Tags and description are those of its run, in MLflow too")
        st.space("stretch")
        _delete_button(version)
    manifest = loaders.manifest(version)
    took = history_loaders.answer_ms(project.name, version.version)
    parts.facts(
        [
            ("Roles", ", ".join(alias.value for alias in version.aliases) or "none"),
            ("Model file", _size(version)),
            ("One answer takes", f"{took:.3g} ms" if took is not None else "not measured yet"),
            ("Trained on", version.dataset),
            (
                "Inputs",
                count(len(manifest.features), "column"),
                ", ".join(one.column.name for one in manifest.features),
            ),
            ("Predicts", manifest.target),
        ]
    )
    run, _ = actions.outcome(lambda: loaders.run(project.name, version.run_id))
    if run is not None:
        run_notes.show(project, run)
    else:
        parts.note("Its run was deleted from MLflow, and with it tags and description.")


def _size(version: ModelVersion) -> str:
    found, _ = actions.outcome(lambda: platform().blobs.size(version.model_sha256))
    return "its file is gone or damaged" if found is None else size(found)


def _delete_button(version: ModelVersion) -> None:
    if may(Permission.DELETE_DATA) and st.button("Delete", key="models.delete", icon=":material/delete:"):
        impact = platform().removal.preview_run(version.project, version.run_id)
        named = impact.model_copy(update={"subject": f"version {version.version}"})
        deletion.ask(named, "models.delete.ask", lambda reason: _delete(version, reason))


def _delete(version: ModelVersion, reason: str) -> Impact:
    done = platform().removal.delete_run(actor(), version.project, version.run_id, reason=reason)
    st.query_params.pop(state.VERSION, None)
    return done
