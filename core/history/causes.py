"""What a training was started for: back from its job to the rule, and to what the rule saw."""

from core.history.material import Material
from core.records.job import Job
from core.records.rule import Evaluation

RULE = "rule"
DEEPEST = 10


def first(past: Material, job: Job) -> Job:
    """Go back from a job to the one that caused it."""
    known = {one.id: one for one in past.jobs}
    for _ in range(DEEPEST):
        if job.cause is None or job.cause.id not in known:
            break
        job = known[job.cause.id]
    return job


def came_of(past: Material, job_id: str | None, cause: str) -> bool:
    """Tell whether a job is the one named ``cause``, or was caused by it."""
    known = {one.id: one for one in past.jobs}
    for _ in range(DEEPEST):
        if job_id == cause:
            return True
        job = known.get(job_id or "")
        if job is None or job.cause is None:
            return False
        job_id = job.cause.id
    return False


def looked(past: Material, job: Job) -> Evaluation | None:
    """Return the look at a rule that started a job, or None."""
    if job.cause is None or job.cause.kind != RULE:
        return None
    return next((one for one in past.evaluations if one.id == job.cause.id), None)


def grounds(past: Material, job: Job) -> tuple[str, ...]:
    """Return what a job was started for, as ``report:ID``, ``alert:ID`` or ``data:NAME@N``; nothing for a person's wish
    or a schedule."""
    found = looked(past, job)
    return tuple(dict.fromkeys(one.evidence for one in found.findings if one.met and one.evidence)) if found else ()


def report_of(past: Material, subjects: tuple[str, ...]) -> str:
    """Return the id of the stored check among some subjects or behind an alert among them, empty when there is none."""
    evidence = {alert.id: alert.evidence or "" for alert in past.alerts}
    ids = [
        name if kind == "report" else evidence.get(name, "")
        for kind, _, name in (subject.partition(":") for subject in subjects)
        if kind in ("report", "alert")
    ]
    stored = {report.id for report in past.reports}
    return next((one for one in ids if one in stored), "")
