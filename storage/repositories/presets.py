"""Presets in SQL."""

from sqlalchemy import delete, select

from core.errors import PresetNotFound
from core.records.training import Preset
from storage.rows import to_row
from storage.statements import Statements
from storage.training_tables import preset as table


class SqlPresets:
    """A :class:`core.ports.presets.PresetRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def save(self, preset: Preset) -> None:
        """Store a preset; one of the same name in the project is replaced.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(preset.project)
        row = to_row(preset)
        insert = self._db.insert(table)
        self._db.change(insert.on_conflict_do_update(index_elements=["project", "name"], set_=row), row)

    def get(self, project: str, name: str) -> Preset:
        """Return one preset.

        Raises:
            PresetNotFound: there is none of that name; the message names those there are.
        """
        query = select(table).where(table.c.project == project, table.c.name == name)
        found = self._db.one(Preset, query)
        if found is None:
            known = ", ".join(preset.name for preset in self.find(project)) or "none"
            raise PresetNotFound(project=project, name=name, known=known)
        return found

    def find(self, project: str) -> list[Preset]:
        """Return the presets of the project by name."""
        found = self._db.all(Preset, select(table).where(table.c.project == project))
        return sorted(found, key=lambda preset: preset.name)

    def delete(self, project: str, name: str) -> None:
        """Remove a preset.

        Raises:
            PresetNotFound: there is none of that name.
        """
        self.get(project, name)
        self._db.change(delete(table).where(table.c.project == project, table.c.name == name))
