"""Data contracts and their results in SQL."""

from typing import Any

from sqlalchemy import delete, select

from core.errors import Conflict, ContractNotFound
from core.records.contract import Contract, ContractResult
from core.records.dataset import DatasetRef
from storage.contract_tables import contract as contracts
from storage.contract_tables import contract_result as results
from storage.rows import to_row
from storage.statements import Statements


class SqlContracts:
    """A :class:`core.ports.contracts.ContractRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, contract: Contract) -> None:
        """Store a new contract version.

        Raises:
            Conflict: that number is taken.
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(contract.project)
        if not self._db.change(self._db.insert(contracts).on_conflict_do_nothing(), to_row(contract)):
            raise Conflict(problem=f"Contract {contract.number} of {contract.dataset} exists already. Try again.")

    def newest(self, project: str, dataset: str) -> Contract | None:
        """Return the contract in force, or None."""
        query = select(contracts).where(_of(contracts, project, dataset))
        return self._db.one(Contract, query.order_by(contracts.c.number.desc()).limit(1))

    def get(self, project: str, dataset: str, number: int) -> Contract:
        """Return one contract version.

        Raises:
            ContractNotFound: there is none of that number.
        """
        query = select(contracts).where(_of(contracts, project, dataset), contracts.c.number == number)
        found = self._db.one(Contract, query)
        if found is None:
            raise ContractNotFound(project=project, dataset=dataset)
        return found

    def history(self, project: str, dataset: str) -> list[Contract]:
        """Return all contract versions of a dataset, newest first."""
        query = select(contracts).where(_of(contracts, project, dataset))
        return self._db.all(Contract, query.order_by(contracts.c.number.desc()))

    def add_result(self, result: ContractResult) -> None:
        """Store what a check found; it replaces an earlier one of the same dataset and contract version.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(result.project)
        row = to_row(result)
        insert = self._db.insert(results)
        changed = {name: insert.excluded[name] for name in ("outcome", "rows", "checks", "checked_at")}
        self._db.change(
            insert.on_conflict_do_update(index_elements=["project", "dataset", "number", "contract"], set_=changed), row
        )

    def result(self, project: str, ref: DatasetRef, contract: int | None = None) -> ContractResult | None:
        """Return what a check of one dataset version found, by default under the highest contract; or None."""
        query = select(results).where(_of(results, project, ref.name), results.c.number == ref.number)
        if contract is not None:
            query = query.where(results.c.contract == contract)
        return self._db.one(ContractResult, query.order_by(results.c.contract.desc()).limit(1))

    def results(self, project: str) -> list[ContractResult]:
        """Return for each dataset version of the project its result under the highest contract."""
        query = select(results).where(results.c.project == project).order_by(results.c.contract)
        newest = {(found.dataset, found.number): found for found in self._db.all(ContractResult, query)}
        return [newest[key] for key in sorted(newest)]

    def forget(self, project: str, ref: DatasetRef) -> None:
        """Remove the results of one dataset version."""
        self._db.change(delete(results).where(_of(results, project, ref.name), results.c.number == ref.number))


def _of(table: Any, project: str, dataset: str) -> Any:
    return (table.c.project == project) & (table.c.dataset == dataset)
