"""Why a version is what it is: its story in order, each chapter saying plainly when there is nothing to tell."""

from datetime import datetime

from core.history import causes
from core.history.material import Material
from core.history.timeline import champion_at
from core.records.comparison import SideBySide
from core.records.gate import Verdict
from core.records.job import Job
from core.records.metric import METRICS
from core.records.monitor import ReportKind, ReportOutline
from core.records.past import Chapter
from core.records.run_index import RunEntry
from core.training.comparing import tables

MOST_ROWS = 40


def story(past: Material, version: int) -> tuple[Chapter, ...]:
    """Return the chapters of a version: trigger, data, parameters, figures, gates, replay, approval, deployments,
    alerts since."""
    run = past.run_of(version)
    if run is None:
        return (_nothing("Where it comes from", "The run this version was made of is not known any more."),)
    base = _champion_before(past, version, run)
    compared = None if base is None else tables.side_by_side([base, run], 0, past.project.metric)
    verdict = next((one for one in past.verdicts if one.version == version), None)
    return (
        _trigger(past, run),
        _data(past, run, base),
        _parameters(compared),
        _figures(compared, run, past.project.metric),
        _gates(verdict),
        _replay(past, version),
        _approval(past, version),
        _deployments(past, version),
        _alerts(past, version),
    )


def _nothing(title: str, sentence: str) -> Chapter:
    return Chapter(title=title, said=(sentence,), is_empty=True)


def _champion_before(past: Material, version: int, run: RunEntry) -> RunEntry | None:
    """Return the run of the champion the version had to stand beside: the one before it, or at its training."""
    first = next((one for one in reversed(past.deployments) if one.version == version), None)
    moment = first.since if first else run.finished_at or run.started_at
    earlier = [one for one in past.deployments if one.version != version and one.since < moment]
    return past.runs.get(earlier[0].run_id) if earlier else None


def _trigger(past: Material, run: RunEntry) -> Chapter:
    job = next((one for one in past.jobs if one.id == run.job_id), None)
    if job is None:
        who = f" by {run.author}" if run.author else ""
        return Chapter(
            title="Trigger", said=(f"It was trained{who}; the job is not stored any more.",), at=run.started_at
        )
    job = causes.first(past, job)
    said, subjects = [_started(job)], causes.grounds(past, job)
    look = causes.looked(past, job)
    said += [f"{one.sign.value.capitalize()}: {one.reason}." for one in look.findings if one.met] if look else []
    report = causes.report_of(past, subjects)
    if not report and job.cause is not None and (found := _drift_before(past, job.created_at)):
        said.append(f"The last drift check before it said: {found.summary}")
        report = found.id
    subject = next(iter(subjects), f"report:{report}" if report else f"job:{job.id}")
    return Chapter(title="Trigger", said=tuple(said), at=job.created_at, subject=subject, report=report)


def _started(job: Job) -> str:
    if job.cause is None:
        return f"{job.created_by} started it: {job.title}."
    why = f": {job.cause.note.rstrip('.')}" if job.cause.note else ""
    return f"A {job.cause.kind} started it{why}. ({job.title})"


def _drift_before(past: Material, moment: datetime) -> ReportOutline | None:
    kept = (one for one in past.reports if one.kind is ReportKind.DRIFT and one.created_at <= moment)
    return next(kept, None)


def _data(past: Material, run: RunEntry, base: RunEntry | None) -> Chapter:
    subject = f"data:{run.dataset}" if run.dataset else ""
    if run.dataset is None:
        return _nothing("Data", "Which data it was trained on was not recorded.")
    if base is None or base.dataset is None:
        said = f"Trained on {run.dataset}; there was no champion whose data it could be compared with."
        return Chapter(title="Data", said=(said,), subject=subject)
    if base.dataset == run.dataset:
        return Chapter(title="Data", said=(f"Trained on {run.dataset}, as the champion before it.",), subject=subject)
    known = next((d for d in past.differences if {d.before, d.after} == {base.dataset, run.dataset}), None)
    if known is None:
        said = f"Trained on {run.dataset}, the champion before it on {base.dataset}; nobody compared the two yet."
        return Chapter(title="Data", said=(said,), subject=subject)
    rows = (
        ("Rows added", f"{known.added:,}"),
        ("Rows removed", f"{known.removed:,}"),
        ("Rows changed", f"{known.changed:,}"),
    )
    said = f"Trained on {run.dataset}, the champion before it on {base.dataset}; from {known.before} to {known.after}:"
    return Chapter(title="Data", said=(said,), headers=("Difference", "Rows"), rows=rows, subject=subject)


def _parameters(compared: SideBySide | None) -> Chapter:
    if compared is None:
        return _nothing("Parameters", "There was no champion whose parameters it could be compared with.")
    rows = [row for row in compared.params if row.differs]
    if not rows:
        return _nothing("Parameters", "It was trained with the same parameters as the champion before it.")
    cells = tuple((row.name, *(value or "—" for value in row.values)) for row in rows[:MOST_ROWS])
    said = f"{len(rows)} of {len(compared.params)} parameters differ from the champion before it."
    return Chapter(title="Parameters", said=(said,), headers=("Parameter", "Champion", "This version"), rows=cells)


