"""What each kind of job does: one line a kind, from the stored payload to the service that carries it out."""

from collections.abc import Callable, Mapping
from pathlib import Path

from core.jobs.context import JobContext
from core.maintenance import rotation
from core.model_errors import NothingToJudge
from core.monitoring.production.service import CHECK as PERFORMANCE
from core.monitoring.service import by_kind, in_words
from core.platform import Platform
from core.records.access import Actor, Role
from core.records.adoption import AdoptionRequest
from core.records.base import JsonObject
from core.records.dataset import AddedVersion, DatasetRef, DatasetVersion
from core.records.difference import DifferenceRequest
from core.records.elsewhere import PushRequest
from core.records.job import Job, JobKind
from core.records.origin import Origin
from core.records.reading import ReadingChoices
from core.records.replay import ReplayRequest
from core.records.schedule import ScheduleAction
from core.records.training import TrainingSpec

Handler = Callable[[Platform, Job, JobContext], JsonObject]


def _author(job: Job) -> Actor:
    """Return whoever asked for the job; their right was checked when they asked."""
    return Actor(name=job.created_by, role=Role.ADMIN)


def _project(job: Job) -> str:
    assert job.project is not None, f"a {job.kind} job belongs to a project"  # noqa: S101
    return job.project


def _ingest(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    """Keep an upload, fetch one to be looked into, or refresh a dataset from where it came."""
    given = dict(job.payload)
    do = given.pop("do", "refresh")

    def progress(stage: str, share: float) -> None:
        context.check()
        context.progress(stage, share, str(given.get("filename", "")))

    who, where, fence = _author(job), _project(job), context.fence
    if do == "fetch":
        return {"upload": platform.origins.fetch(who, where, Origin(**given), progress, fence).id}
    if do == "refresh":
        return _added(platform, platform.origins.refresh(who, where, given["dataset"], progress, fence))
    upload = str(given.pop("upload"))
    given["choices"] = ReadingChoices.model_validate(given.get("choices", {}))
    given["origin"] = Origin.model_validate(given["origin"]) if given.get("origin") else None
    path = platform.uploads.path(upload)
    added = platform.datasets.add_staged(who, where, path=path, **given, progress=progress, fence=fence)
    platform.uploads.forget(upload)
    return _added(platform, added)


def _added(platform: Platform, added: AddedVersion) -> JsonObject:
    return {**added.facts, "contract": _outcome(platform, added.version)}


def _outcome(platform: Platform, version: DatasetVersion) -> str | None:
    """Return how the version stands to its dataset's contract, None without one."""
    result = platform.contracts.result(version.project, version.ref)
    return None if result is None else result.outcome.value


def _diff(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    def tell(stage: str, fraction: float) -> None:
        context.check()
        context.progress(stage, fraction)

    request = DifferenceRequest.model_validate(job.payload)
    found = platform.differences.compute(_author(job), _project(job), request, tell)
    return {"difference": found.id, "added": found.added, "removed": found.removed, "changed": found.changed}


def _profile(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    def tell(share: float) -> None:
        context.check()
        context.progress("profile", share)

    ref = DatasetRef.parse(job.payload["ref"])
    found = platform.datasets.reprofile(_author(job), _project(job), ref, tell, context.fence)
    return {"dataset": found.dataset, "version": found.number, "findings": len(found.profile.findings)}


def _train(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    spec = TrainingSpec.model_validate(job.payload)
    result = platform.training.execute(spec, context)
    platform.gates.follow(job, result.version)
    return result.model_dump(mode="json")


def _reproduce(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    found = platform.training.execute_reproduction(_project(job), job.payload["run_id"], context)
    return {"run_id": found.run_id, "outcome": found.outcome.value, "summary": found.summary}


def _adopt(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    request = AdoptionRequest.model_validate(job.payload)
    result = platform.adoption.execute(request, context)
    platform.gates.follow(job, result.version)
    return result.model_dump(mode="json")


def _judge(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    try:
        verdict = platform.gates.execute(_project(job), job.payload["version"], context)
    except NothingToJudge as error:
        return {"verdict": None, "outcome": None, "summary": error.message}
    return {"verdict": verdict.id, "outcome": verdict.outcome.value, "summary": verdict.summary}


def _replay(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    replay = platform.replays.execute(_project(job), ReplayRequest.model_validate(job.payload), context)
    return {"replay": replay.id, "rows": replay.findings.rows, "summary": replay.summary}


def _tune(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    return platform.tuning.execute(job.payload["study"], context)


def _monitor(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    if job.payload.get("check") == PERFORMANCE:
        measured = platform.performance.execute(_project(job), job.payload, context)
        return {"reports": [one.id for one in measured], "windows": len(measured), "summary": measured[-1].summary}
    found = by_kind(platform.monitoring.execute(_project(job), job.payload, context))
    first = next(iter(found.values()))
    return {
        "report": first[-1].id,
        "reports": {kind.value: series[-1].id for kind, series in found.items()},
        "windows": len(first),
        "drifted": any(one.drifted for one in first),
        "fires": first[-1].fires,
        "summary": " ".join(in_words(series) for series in found.values()),
    }


def _retrain(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    if job.payload.get("do"):
        return platform.follower.execute(_project(job), job.payload, context)
    payload = dict(job.payload)
    window = payload.pop("report", None)
    if window:
        payload["dataset"] = str(platform.monitoring.window_version(_author(job), window).ref)
    result = platform.retrainer.carry_out(_project(job), payload, context)
    platform.gates.follow(job, result.get("version"))
    return result


def _simulate(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    found = platform.simulations.execute(_project(job), job.payload, context)
    return {"simulation": found.id, "recommended": found.results[found.recommended].words, "summary": found.summary}


def _batch_predict(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    return _added(platform, platform.batch.execute(_author(job), _project(job), job.payload, context))


def _materialize(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    return _added(platform, platform.materializing.execute(_author(job), _project(job), job.payload, context))


def _report(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    return platform.letters.execute(_project(job), job.payload, context)


def _maintain(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    """Back up, tidy or check the stores, whoever's project the schedule belongs to."""
    who, given = _author(job), job.payload

    def tell(stage: str, share: float) -> None:
        context.check()
        context.progress(stage, share)

    if given["do"] == ScheduleAction.BACKUP:
        context.progress("backup", 0.1, str(given["folder"]))
        folder, keep = Path(given["folder"]), int(given.get("keep") or rotation.KEPT)
        file, removed = rotation.back_up(platform.backups, who, folder, given["series"], job.created_at, keep)
        return {"file": str(file), "size": file.stat().st_size, "removed": removed}
    if given["do"] == ScheduleAction.TIDY:
        context.progress("tidy", 0.1)
        return platform.collection.collect(who).model_dump(mode="json")
    found = platform.integrity.check(who, repair=bool(given.get("repair")), tell=tell)
    return {"blobs": found.blobs, "findings": len(found.findings), "open": len(found.open)}


def _push(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    request = PushRequest.model_validate(job.payload)
    return platform.pushes.execute(_author(job), _project(job), request, context).model_dump(mode="json")


def _receive(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    result = platform.arrivals.execute(_project(job), job.payload, context)
    platform.gates.follow(job, result["version"])
    return result


def _pipeline(platform: Platform, job: Job, context: JobContext) -> JsonObject:
    return platform.demo.execute(job.payload, context)


HANDLERS: Mapping[JobKind, Handler] = {
    JobKind.INGEST: _ingest,
    JobKind.DIFF: _diff,
    JobKind.PROFILE: _profile,
    JobKind.TRAIN: _train,
    JobKind.REPRODUCE: _reproduce,
    JobKind.ADOPT: _adopt,
    JobKind.TUNE: _tune,
    JobKind.JUDGE: _judge,
    JobKind.REPLAY: _replay,
    JobKind.MONITOR: _monitor,
    JobKind.RETRAIN: _retrain,
    JobKind.SIMULATE: _simulate,
    JobKind.BATCH_PREDICT: _batch_predict,
    JobKind.MATERIALIZE: _materialize,
    JobKind.REPORT: _report,
    JobKind.MAINTENANCE: _maintain,
    JobKind.PUSH: _push,
    JobKind.RECEIVE: _receive,
    JobKind.PIPELINE: _pipeline,
}
