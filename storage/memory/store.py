"""Transactions in memory: a writer works on a copy that replaces the state when it commits."""

import threading
from types import TracebackType
from typing import Self

from core.errors import StoreBusy
from storage.memory.accounts import MemoryAccounts
from storage.memory.alerts import MemoryAlerts
from storage.memory.approvals import MemoryApprovals
from storage.memory.blob_ledger import MemoryBlobLedger
from storage.memory.cards import MemoryCards
from storage.memory.channels import MemoryChannels
from storage.memory.contracts import MemoryContracts
from storage.memory.datasets import MemoryDatasets
from storage.memory.deployments import MemoryDeployments
from storage.memory.differences import MemoryDifferences
from storage.memory.events import MemoryEvents
from storage.memory.jobs import MemoryJobs
from storage.memory.labels import MemoryLabels
from storage.memory.plans import MemoryPlans
from storage.memory.preparations import MemoryPreparations
from storage.memory.presets import MemoryPresets
from storage.memory.projects import MemoryProjects
from storage.memory.recipes import MemoryRecipes
from storage.memory.replays import MemoryReplays
from storage.memory.reports import MemoryReports, MemoryReviews, MemoryRules
from storage.memory.reproductions import MemoryReproductions
from storage.memory.rules import MemoryRetrainingRules
from storage.memory.run_index import MemoryRunIndex
from storage.memory.run_notes import MemoryRunNotes
from storage.memory.schedules import MemorySchedules
from storage.memory.studies import MemoryStudies
from storage.memory.tables import Tables, View
from storage.memory.traffic import MemoryTallies, MemoryTraffic
from storage.memory.uploads import MemoryUploads
from storage.memory.verdicts import MemoryGatePolicies, MemoryVerdicts
from storage.memory.workers import MemoryWorkers

BUSY_S = 15.0


class MemoryStore:
    """A :class:`core.ports.unit_of_work.Store` in this process; writers queue for one lock."""

    def __init__(self, *, busy_s: float = BUSY_S) -> None:
        self._busy_s = busy_s
        self._lock = threading.Lock()
        self._tables = Tables()
        self._revision = 0

    def write(self) -> "MemoryUnitOfWork":
        """Return a unit of work that may write."""
        return MemoryUnitOfWork(self, writes=True)

    def read(self) -> "MemoryUnitOfWork":
        """Return a unit of work that only reads."""
        return MemoryUnitOfWork(self, writes=False)

    def revision(self) -> int:
        """Return a number that grows with every commit."""
        return self._revision

    def check(self) -> list[str]:
        """Find nothing wrong: there is no file that could be."""
        return []

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def begin(self, *, writes: bool) -> View:
        """Return a view of the present state, for a writer once no other writes.

        Raises:
            StoreBusy: another writer did not end in time.
        """
        if not writes:
            return View(self._tables, writes=False)
        if not self._lock.acquire(timeout=self._busy_s):
            raise StoreBusy(problem="another writer holds it")
        return View(self._tables.branch(), writes=True)

    def keep(self, view: View) -> None:
        """Make what a writer changed the present state."""
        if view.changed or view.noted:
            self._tables = view.see
            self._revision += view.changed

    def end(self, view: View, *, writes: bool) -> None:
        """Let the next writer go on."""
        view.end()
        if writes:
            self._lock.release()


class MemoryUnitOfWork:
    """One transaction over the memory store."""

    def __init__(self, store: MemoryStore, *, writes: bool) -> None:
        self._store = store
        self._writes = writes
        self._view: View | None = None

    def __enter__(self) -> Self:
        """Open the transaction."""
        if self._view is not None:
            raise RuntimeError("a unit of work is opened once")
        self._view = view = self._store.begin(writes=self._writes)
        self.projects = MemoryProjects(view)
        self.datasets = MemoryDatasets(view)
        self.uploads = MemoryUploads(view)
        self.contracts = MemoryContracts(view)
        self.blobs = MemoryBlobLedger(view)
        self.jobs = MemoryJobs(view)
        self.workers = MemoryWorkers(view)
        self.deployments = MemoryDeployments(view)
        self.labels = MemoryLabels(view)
        self.traffic = MemoryTraffic(view)
        self.tallies = MemoryTallies(view)
        self.preparations = MemoryPreparations(view)
        self.differences = MemoryDifferences(view)
        self.reports = MemoryReports(view)
        self.drift_rules = MemoryRules(view)
        self.drift_reviews = MemoryReviews(view)
        self.alerts = MemoryAlerts(view)
        self.channels = MemoryChannels(view)
        self.reproductions = MemoryReproductions(view)
        self.gate_policies = MemoryGatePolicies(view)
        self.replays = MemoryReplays(view)
        self.approvals = MemoryApprovals(view)
        self.verdicts = MemoryVerdicts(view)
        self.cards = MemoryCards(view)
        self.recipes = MemoryRecipes(view)
        self.plans = MemoryPlans(view)
        self.rules = MemoryRetrainingRules(view)
        self.schedules = MemorySchedules(view)
        self.studies = MemoryStudies(view)
        self.run_index = MemoryRunIndex(view)
        self.run_notes = MemoryRunNotes(view)
        self.events = MemoryEvents(view)
        self.presets = MemoryPresets(view)
        self.accounts = MemoryAccounts(view)
        self._open = True
        return self

    def commit(self) -> None:
        """Keep what was written; the unit of work is over then."""
        if self._view is None or not self._writes:
            raise RuntimeError("only an open unit of work that writes can be committed")
        self._store.keep(self._view)
        self._end()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Undo what was not committed, and close."""
        self._end()

    def _end(self) -> None:
        if self._view is not None and self._open:
            self._open = False
            self._store.end(self._view, writes=self._writes)