def _figures(compared: SideBySide | None, run: RunEntry, metric: str) -> Chapter:
    subject = f"run:{run.run_id}"
    if compared is None:
        own = [(_title(name), f"{run.metrics[name]:.4g}") for name in (metric, *METRICS) if name in run.metrics]
        if not own:
            return _nothing("Figures", "No figures were recorded.")
        said = ("There was no champion to compare with; these are its own held-out figures.",)
        listed: tuple[tuple[str, ...], ...] = tuple(dict.fromkeys(own))
        return Chapter(title="Figures", said=said, headers=("Figure", "Held out"), rows=listed, subject=subject)
    words = {True: "better", False: "worse", None: ""}
    rows = tuple(
        (_title(row.name), *(_number(value) for value in row.values), _signed(row.differences[1]), words[row.better[1]])
        for row in compared.figures
        if row.name in METRICS
    )
    same = "on the same held-out rows" if compared.same_rows[1] else "on different held-out rows, so without a verdict"
    headers = ("Figure", "Champion", "This version", "Difference", "It is")
    return Chapter(title="Figures", said=(f"Measured {same}.",), headers=headers, rows=rows, subject=subject)


def _title(name: str) -> str:
    return METRICS[name].title if name in METRICS else name


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"


def _signed(value: float | None) -> str:
    return "—" if value is None else f"{value:+.4g}"


def _gates(verdict: Verdict | None) -> Chapter:
    if verdict is None:
        return _nothing("Gates", "It was never judged by the gates.")
    rows = tuple((gate.title, gate.standing.value.replace("_", " "), gate.sentence) for gate in verdict.gates)
    said = f"{verdict.outcome.value.upper()}: {verdict.summary}"
    headers = ("Gate", "Result", "What it found")
    return Chapter(title="Gates", said=(said,), headers=headers, rows=rows, at=verdict.created_at)


def _replay(past: Material, version: int) -> Chapter:
    found = next((one for one in past.replays if one.version == version), None)
    if found is None:
        return _nothing("Replay", "No logged requests were replayed for it.")
    rows = tuple((flip.before, flip.after, f"{flip.rows:,}", f"{flip.share:.1%}") for flip in found.findings.flips)
    said = f"{found.findings.rows:,} logged requests against version {found.champion}: {found.summary}"
    headers = ("Answered", "Would be", "Requests", "Share")
    return Chapter(title="Replay", said=(said,), headers=headers, rows=rows, at=found.created_at)


def _approval(past: Material, version: int) -> Chapter:
    found = [one for one in past.approvals if one.version == version]
    if not found:
        return _nothing("Approval", "Nobody asked for an approval.")
    said = [f"{one.requested_by} asked: {one.comment or 'no comment'}." for one in found[:1]]
    said += [
        f"{one.state.value.capitalize()} by {one.answered_by}: {one.answer or 'no comment'}."
        if one.answered_at
        else "It waits for an answer."
        for one in found[:1]
    ]
    return Chapter(title="Approval", said=tuple(said), at=found[0].answered_at or found[0].requested_at)


def _deployments(past: Material, version: int) -> Chapter:
    served = [one for one in past.deployments if one.version == version]
    trials = [one for one in past.traffic if one.version == version]
    if not served and not trials:
        return _nothing("In service", "It never served.")
    rows = [
        ("champion", f"{one.since:%Y-%m-%d %H:%M}", f"{one.until:%Y-%m-%d %H:%M}" if one.until else "still", one.actor,
         one.reason + (" (override)" if one.overridden else ""))
        for one in served
    ]  # fmt: skip
    rows += [
        (one.mode.value, f"{one.since:%Y-%m-%d %H:%M}", f"{one.until:%Y-%m-%d %H:%M}" if one.until else "still",
         one.actor, one.end_reason or one.reason)
        for one in trials
    ]  # fmt: skip
    headers = ("As", "From (UTC)", "Until", "By", "Why")
    return Chapter(title="In service", said=(), headers=headers, rows=tuple(rows))


def _alerts(past: Material, version: int) -> Chapter:
    if not any(one.version == version for one in past.deployments):
        return _nothing("Alerts since", "It never served, so that no alert is about it.")
    found = []
    for alert in past.alerts:
        held = champion_at(past, alert.opened_at)
        if held is not None and held.version == version:
            found.append((f"{alert.opened_at:%Y-%m-%d %H:%M}", alert.severity.value, alert.title, alert.state.value))
    if not found:
        return _nothing("Alerts since", "No alert was opened while it served.")
    headers = ("Opened (UTC)", "Severity", "Alert", "State")
    return Chapter(title="Alerts since", said=(f"{len(found)} while it served.",), headers=headers, rows=tuple(found))
