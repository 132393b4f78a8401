"""Presets in memory."""

from core.errors import PresetNotFound
from core.records.training import Preset
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryPresets:
    """A :class:`core.ports.presets.PresetRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def save(self, preset: Preset) -> None:
        """Store a preset; one of the same name in the project is replaced.

        Raises:
            ProjectNotFound: there is no such project.
        """
        presets = self._view.change.presets
        self._view.need_project(preset.project)
        presets[preset.project, preset.name] = settled(preset)

    def get(self, project: str, name: str) -> Preset:
        """Return one preset.

        Raises:
            PresetNotFound: there is none of that name; the message names those there are.
        """
        found = self._view.see.presets.get((project, name))
        if found is None:
            known = ", ".join(preset.name for preset in self.find(project)) or "none"
            raise PresetNotFound(project=project, name=name, known=known)
        return loose(found)

    def find(self, project: str) -> list[Preset]:
        """Return the presets of the project by name."""
        found = [loose(preset) for preset in self._view.see.presets.values() if preset.project == project]
        return sorted(found, key=lambda preset: preset.name)

    def delete(self, project: str, name: str) -> None:
        """Remove a preset.

        Raises:
            PresetNotFound: there is none of that name.
        """
        self.get(project, name)
        del self._view.change.presets[project, name]
