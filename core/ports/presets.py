"""Presets at rest."""

from typing import Protocol

from core.records.training import Preset


class PresetRepository(Protocol):
    """Presets, named within their project."""

    def save(self, preset: Preset) -> None:
        """Store a preset; one of the same name in the project is replaced.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def get(self, project: str, name: str) -> Preset:
        """Return one preset.

        Raises:
            PresetNotFound: there is none of that name; the message names those there are.
        """
        ...

    def find(self, project: str) -> list[Preset]:
        """Return the presets of the project by name."""
        ...

    def delete(self, project: str, name: str) -> None:
        """Remove a preset.

        Raises:
            PresetNotFound: there is none of that name.
        """
        ...
