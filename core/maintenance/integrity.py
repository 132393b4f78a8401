"""Are the stores sound, each by itself and together? Asked in full by `fsck`; open faults are known at any time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.limits import Limits
from core.errors import BlobCorrupt, BlobNotFound, TrackingUnavailable
from core.maintenance import references, watch
from core.maintenance.repairs import ADVICE, Repairer, table_problem
from core.models import promotion
from core.models.aliases import Aliases
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import SYSTEM, Actor, Permission
from core.records.integrity import BlobFault, BlobUse, Finding, FsckReport
from core.records.model import Alias

Tell = Callable[[str, float], None]
UNUSED = BlobUse(project=None, kind="unused", subject="", what="bytes that nothing needs")


@dataclass
class _Checked:
    """What one check has seen so far."""

    findings: list[Finding] = field(default_factory=list)
    uses: references.Uses = field(default_factory=dict)
    sound: set[str] = field(default_factory=set)
    size: int = 0
    tables: int = 0
    events: int = 0


class IntegrityService:
    """Checks blobs against their names, stores against each other, and repairs what can be made again."""

    def __init__(self, store: Store, blobs: BlobStore, tracking: Tracking, limits: Limits, clock: Clock) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._repairer = Repairer(store, blobs, tracking, limits)
        self._clock = clock

    def faults(self) -> list[tuple[BlobFault, list[BlobUse]]]:
        """Return the open faults of blobs, newest first, with the data and the served versions that need them.

        Cheap when there is none; only the store is asked.
        """
        with self._store.read() as work:
            faults = work.blobs.faults()
            if not faults:
                return []
            uses: dict[str, list[BlobUse]] = {}
            for project in work.projects.all():
                for sha256, use in references.data_uses(work, project.name):
                    uses.setdefault(sha256, []).append(use)
                for deployment in work.deployments.history(project.name, Alias.CHAMPION):
                    subject = f"version {deployment.version}"
                    use = BlobUse(
                        project=project.name, kind="bundle", subject=subject, what=f"the manifest of {subject}"
                    )
                    uses.setdefault(deployment.bundle_sha256, []).append(use)
        return [(fault, uses.get(fault.sha256, [])) for fault in faults]

    def check(self, actor: Actor, *, repair: bool = False, tell: Tell = lambda _stage, _share: None) -> FsckReport:
        """Read every blob, follow every reference, open every table, verify the trail, compare aliases.

        With ``repair`` what can be made again is. What was found is noted, so that screens show it.

        Raises:
            Denied: the actor may not maintain the stores.
        """
        require(actor, Permission.MAINTAIN)
        begun, seen = time.monotonic(), _Checked()
        tell("database", 0.0)
        self._check_database(seen)
        tell("references", 0.05)
        self._find_uses(seen)
        self._check_blobs(seen, repair, tell)
        tell("tables", 0.8)
        self._check_tables(seen)
        tell("trail", 0.9)
        self._check_trail(seen)
        self._check_aliases(seen, repair)
        self._close_mended(seen)
        if repair:
            self._record(actor, seen)
        return FsckReport(
            blobs=len(seen.sound),
            size=seen.size,
            unused=len(seen.sound - set(seen.uses)),
            tables=seen.tables,
            events=seen.events,
            seconds=round(time.monotonic() - begun, 3),
            findings=tuple(seen.findings),
        )

    def _check_database(self, seen: _Checked) -> None:
        advice = "Restore a backup (`pilothouse restore`)."
        for problem in self._store.check():
            seen.findings.append(Finding(kind="database", subject="metadata", problem=problem, advice=advice))

    def _find_uses(self, seen: _Checked) -> None:
        try:
            seen.uses = references.uses(self._store, self._tracking, self._blobs)
        except TrackingUnavailable as error:
            advice = "Bring MLflow back, then check again."
            seen.findings.append(Finding(kind="mlflow", subject="MLflow", problem=error.message, advice=advice))
            with self._store.read() as work:
                for project in work.projects.all():
                    for sha256, use in references.data_uses(work, project.name):
                        seen.uses.setdefault(sha256, []).append(use)

    def _check_blobs(self, seen: _Checked, repair: bool, tell: Tell) -> None:
        names = sorted(set(self._blobs.names()) | set(self._blobs.quarantined()) | set(seen.uses))
        for number, sha256 in enumerate(names):
            tell("blobs", 0.1 + 0.7 * number / len(names))
            try:
                seen.size += self._blobs.verify(sha256)
                seen.sound.add(sha256)
            except (BlobNotFound, BlobCorrupt) as error:
                self._found(seen, sha256, error, repair)

    def _found(self, seen: _Checked, sha256: str, error: BlobNotFound | BlobCorrupt, repair: bool) -> None:
        found = str(error.facts.get("found", ""))
        with self._store.write() as work:
            if watch.note(work, BlobFault(sha256=sha256, found=found, size=0, at=self._clock.now())):
                work.commit()
        uses = seen.uses.get(sha256, [])
        is_mended = repair and self._repaired(sha256, uses)
        if is_mended and uses:
            seen.sound.add(sha256)
        what = "its bytes are damaged" if found else "its bytes are missing"
        for use in uses or [UNUSED]:
            problem = f"{use.what} ({sha256[:12]}): {what}"
            subject = f"{use.project} {use.subject}".strip() if use.project else use.subject or sha256[:12]
            seen.findings.append(
                Finding(kind=use.kind, subject=subject, problem=problem, advice=ADVICE[use.kind], repaired=is_mended)
            )

    def _repaired(self, sha256: str, uses: list[BlobUse]) -> bool:
        if not uses:
            self._blobs.delete(sha256)
            return True
        return any(self._repairer.repair(sha256, use) for use in uses)

    def _check_tables(self, seen: _Checked) -> None:
        with self._store.read() as work:
            versions = [version for project in work.projects.all() for version in work.datasets.find(project.name)]
        for version in versions:
            if version.parquet_sha256 not in seen.sound:
                continue
            seen.tables += 1
            problem = table_problem(self._blobs, version)
            if problem:
                subject = f"{version.project} {version.ref}"
                what = f"the typed table of {version.ref}: {problem}"
                seen.findings.append(
                    Finding(kind="table", subject=subject, problem=what, advice="Add the file anew, as a new version.")
                )

    def _check_trail(self, seen: _Checked) -> None:
        with self._store.read() as work:
            events = work.events.all()
        seen.events = len(events)
        broken = audit.first_broken(events)
        if broken is not None:
            problem = f"event {broken} is the first that does not fit: the trail was altered"
            advice = "Compare with a backup; what was altered cannot be told from here."
            seen.findings.append(Finding(kind="trail", subject="audit trail", problem=problem, advice=advice))

    def _check_aliases(self, seen: _Checked, repair: bool) -> None:
        with self._store.read() as work:
            projects = [project.name for project in work.projects.all()]
            serving = {name: promotion.number(work.deployments.current(name, Alias.CHAMPION)) for name in projects}
        for project, version in serving.items():
            try:
                pointed = self._tracking.alias(project, Alias.CHAMPION) or 0
            except TrackingUnavailable:
                return  # said already
            if pointed != version:
                problem = f"MLflow's champion is {_version(pointed)}, while {_version(version)} serves"
                if repair:
                    Aliases(self._store, self._tracking, self._clock).align(project, by_force=True)
                advice = "`pilothouse fsck --repair` sets it; `pilothouse alias` follows a move of another program."
                seen.findings.append(
                    Finding(kind="alias", subject=project, problem=problem, advice=advice, repaired=repair)
                )

    def _close_mended(self, seen: _Checked) -> None:
        """Close the faults of blobs that are right again, or gone with nothing that needs them."""
        now = self._clock.now()
        with self._store.write() as work:
            for fault in work.blobs.faults():
                is_over = fault.sha256 in seen.sound or not (
                    seen.uses.get(fault.sha256) or fault.sha256 in set(self._blobs.quarantined())
                )
                if is_over and work.blobs.mend(fault.sha256, now):
                    audit.record(work, now, SYSTEM.name, "blob.mend", None, fault.sha256, {})
            work.commit()

    def _record(self, actor: Actor, seen: _Checked) -> None:
        repaired = sum(finding.repaired for finding in seen.findings)
        details = {"findings": len(seen.findings), "repaired": repaired}
        with self._store.write() as work:
            audit.record(work, self._clock.now(), actor.name, "stores.repair", None, "fsck", details)
            work.commit()


def _version(number: int) -> str:
    return f"version {number}" if number else "none"
