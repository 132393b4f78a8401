"""From the name of a thing to the screen that shows it."""

from pages.shared import parts


def link(subject: str, label: str = "") -> None:
    """Link to the screen of a thing named ``kind:name``; nothing for a kind without a screen."""
    kind, _, name = subject.partition(":")
    if kind == "version":
        parts.link("history", label or f"Version {name}", version=name, tab="story")
    elif kind == "run":
        parts.link("runs", label or f"Run {name[:8]}", run=name)
    elif kind == "data":
        parts.link("datasets", label or name, dataset=name)
    elif kind == "report":
        parts.link("drift", label or "The check", report=name)
    elif kind in ("job", "retraining"):
        parts.link("jobs", label or "The job", job=name)
    elif kind == "predictions":
        parts.link("playground", label or f"Version {name}", model=name)
