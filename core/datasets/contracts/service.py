"""Data contracts as people and other services see them: set, looked at, checked, and asked before a training."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.contracts.differences import differences
from core.errors import ContractFails, ContractNotFound, InvalidContract, InvalidExpression
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import checked_name, clipped
from core.records.contract import Contract, ContractResult, Draft, ExpressionCheck, Outcome, TypeCheck
from core.records.dataset import Column, DatasetRef, DatasetVersion
from core.records.project import Project

LONGEST_NOTE = 2_000


class ContractService:
    """Keeps the contracts of datasets and the results of checking versions against them."""

    def __init__(self, store: Store, blobs: BlobStore, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock

    def newest(self, project: str, dataset: str) -> Contract | None:
        """Return the contract in force, or None."""
        with self._store.read() as work:
            return work.contracts.newest(project, dataset)

    def get(self, project: str, dataset: str, number: int | None = None) -> Contract:
        """Return one contract version, by default the one in force.

        Raises:
            ContractNotFound: there is none.
        """
        with self._store.read() as work:
            found = work.contracts.newest(project, dataset)
            if number is not None:
                return work.contracts.get(project, dataset, number)
        if found is None:
            raise ContractNotFound(project=project, dataset=dataset)
        return found

    def history(self, project: str, dataset: str) -> list[Contract]:
        """Return all contract versions of a dataset, newest first."""
        with self._store.read() as work:
            return work.contracts.history(project, dataset)

    def result(self, project: str, ref: DatasetRef) -> ContractResult | None:
        """Return what the last check of a version found, or None while it was never checked."""
        with self._store.read() as work:
            return work.contracts.result(project, ref)

    def results(self, project: str) -> list[ContractResult]:
        """Return the last result of each checked version of the project."""
        with self._store.read() as work:
            return work.contracts.results(project)

    def infer(self, version: DatasetVersion) -> Draft:
        """Propose a contract that ``version`` passes; nothing is stored.

        Raises:
            BlobNotFound, BlobCorrupt: the stored table cannot be trusted.
        """
        from core.datasets.contracts.inference import infer

        return infer(version, self._project(version.project), self._blobs.path(version.parquet_sha256))

    def parse(self, text: str) -> Draft:
        """Read a contract written as YAML.

        Raises:
            InvalidContract: naming the line and the key at fault.
        """
        from core.datasets.contracts.document import parse

        return parse(text)

    def write(self, draft: Draft, heading: str = "") -> str:
        """Return a contract as YAML, under comment lines."""
        from core.datasets.contracts.document import write

        return write(draft, heading)

    def set(self, actor: Actor, project: str, dataset: str, draft: Draft, note: str = "") -> Contract:
        """Keep ``draft`` as the next version of the dataset's contract; the one in force once more makes no new one.

        Raises:
            Denied: the actor may not add data.
            ProjectNotFound, InvalidName: there can be no such dataset.
            InvalidContract: it has no check, or names columns the dataset never had.
        """
        require(actor, Permission.ADD_DATA)
        checked_name(dataset, "dataset")
        if not draft.checks:
            raise InvalidContract(problem="it has no check at all.")
        now = self._clock.now()
        with self._store.write() as work:
            work.projects.get(project)
            _need_columns(draft, work.datasets.latest(project, dataset))
            current = work.contracts.newest(project, dataset)
            if current is not None and current.draft == draft:
                return current
            contract = Contract(
                project=project,
                dataset=dataset,
                number=current.number + 1 if current else 1,
                checks=draft.checks,
                requests=draft.requests,
                note=clipped(note, LONGEST_NOTE),
                author=actor.name,
                created_at=now,
            )
            work.contracts.add(contract)
            changed = len(differences(current.draft if current else None, draft))
            details = {"contract": contract.number, "checks": len(draft.checks), "changed": changed, "note": note[:500]}
            audit.record(work, now, actor.name, "contract.set", project, dataset, details)
            work.commit()
        return contract

    def check(self, actor: Actor, version: DatasetVersion) -> ContractResult:
        """Check a version against the contract in force and keep the result.

        Raises:
            Denied: the actor may not run checks.
            ContractNotFound: the dataset has no contract.
            BlobNotFound, BlobCorrupt: the stored table cannot be trusted.
        """
        require(actor, Permission.MONITOR)
        return self._checked(version, actor.name)

    def check_file(self, project: str, dataset: str, path: Path, filename: str) -> ContractResult:
        """Check a table file against the contract in force; nothing is stored.

        Raises:
            ContractNotFound: the dataset has no contract.
            NotATable: the file is no table.
        """
        import tempfile

        from core.datasets.reading import convert

        contract = self.get(project, dataset)
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            table = Path(folder) / "table.parquet"
            convert(path, filename, table)
            return self._judged(contract, table, self._clock.now())

    def arrival(self, project: str, dataset: str, table: Path) -> ContractResult | None:
        """Check a table that is about to become a version, whose number is not known yet; None without a contract.

        The caller stores the result in the transaction that makes the version.
        """
        contract = self.newest(project, dataset)
        return None if contract is None else self._judged(contract, table, self._clock.now())

    def require_trainable(self, version: DatasetVersion, override: str = "", *, look: bool = False) -> str:
        """Return how a version stands to its contract, when it may be trained on.

        Args:
            version: what is to be trained on.
            override: the reason to train on it although it fails; empty for none.
            look: check it now when nobody has checked it under the contract in force.

        Returns:
            ``passes, contract 2``; empty when the dataset has no contract or this was not looked at.

        Raises:
            ContractFails: it fails and there is no reason.
        """
        contract = self.newest(version.project, version.dataset)
        if contract is None:
            return ""
        with self._store.read() as work:
            result = work.contracts.result(version.project, version.ref, contract.number)
        if result is None and look:
            result = self._checked(version, "system")
        if result is None:
            return ""
        if result.outcome is Outcome.FAILS and not override.strip():
            raise ContractFails(ref=version.ref, contract=contract.number, problem=_worst(result))
        return f"{result.outcome.value}, contract {result.contract}"

    def _checked(self, version: DatasetVersion, actor_name: str) -> ContractResult:
        contract = self.get(version.project, version.dataset)
        path = self._blobs.path(version.parquet_sha256)
        result = self._judged(contract, path, version.created_at, version.number)
        result = result.model_copy(update={"checked_at": self._clock.now()})
        details = {"contract": contract.number, "outcome": result.outcome.value}
        with self._store.write() as work:
            work.datasets.get(version.project, version.ref)
            work.contracts.add_result(result)
            audit.record(
                work, result.checked_at, actor_name, "contract.check", version.project, str(version.ref), details
            )
            work.commit()
        return result

    def _judged(self, contract: Contract, path: Path, moment: datetime, number: int = 0) -> ContractResult:
        from core.datasets.contracts.judging import judge

        return judge(contract, path, moment, number, _beside(self._project(contract.project)))

    def _project(self, name: str) -> Project:
        with self._store.read() as work:
            return work.projects.get(name)


def _beside(project: Project) -> Sequence[str]:
    """Return the columns that make a row recognisable."""
    return [name for name in (project.id_column, project.time_column, project.target) if name]


def _need_columns(draft: Draft, version: DatasetVersion | None) -> None:
    """Refuse names that neither the newest version has nor the contract itself asks to be there."""
    if version is None:
        return
    asked = {check.column: check.type for check in draft.checks if isinstance(check, TypeCheck)}
    kinds = {column.name: column.kind for column in version.columns} | asked
    columns = [Column(name=name, kind=kind, nullable=True) for name, kind in kinds.items()]
    for check in draft.checks:
        if isinstance(check, ExpressionCheck):
            _need_condition(check, columns)
        missing = next((name for name in check.names if name not in kinds), None)
        if missing is not None:
            raise InvalidContract(
                problem=f"{version.ref} has no column {clipped(missing, 60)!r}. Name one it has, or give the column a "
                "type to ask later versions for it."
            )


def _need_condition(check: ExpressionCheck, columns: Sequence[Column]) -> None:
    from core.datasets.contracts.conditions import condition

    try:
        condition(check.expression, columns)
    except InvalidExpression as error:
        raise InvalidContract(problem=f"{clipped(check.expression, 80)!r}: {error.message}") from error


def _worst(result: ContractResult) -> str:
    told = [f"{check.sentence}: {check.observed or 'not so'}" for check in result.failed if check.standing == "fail"]
    more = f"; and {len(told) - 2} more" if len(told) > 2 else ""
    return "; ".join(told[:2]) + more
