"""From the name of a thing to the screen that shows it."""

from pages.shared import parts

SCREENS = {
    "version": ("history", "version", "Version {}"),
    "run": ("runs", "run", "Run {}"),
    "data": ("datasets", "dataset", "{}"),
    "report": ("drift", "report", "The check"),
    "alert": ("alerts", "alert", "The alert"),
    "job": ("jobs", "job", "The job"),
    "retraining": ("jobs", "job", "The job"),
    "predictions": ("models", "version", "Version {}"),
    "prediction": ("predictions", "prediction", "Answer {}"),
    "features": ("preparation", "", "Preparation"),
}
"""The screen of each kind, the parameter that names the thing there, and what a link says."""


def link(subject: str, label: str = "") -> None:
    """Link to the screen of a thing named ``kind:name``; nothing for a kind without a screen."""
    kind, _, name = subject.partition(":")
    if kind not in SCREENS:
        return
    screen, param, told = SCREENS[kind]
    shown = name[:8] if kind in ("run", "prediction") else name
    more = {"tab": "story"} if kind == "version" else {}
    parts.link(screen, label or told.format(shown), **({param: name} if param else {}), **more)
