"""Settings: what is in force, who works here, who may come in."""

import os
from importlib.metadata import version

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.settings import Auth, Settings
from pages.govern import people, recipes
from pages.shared import edit_project, loaders, parts, tables
from pages.shared.context import may, now, platform, project
from pages.shared.new_project import TASKS
from pages.shared.words import ago, metric_title

LIBRARIES = ("streamlit", "mlflow", "scikit-learn", "pandas", "evidently", "sqlalchemy", "apscheduler", "plotly")
SETTINGS = {
    "name": st.column_config.TextColumn("Setting", pinned=True),
    "value": st.column_config.TextColumn("Value"),
    "origin": st.column_config.TextColumn("From", width="small"),
    "help": st.column_config.TextColumn("What it is", width="large"),
}
WORKERS = {
    "state": tables.states("State", ["active", "missed"]),
    "worker": st.column_config.TextColumn("Worker"),
    "host": st.column_config.TextColumn("Host", width="small"),
    "pid": st.column_config.NumberColumn("Process", format="%d", width=75),
    "slots": st.column_config.NumberColumn("Slots", width=60),
    "leader": st.column_config.CheckboxColumn("Keeps the schedules", width=140),
    "seen": st.column_config.TextColumn("Seen", width="small"),
    "started": tables.time("Started"),
}


def _settings() -> None:
    settings = platform().settings
    rows = []
    for name, declared in type(settings).model_fields.items():
        variable = f"PILOTHOUSE_{name.upper()}"
        rows.append(
            {
                "name": variable,
                "value": _shown(name, str(getattr(settings, name))),
                "origin": _origin(settings, name, variable),
                "help": declared.description or "",
            }
        )
    tables.show(rows, SETTINGS, "settings.table")
    parts.note("Change them in the environment or in .env, and restart.")


def _origin(settings: Settings, name: str, variable: str) -> str:
    """Return where the value came from; what is set, and not in the environment, stands in .env."""
    if variable in os.environ:
        return "environment"
    return ".env" if name in settings.model_fields_set else "default"


def _shown(name: str, value: str) -> str:
    """Return the value without the password a URL may carry; of secrets, the names."""
    if name == "secrets":
        return ", ".join(sorted(platform().settings.secrets)) or "none"
    is_secret = name.endswith(("_url", "_uri")) and "@" in value
    return f"{value.split('://', 1)[0]}://…@{value.rsplit('@', 1)[1]}" if is_secret else value


def _workers() -> None:
    beats, alive = loaders.workers(), {beat.worker for beat in loaders.alive(now())}
    rows = [
        {
            "state": tables.marks("active" if beat.worker in alive else "missed"),
            "worker": beat.worker,
            "host": beat.host,
            "pid": beat.pid,
            "slots": beat.slots,
            "leader": beat.leader,
            "seen": ago(beat.seen_at, now()),
            "started": beat.started_at,
        }
        for beat in beats
    ]
    if rows:
        tables.show(rows, WORKERS, "settings.workers")
    else:
        parts.note("No worker ever reported here.")


def _project(of: Project) -> None:
    """Show what is said of the chosen project, with the ways to change and to delete it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.section(f"Project {of.name}", of.description)
        st.space("stretch")
        if may(Permission.MANAGE_PROJECTS):
            if st.button("Edit", key="settings.edit", icon=":material/edit:"):
                edit_project.dialog(of)
            if st.button("Delete", key="settings.delete", icon=":material/delete:"):
                edit_project.ask_deletion(of)
    parts.facts(
        [
            ("Predicts", of.target),
            ("Task", TASKS[of.task]),
            ("Value that means yes", of.positive),
            ("Judged by", metric_title(of.metric)),
            ("Id column", of.id_column),
            ("Time column", of.time_column),
            parts.when("Created", of.created_at),
            ("Created by", of.created_by),
        ]
    )


def render() -> None:
    """Draw the screen."""
    with parts.title("Settings", "What is in force in this installation"):
        pass
    chosen = project()
    if chosen is not None:
        _project(chosen)
    parts.section("Workers")
    _workers()
    if platform().settings.auth is Auth.PASSWORD and may(Permission.MANAGE_USERS):
        people.show()
    if may(Permission.ADD_RECIPES):
        recipes.show()
    parts.section("Settings in force")
    _settings()
    parts.section("Versions")
    parts.facts([("pilothouse", version("pilothouse")), *((name, version(name)) for name in LIBRARIES)], columns=120)


render()
