"""Every screen of the product, once: its address, name, place and symbol."""

from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.records.access import Permission


@dataclass(frozen=True)
class Screen:
    """One screen; ``path`` is relative to ``pages/`` and ``permission`` is what it takes to see it."""

    key: str
    title: str
    section: str
    path: str
    icon: str
    permission: Permission = Permission.VIEW


SCREENS: tuple[Screen, ...] = (
    Screen("overview", "Overview", "Home", "home/overview.py", "space_dashboard"),
    Screen("datasets", "Datasets", "Data", "data/datasets.py", "database"),
    Screen("train", "New training", "Train", "train/new_training.py", "model_training"),
    Screen("tuning", "Tuning", "Train", "train/tuning.py", "manage_search"),
    Screen("preparation", "Preparation", "Train", "train/preparation.py", "conversion_path"),
    Screen("runs", "Runs", "Train", "train/runs.py", "science"),
    Screen("jobs", "Jobs", "Train", "train/jobs.py", "pending_actions"),
    Screen("models", "Models", "Models", "models/versions.py", "deployed_code"),
    Screen("history", "Time machine", "Models", "models/history.py", "history"),
    Screen("lineage", "Lineage", "Models", "models/lineage.py", "account_tree"),
    Screen("serving", "Serving", "Serve", "serve/serving.py", "lan"),
    Screen("predictions", "Predictions", "Serve", "serve/predictions.py", "receipt"),
    Screen("playground", "Playground", "Serve", "serve/playground.py", "play_circle"),
    Screen("drift", "Drift", "Monitor", "monitor/drift.py", "ssid_chart"),
    Screen("performance", "Performance", "Monitor", "monitor/performance.py", "monitoring"),
    Screen("alerts", "Alerts", "Monitor", "monitor/alerts.py", "notifications"),
    Screen("retraining", "Retraining", "Automate", "automate/retraining.py", "autorenew"),
    Screen("simulator", "Simulator", "Automate", "automate/simulator.py", "science"),
    Screen("audit", "Audit trail", "Govern", "govern/audit.py", "receipt_long", Permission.AUDIT),
    Screen("settings", "Settings", "Govern", "govern/settings.py", "tune"),
)

BY_KEY: dict[str, Screen] = {screen.key: screen for screen in SCREENS}


def page(key: str) -> StreamlitPage:
    """Return the Streamlit page of a screen.

    It carries no icon: Streamlit would fetch a page's icon from a font server to make a favicon of it.
    """
    screen = BY_KEY[key]
    is_default = screen.section == "Home"
    return st.Page(f"../{screen.path}", title=screen.title, url_path=key, default=is_default)


def paths() -> tuple[str, ...]:
    """Return the URL paths of all screens."""
    return ("/", *(f"/{screen.key}" for screen in SCREENS))
