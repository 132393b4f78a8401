"""Data contracts and what checking versions found, at rest."""

from typing import Protocol

from core.records.contract import Contract, ContractResult
from core.records.dataset import DatasetRef


class ContractRepository(Protocol):
    """Immutable contract versions, numbered from 1 within (project, dataset), and the results of checks."""

    def add(self, contract: Contract) -> None:
        """Store a new contract version.

        Raises:
            Conflict: that number is taken.
            ProjectNotFound: there is no such project.
        """
        ...

    def newest(self, project: str, dataset: str) -> Contract | None:
        """Return the contract in force, or None."""
        ...

    def get(self, project: str, dataset: str, number: int) -> Contract:
        """Return one contract version.

        Raises:
            ContractNotFound: there is none of that number.
        """
        ...

    def history(self, project: str, dataset: str) -> list[Contract]:
        """Return all contract versions of a dataset, newest first."""
        ...

    def add_result(self, result: ContractResult) -> None:
        """Store what a check found; it replaces an earlier one of the same dataset and contract version.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def result(self, project: str, ref: DatasetRef, contract: int | None = None) -> ContractResult | None:
        """Return what a check of one dataset version found, by default under the highest contract; or None."""
        ...

    def results(self, project: str) -> list[ContractResult]:
        """Return for each dataset version of the project its result under the highest contract."""
        ...

    def forget(self, project: str, ref: DatasetRef) -> None:
        """Remove the results of one dataset version."""
        ...
