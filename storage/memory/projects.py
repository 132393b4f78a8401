"""Projects in memory."""

from core.errors import ProjectExists
from core.records.project import Project
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryProjects:
    """A :class:`core.ports.projects.ProjectRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, project: Project) -> None:
        """Store a new project.

        Raises:
            ProjectExists: the name is taken.
        """
        projects = self._view.change.projects
        if project.name in projects:
            raise ProjectExists(name=project.name)
        projects[project.name] = settled(project)

    def get(self, name: str) -> Project:
        """Return the project.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        self._view.need_project(name)
        return loose(self._view.see.projects[name])

    def all(self) -> list[Project]:
        """Return all projects, oldest first."""
        return [loose(project) for project in self._view.see.projects.values()]

    def replace(self, project: Project) -> None:
        """Put ``project`` in the place of the one of its name; what belongs to it stays.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        self._view.need_project(project.name)
        self._view.change.projects[project.name] = settled(project)

    def delete(self, name: str) -> None:
        """Remove the project and every row that belongs to it; audit events stay.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        tables = self._view.change
        self._view.need_project(name)
        del tables.projects[name]
        tables.datasets = {key: row for key, row in tables.datasets.items() if row.project != name}
        tables.deleted = {key: row for key, row in tables.deleted.items() if row.project != name}
        tables.uploads = {key: row for key, row in tables.uploads.items() if row.project != name}
        tables.contracts = {key: row for key, row in tables.contracts.items() if row.project != name}
        results = tables.contract_results.items()
        tables.contract_results = {key: row for key, row in results if row.project != name}
        tables.differences = {key: row for key, row in tables.differences.items() if row.project != name}
        tables.jobs = {key: row for key, row in tables.jobs.items() if row.project != name}
        tables.usage = {key: usage for key, usage in tables.usage.items() if key in tables.jobs}
        tables.deployments = {key: row for key, row in tables.deployments.items() if row.project != name}
        tables.card_texts = {key: row for key, row in tables.card_texts.items() if row.project != name}
        tables.gate_policies = {key: row for key, row in tables.gate_policies.items() if row.project != name}
        tables.replays = {key: row for key, row in tables.replays.items() if row.project != name}
        tables.approvals = {key: row for key, row in tables.approvals.items() if row.project != name}
        tables.expectations = {key: row for key, row in tables.expectations.items() if row.project != name}
        tables.verdicts = {key: row for key, row in tables.verdicts.items() if row.project != name}
        kept = tables.reproductions.items()
        tables.reproductions = {key: row for key, row in kept if row.project != name}
        tables.preparations = {key: row for key, row in tables.preparations.items() if row.project != name}
        tables.reports = {key: row for key, row in tables.reports.items() if row.project != name}
        tables.drift_rules = {key: row for key, row in tables.drift_rules.items() if row.project != name}
        tables.drift_reviews = {key: row for key, row in tables.drift_reviews.items() if row.project != name}
        tables.alert_rules = {key: row for key, row in tables.alert_rules.items() if row.project != name}
        tables.alerts = {key: row for key, row in tables.alerts.items() if row.project != name}
        steps = tables.alert_changes.items()
        tables.alert_changes = {key: row for key, row in steps if row.project != name}
        tables.channels = {key: row for key, row in tables.channels.items() if row.project != name}
        tables.messages = {key: row for key, row in tables.messages.items() if row.project != name}
        tables.schedules = {key: row for key, row in tables.schedules.items() if row.project != name}
        for name_of_table in ("run_entries", "run_marks", "run_comments", "run_views", "run_cursors"):
            rows = getattr(tables, name_of_table)
            setattr(tables, name_of_table, {key: row for key, row in rows.items() if row.project != name})
        tables.presets = {key: row for key, row in tables.presets.items() if row.project != name}
        tables.plans = {key: row for key, row in tables.plans.items() if row.project != name}
        tables.retrainings = {key: row for key, row in tables.retrainings.items() if row.project != name}
        tables.simulations = {key: row for key, row in tables.simulations.items() if row.project != name}
        tables.rules = {key: row for key, row in tables.rules.items() if row.project != name}
        tables.evaluations = {key: row for key, row in tables.evaluations.items() if row.project != name}
        tables.signals = {key: row for key, row in tables.signals.items() if row.project != name}
        tables.firings = {key: row for key, row in tables.firings.items() if row.project != name}
        tables.traffic = {key: row for key, row in tables.traffic.items() if row.project != name}
        tables.tallies = {key: row for key, row in tables.tallies.items() if row.project != name}
        tables.labels = [row for row in tables.labels if row.project != name]
        tables.studies = {key: row for key, row in tables.studies.items() if row.project != name}
        tables.trials = {key: row for key, row in tables.trials.items() if row.study in tables.studies}
