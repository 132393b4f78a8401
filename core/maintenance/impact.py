"""What hangs on data, runs and projects: asked before anything is deleted."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import BlobCorrupt, BlobNotFound, DatasetNotFound
from core.maintenance import references
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.dataset import DatasetVersion
from core.records.job import JobState
from core.records.model import Alias, Deployment, ModelVersion
from core.records.removal import Impact
from core.records.training import Run

AT_WORK = (JobState.QUEUED, JobState.RUNNING)
ALL = 1_000_000


@dataclass(frozen=True)
class Inspector:
    """Looks at everything that may point at a thing."""

    store: Store
    blobs: BlobStore
    tracking: Tracking
    log: PredictionLog
    clock: Clock
    retention: timedelta

    def data(self, project: str, name: str, number: int | None = None) -> Impact:
        """Return what deleting a dataset version, or with None the whole dataset, would do.

        Raises:
            ProjectNotFound, DatasetNotFound: there is no such thing.
        """
        runs, versions = self.tracking.all_runs(project), self.tracking.versions(project)
        with self.store.read() as work:
            work.projects.get(project)
            found = _versions(work, project, name, number)
            refs = {str(version.ref) for version in found}
            mine = tuple(version for version in versions if version.dataset in refs)
            hung = [run for run in runs if run.dataset in refs]
            facts = {
                "reports": sum(bool({item.reference, item.current} & refs) for item in work.reports.find(project, ALL)),
                "differences": sum(bool({d.before, d.after} & refs) for d in work.differences.find(project, ALL)),
                "schedules": _schedules(work, project, name, refs, is_last=_is_all(work, project, name, refs)),
            }
            refused = [*self._live(work, project, mine), *_at_work(work, project, refs)]
        return Impact(
            project=project,
            subject=name if number is None else f"{name}@{number}",
            refused=tuple(refused),
            takes=_takes(len(refs), facts["differences"]),
            leaves=_leaves(hung, mine, facts["reports"], facts["schedules"]),
            versions=tuple(sorted(refs)),
            runs=tuple(run.run_id for run in hung),
            model_versions=tuple(version.version for version in mine),
            freed=self.size(self.only(project, refs)),
            **facts,
        )

    def run(self, project: str, run_id: str) -> Impact:
        """Return what deleting a run, with the model version made of it, would do.

        Raises:
            RunNotFound: there is no such run.
        """
        run = self.tracking.run(project, run_id)
        nested = self.tracking.nested_runs(project, run_id)
        mine = tuple(version for version in self.tracking.versions(project) if version.run_id == run_id)
        with self.store.read() as work:
            refused = list(self._live(work, project, mine))
        if run.finished_at is None:
            refused.append("it is still running: cancel its job first")
        takes = [f"version {version.version} of the model" for version in mine]
        takes += [f"{len(nested)} runs nested in it"] if nested else []
        blobs = {value for tag, value in run.tags.items() if references.HASH.fullmatch(value)} - self._of_data(run)
        return Impact(
            project=project,
            subject=f"run {run_id[:8]}",
            refused=tuple(refused),
            takes=("its figures, parameters and model file in MLflow", *takes),
            runs=(run_id, *(one.run_id for one in nested)),
            model_versions=tuple(version.version for version in mine),
            freed=self.size(blobs - self._kept_by_others(project, run_id)),
        )

    def project(self, name: str) -> Impact:
        """Return what deleting a project would do.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        runs, versions = self.tracking.all_runs(name), self.tracking.versions(name)
        with self.store.read() as work:
            work.projects.get(name)
            data, reports = work.datasets.find(name), len(work.reports.find(name, ALL))
            schedules, jobs = len(work.schedules.find(name)), work.jobs.find(name, AT_WORK, limit=ALL)
            champion = work.deployments.current(name, Alias.CHAMPION)
        refused = [f"version {champion.version} is serving: say that it is to be taken down"] if champion else []
        refused += [f"job {job.id} ({job.title}) is at work" for job in jobs]
        counts = {
            "dataset version": len(data),
            "run": len(runs),
            "model version": len(versions),
            "report": reports,
            "schedule": schedules,
            "logged prediction": self.log.count(name),
        }
        return Impact(
            project=name,
            subject=f"project {name}",
            refused=tuple(refused),
            takes=tuple(_count(amount, what) for what, amount in counts.items() if amount),
            leaves=("the audit trail",),
            versions=tuple(str(version.ref) for version in data),
            runs=tuple(run.run_id for run in runs),
            model_versions=tuple(version.version for version in versions),
            reports=reports,
            schedules=schedules,
            freed=self.size(self.only(name, {str(version.ref) for version in data})),
        )

    def only(self, project: str, refs: Collection[str]) -> set[str]:
        """Return the blobs of these dataset versions, and of their differences, that no other data needs."""
        mine: set[str] = set()
        others: set[str] = set()
        with self.store.read() as work:
            for known in work.projects.all():
                for sha256, use in references.data_uses(work, known.name):
                    is_mine = known.name == project and bool(set(use.subject.split()) & set(refs))
                    (mine if is_mine else others).add(sha256)
        return mine - others

    def size(self, names: Iterable[str]) -> int:
        """Return the bytes of blobs together; those that are not there count nothing."""
        total = 0
        for name in names:
            try:
                total += self.blobs.size(name)
            except (BlobNotFound, BlobCorrupt):
                continue
        return total

    def _live(self, work: UnitOfWork, project: str, versions: Sequence[ModelVersion]) -> list[str]:
        """Say which of these versions serve, take part in the traffic, or served within the retention time."""
        now = self.clock.now()
        history, traffic = work.deployments.history(project, Alias.CHAMPION), work.traffic.current(project)
        said = []
        for version in versions:
            served = [item for item in history if item.version == version.version]
            reason = _standing(served, now, self.retention)
            if traffic is not None and traffic.version == version.version:
                reason = f"takes part in the traffic ({traffic.mode.value}): end that first"
            if reason:
                said.append(f"version {version.version} was trained on it and {reason}")
        return said

    def _of_data(self, run: Run) -> set[str]:
        return {value for tag, value in run.tags.items() if tag.endswith(references.OF_DATA)}

    def _kept_by_others(self, project: str, run_id: str) -> set[str]:
        """Return what other runs, and versions that once served, need."""
        kept = {value for run in self.tracking.all_runs(project) if run.run_id != run_id for value in run.tags.values()}
        with self.store.read() as work:
            return kept | {item.bundle_sha256 for item in work.deployments.history(project, Alias.CHAMPION)}


