"""Pushes of versions: proved here before they go, and asked their known rows there afterwards."""

import base64
import re
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.data_errors import OriginRefused, OriginUnreachable
from core.errors import InvalidInput
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.elsewhere import Arrival, ExportReport, PushKind, PushReport, PushRequest
from core.records.job import Job, JobKind, JobState
from core.records.model import ModelManifest, ProbeRow
from core.serving.elsewhere import asking
from core.serving.elsewhere.asking import Remote
from core.serving.elsewhere.exporting import ExportService
from core.serving_errors import NotPushed, PushAnsweredOtherwise
from core.training.answers import Answers
from core.training.known_rows import TOLERANCE, largest_difference
from core.training.manifests import read_manifest

ACTION = "version.push"
SEND_S, WAIT_S = 600.0, 600.0
"""How long a receiver may take for the file, and until the version answers there."""

EVERY_S = 0.5
ZIP = "application/zip"
_SECRET = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_PROJECT = re.compile(r"/projects/[a-z0-9][a-z0-9_-]{0,62}/?$")


class PushService:
    """Hands versions over to other installations, and to whatever takes a file."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        tracking: Tracking,
        exports: ExportService,
        queue: JobQueue,
        remote: Remote,
        clock: Clock,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._exports = exports
        self._queue = queue
        self._remote = remote
        self._clock = clock

    def submit(self, actor: Actor, project: str, request: PushRequest) -> Job:
        """Queue a push, once its addresses may be asked and its key is known.

        Raises:
            Denied: the actor may not promote.
            VersionNotFound: there is no such version.
            InvalidInput: the key is no reference to a secret, or the address is no project of a Pilothouse.
            OriginRefused: an address cannot be kept, or may not be asked.
        """
        require(actor, Permission.PROMOTE)
        self._tracking.version(project, request.version)
        _need_sense(request)
        for address in filter(None, (request.address, request.answers_at)):
            self._remote.check(address)
        self._remote.headers(request.key)
        return self._queue.submit(
            actor,
            kind=JobKind.PUSH,
            project=project,
            title=f"Push version {request.version} to {urlsplit(request.address).hostname}",
            payload=request.model_dump(mode="json"),
        )

    def execute(self, actor: Actor, project: str, request: PushRequest, context: JobContext) -> PushReport:
        """Export a version, which proves it, hand it over, and ask its known rows there; the body of its job.

        The receiver is told the id of the job, so that a push that is repeated makes one version there.

        Raises:
            NotExported: the export does not answer as the version did at training; nothing was sent.
            NotPushed: the receiver does not take it, or what takes it in failed there.
            PushAnsweredOtherwise: it is there, and answers otherwise.
        """
        manifest = read_manifest(self._blobs, self._tracking.version(project, request.version).bundle_sha256)
        context.progress("export", 0.05, "proving the export")
        with tempfile.TemporaryDirectory(prefix="pilothouse-push-") as folder:
            file = Path(folder) / "version.zip"
            exported = self._exports.export(actor, project, request.version, file)
            context.check()
            context.progress("send", 0.4, f"{exported.size / 1e6:.1f} MB to {urlsplit(request.address).hostname}")
            try:
                report = self._handed_over(request, file, exported, manifest, context)
            except (OriginRefused, OriginUnreachable) as error:
                address = request.address
                raise NotPushed(version=request.version, address=address, problem=error.facts["problem"]) from error
        with self._store.write() as work:
            context.fence(work)
            details = report.model_dump(mode="json")
            subject = f"version {request.version}"
            audit.record(work, self._clock.now(), actor.name, ACTION, project, subject, details)
            work.commit()
        return report

    def _handed_over(
        self,
        request: PushRequest,
        file: Path,
        exported: ExportReport,
        manifest: ModelManifest,
        context: JobContext,
    ) -> PushReport:
        headers = {
            **self._remote.headers(request.key),
            "Content-Type": ZIP,
            "Content-Length": str(exported.size),
            "Content-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(exported.sha256)).decode()}:",
            "Idempotency-Key": context.job.id,
        }
        if request.kind is PushKind.UPLOAD:
            with file.open("rb") as body:
                self._remote.send(request.address, body, request.method, headers, SEND_S)
            return self._uploaded(request, exported, manifest, context)
        with file.open("rb") as body:
            told = self._remote.send(f"{request.address.rstrip('/')}/versions", body, "POST", headers, SEND_S)
        return self._arrived(request, str(told.get("job_id", "")), exported, manifest, context)

    def _arrived(
        self, request: PushRequest, job: str, exported: ExportReport, manifest: ModelManifest, context: JobContext
    ) -> PushReport:
        """Wait until the other Pilothouse has proved and registered the version, and compare what it answered."""
        if not job.isalnum():
            raise NotPushed(version=request.version, address=request.address, problem="no Pilothouse answers there.")
        address, until = f"{request.address.rstrip('/')}/versions/pushed/{job}", time.monotonic() + WAIT_S
        while True:
            context.check()
            context.progress("wait", 0.7, "the other side proves it")
            arrival = Arrival.model_validate(self._remote.ask(address, self._remote.headers(request.key)))
            if JobState(arrival.state).is_finished:
                break
            if time.monotonic() > until:
                problem = f"its job {job} there is still {arrival.state}; is a worker running there?"
                raise NotPushed(version=request.version, address=request.address, problem=problem)
            time.sleep(EVERY_S)
        if arrival.version is None:
            raise NotPushed(version=request.version, address=request.address, problem=arrival.problem or arrival.state)
        found = [(one["prediction"], list(one["scores"])) for one in arrival.answers]
        _need_alike(request, manifest.probe, found)
        summary = f"It is version {arrival.version} there, a challenger, and answers {len(found)} known rows alike."
        return _report(request, exported, len(found), summary, arrival.version)

    def _uploaded(
        self, request: PushRequest, exported: ExportReport, manifest: ModelManifest, context: JobContext
    ) -> PushReport:
        if not request.answers_at:
            return _report(request, exported, 0, "It was taken. Nobody was asked whether it answers there.")
        until, probe = time.monotonic() + WAIT_S, asking.askable(manifest)
        while True:
            context.check()
            context.progress("wait", 0.7, "until it answers there")
            try:
                found = asking.known_answers(self._remote, request.answers_at, manifest, probe, request.key)
                break
            except OriginUnreachable:
                if time.monotonic() > until:
                    raise
                time.sleep(EVERY_S)
        _need_alike(request, probe, found)
        return _report(request, exported, len(found), f"It was taken, and answers {len(found)} known rows alike there.")


def _need_sense(request: PushRequest) -> None:
    if request.key and not _SECRET.fullmatch(request.key):
        raise InvalidInput(problem="write the key as ${NAME}, not itself, and name it in PILOTHOUSE_SECRETS.")
    if request.method not in ("PUT", "POST"):
        raise InvalidInput(problem="a file is uploaded by PUT or POST.")
    path = urlsplit(request.address).path
    if request.kind is PushKind.PILOTHOUSE and not _PROJECT.search(path):
        raise InvalidInput(
            problem="another Pilothouse is addressed by the project on its scoring API, such as "
            "https://host:8502/projects/churn. For any other address choose an upload."
        )
    if request.kind is PushKind.PILOTHOUSE and request.answers_at:
        raise InvalidInput(problem="another Pilothouse is always asked the known rows; leave the second address out.")


def _need_alike(request: PushRequest, probe: tuple[ProbeRow, ...], found: asking.Found) -> None:
    answers = Answers([one for one, _ in found], [shares for _, shares in found])
    difference = largest_difference(probe, answers) if len(found) == len(probe) else float("inf")
    if not difference <= TOLERANCE:
        raise PushAnsweredOtherwise(version=request.version, address=request.address, difference=f"{difference:.3g}")


def _report(
    request: PushRequest, exported: ExportReport, rows: int, summary: str, version: int | None = None
) -> PushReport:
    return PushReport(
        address=request.address,
        version=request.version,
        sha256=exported.sha256,
        size=exported.size,
        remote_version=version,
        known_rows=rows,
        summary=summary,
    )
