"""Data contracts and their results in memory."""

from core.errors import Conflict, ContractNotFound
from core.records.contract import Contract, ContractResult
from core.records.dataset import DatasetRef
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryContracts:
    """A :class:`core.ports.contracts.ContractRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, contract: Contract) -> None:
        """Store a new contract version.

        Raises:
            Conflict: that number is taken.
            ProjectNotFound: there is no such project.
        """
        contracts = self._view.change.contracts
        self._view.need_project(contract.project)
        key = (contract.project, contract.dataset, contract.number)
        if key in contracts:
            raise Conflict(problem=f"Contract {contract.number} of {contract.dataset} exists already. Try again.")
        contracts[key] = settled(contract)

    def newest(self, project: str, dataset: str) -> Contract | None:
        """Return the contract in force, or None."""
        return next(iter(self.history(project, dataset)), None)

    def get(self, project: str, dataset: str, number: int) -> Contract:
        """Return one contract version.

        Raises:
            ContractNotFound: there is none of that number.
        """
        found = self._view.see.contracts.get((project, dataset, number))
        if found is None:
            raise ContractNotFound(project=project, dataset=dataset)
        return loose(found)

    def history(self, project: str, dataset: str) -> list[Contract]:
        """Return all contract versions of a dataset, newest first."""
        rows = self._view.see.contracts.values()
        found = [loose(row) for row in rows if (row.project, row.dataset) == (project, dataset)]
        return sorted(found, key=lambda contract: -contract.number)

    def add_result(self, result: ContractResult) -> None:
        """Store what a check found; it replaces an earlier one of the same dataset and contract version.

        Raises:
            ProjectNotFound: there is no such project.
        """
        results = self._view.change.contract_results
        self._view.need_project(result.project)
        results[result.project, result.dataset, result.number, result.contract] = settled(result)

    def result(self, project: str, ref: DatasetRef, contract: int | None = None) -> ContractResult | None:
        """Return what a check of one dataset version found, by default under the highest contract; or None."""
        found = [
            row
            for key, row in self._view.see.contract_results.items()
            if key[:3] == (project, ref.name, ref.number) and contract in (None, row.contract)
        ]
        return loose(max(found, key=lambda row: row.contract)) if found else None

    def results(self, project: str) -> list[ContractResult]:
        """Return for each dataset version of the project its result under the highest contract."""
        rows = sorted(self._view.see.contract_results.items(), key=lambda item: item[0][3])
        newest = {key[1:3]: row for key, row in rows if key[0] == project}
        return [loose(newest[key]) for key in sorted(newest)]

    def forget(self, project: str, ref: DatasetRef) -> None:
        """Remove the results of one dataset version."""
        results = self._view.change.contract_results
        for key in [key for key in results if key[:3] == (project, ref.name, ref.number)]:
            del results[key]