def _versions(work: UnitOfWork, project: str, name: str, number: int | None) -> list[DatasetVersion]:
    known = work.datasets.find(project)
    found = [version for version in known if version.dataset == name and number in (None, version.number)]
    if not found:
        ref = name if number is None else f"{name}@{number}"
        raise DatasetNotFound(project=project, ref=ref, known=", ".join(str(v.ref) for v in known) or "none")
    return found


def _is_all(work: UnitOfWork, project: str, name: str, refs: Collection[str]) -> bool:
    return all(str(version.ref) in refs for version in work.datasets.find(project) if version.dataset == name)


def _standing(served: Sequence[Deployment], now: datetime, retention: timedelta) -> str:
    if any(item.until is None for item in served):
        return "is serving now: promote another version first"
    last = max((item.until for item in served if item.until), default=None)
    if last is None or now - last >= retention:
        return ""
    day = (last + retention).date()
    return f"served until {last.date()}; what served is kept for {retention.days} days, until {day}"


def _schedules(work: UnitOfWork, project: str, name: str, refs: Collection[str], *, is_last: bool) -> int:
    named = {*refs, name} if is_last else set(refs)
    return sum(bool(named & {str(value) for value in item.payload.values()}) for item in work.schedules.find(project))


def _at_work(work: UnitOfWork, project: str, refs: Collection[str]) -> list[str]:
    jobs = work.jobs.find(project, AT_WORK, limit=ALL)
    return [f"job {job.id} ({job.title}) works with it" for job in jobs if _names(job.payload) & set(refs)]


def _names(value: object) -> set[str]:
    """Return every dataset version that a payload names, as text or as name and number."""
    if isinstance(value, dict):
        own = {f"{value['name']}@{value['number']}"} if {"name", "number"} <= set(value) else set()
        return own.union(*map(_names, value.values()))
    if isinstance(value, list | tuple):
        return set[str]().union(*map(_names, value))
    return {value} if isinstance(value, str) else set()


def _takes(versions: int, differences: int) -> tuple[str, ...]:
    said = ["the original file and the typed table" if versions == 1 else f"files and tables of {versions} versions"]
    said += [_count(differences, "computed difference")] if differences else []
    return tuple(said)


def _leaves(runs: Sequence[Run], versions: Sequence[ModelVersion], reports: int, schedules: int) -> tuple[str, ...]:
    states = Counter(run.status.value for run in runs)
    said = [f"{_count(sum(states.values()), 'run')} trained on it, which cannot be computed again then"] if runs else []
    numbers = ", ".join(str(version.version) for version in versions)
    said += [f"model version{'' if len(versions) == 1 else 's'} {numbers}"] if versions else []
    said += [_count(reports, "report") + " that compare with it"] if reports else []
    said += [_count(schedules, "schedule") + " that name it and will fail"] if schedules else []
    return tuple(said)


def _count(amount: int, word: str) -> str:
    return f"{amount:,} {word}{'' if amount == 1 else 's'}"
