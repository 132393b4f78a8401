"""Deployment intervals in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, update

from core.errors import Conflict, ProjectNotFound
from core.records.model import Alias, AliasExpectation, Deployment
from storage.decision_tables import alias_expectation as expectations
from storage.rows import from_row, to_row
from storage.statements import Statements
from storage.tables import deployment as table
from storage.tables import project as projects
from storage.tables import proof as proofs


class SqlDeployments:
    """A :class:`core.ports.deployments.DeploymentRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def open(
        self,
        project: str,
        alias: Alias,
        version: int,
        run_id: str,
        bundle_sha256: str,
        actor: str,
        reason: str,
        now: datetime,
        *,
        verdict: str = "",
        overridden: bool = False,
    ) -> Deployment:
        """Close the open interval of (project, alias), if any, and open a new one; both at ``now``.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._one_at_a_time(project)
        self.close(project, alias, now)
        values = {
            "project": project,
            "alias": alias.value,
            "version": version,
            "run_id": run_id,
            "bundle_sha256": bundle_sha256,
            "since": now,
            "until": None,
            "actor": actor,
            "reason": reason,
            "verdict": verdict,
            "overridden": overridden,
        }
        insert = self._db.insert(table).values(values).on_conflict_do_nothing()
        row = self._db.returning(insert.returning(*table.c))
        if row is None:
            raise Conflict(problem=f"The {alias.value} of {project} was changed at the same moment. Try again.")
        return from_row(Deployment, row)

    def close(self, project: str, alias: Alias, now: datetime) -> Deployment | None:
        """Close the open interval and return it, or None when none is open."""
        statement = update(table).where(_of(project, alias), table.c.until.is_(None)).values(until=now)
        row = self._db.returning(statement.returning(*table.c))
        return None if row is None else from_row(Deployment, row)

    def current(self, project: str, alias: Alias) -> Deployment | None:
        """Return the open interval, or None."""
        query = select(table).where(_of(project, alias), table.c.until.is_(None))
        return self._db.one(Deployment, self._db.locked(query))

    def live(self, alias: Alias = Alias.CHAMPION) -> list[Deployment]:
        """Return the open intervals of ``alias`` in all projects."""
        query = select(table).where(table.c.alias == alias.value, table.c.until.is_(None))
        return self._db.all(Deployment, query.order_by(table.c.project))

    def history(self, project: str, alias: Alias) -> list[Deployment]:
        """Return all intervals, newest first."""
        return self._db.all(Deployment, _newest_first(select(table).where(_of(project, alias))))

    def at(self, project: str, alias: Alias, moment: datetime) -> Deployment | None:
        """Return the interval that held at ``moment`` (``since <= moment < until``), or None."""
        query = select(table).where(
            _of(project, alias), table.c.since <= moment, or_(table.c.until.is_(None), table.c.until > moment)
        )
        return self._db.one(Deployment, _newest_first(query).limit(1))

    def expectation(self, project: str, alias: Alias) -> AliasExpectation:
        """Return what MLflow's alias is expected to say: no version while nothing else was stored."""
        query = select(expectations).where(expectations.c.project == project, expectations.c.alias == alias.value)
        return self._db.one(AliasExpectation, query) or AliasExpectation(project=project, alias=alias)

    def expect(self, expectation: AliasExpectation) -> None:
        """Store what an alias is expected to say from now on.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(expectation.project)
        row = to_row(expectation)
        said = {name: row[name] for name in ("versions", "noticed")}
        insert = self._db.insert(expectations)
        self._db.change(insert.on_conflict_do_update(index_elements=["project", "alias"], set_=said), row)

    def prove(self, bundle_sha256: str, environment: str, now: datetime) -> None:
        """Remember that a bundle answered as it did at training, in ``environment``; once is enough."""
        values = {"bundle_sha256": bundle_sha256, "environment": environment, "at": now}
        self._db.change(self._db.insert(proofs).values(values).on_conflict_do_nothing())

    def is_proven(self, bundle_sha256: str, environment: str) -> bool:
        """Whether that is remembered."""
        query = select(proofs.c.at).where(proofs.c.bundle_sha256 == bundle_sha256, proofs.c.environment == environment)
        return self._db.value(query) is not None

    def _one_at_a_time(self, project: str) -> None:
        query = select(projects.c.seq).where(projects.c.name == project)
        if self._db.value(self._db.locked(query)) is None:
            raise ProjectNotFound(name=project)


def _of(project: str, alias: Alias) -> Any:
    return (table.c.project == project) & (table.c.alias == alias.value)


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(table.c.id.desc())
