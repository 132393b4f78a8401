"""Hyperparameters people keep under a name, to start from again."""

from collections.abc import Mapping

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import checked_name
from core.records.training import ParameterValue, Preset
from core.training import estimators


class PresetService:
    """Everything about presets."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def save(
        self, actor: Actor, project: str, name: str, estimator: str, params: Mapping[str, ParameterValue]
    ) -> Preset:
        """Keep hyperparameters under ``name``; a preset of that name is replaced.

        Raises:
            Denied: the actor may not train.
            InvalidName: the name cannot name a preset.
            ProjectNotFound: there is no such project.
            UnknownEstimator: there is none of that name for the project's task.
            InvalidParameter: unknown, not of its kind, out of range, or in a combination that is refused.
        """
        require(actor, Permission.TRAIN)
        checked_name(name, "preset")
        with self._store.read() as work:
            task = work.projects.get(project).task
        preset = Preset(
            project=project,
            name=name,
            estimator=estimator,
            params=estimators.check(estimators.card(estimator, task), params),
            created_at=self._clock.now(),
            created_by=actor.name,
        )
        details = preset.model_dump(mode="json", include={"estimator", "params"})
        with self._store.write() as work:
            work.presets.save(preset)
            audit.record(work, preset.created_at, actor.name, "preset.save", project, name, details)
            work.commit()
        return preset

    def get(self, project: str, name: str) -> Preset:
        """Return a preset.

        Raises:
            PresetNotFound: the project has none of that name.
        """
        with self._store.read() as work:
            return work.presets.get(project, name)

    def of(self, project: str) -> list[Preset]:
        """Return the presets of a project by name."""
        with self._store.read() as work:
            return work.presets.find(project)

    def delete(self, actor: Actor, project: str, name: str) -> None:
        """Remove a preset; runs that were started from it stay as they are.

        Raises:
            Denied: the actor may not train.
            PresetNotFound: the project has none of that name.
        """
        require(actor, Permission.TRAIN)
        with self._store.write() as work:
            work.presets.delete(project, name)
            audit.record(work, self._clock.now(), actor.name, "preset.delete", project, name, {})
            work.commit()
