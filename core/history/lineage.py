"""What was made of what: data, run, version, deployment, predictions, report, alert, retraining, and round again."""

from collections import defaultdict
from collections.abc import Iterator

from core.errors import NotFound
from core.history.material import Material
from core.records.job import Job, JobKind
from core.records.past import Lineage, Node

Part = tuple[list[Node], list[tuple[str, str]]]
KINDS = ("data", "features", "run", "version", "deployment", "predictions", "report", "alert", "retraining")
"""The kinds of things in the order of the flow."""


class NotInLineage(NotFound):
    """There is no {subject!r} in the lineage of {project!r}. Name one such as {known}."""


def whole(past: Material) -> Lineage:
    """Return everything of a project that led to a model version or followed from one."""
    nodes: dict[str, Node] = {}
    edges: set[tuple[str, str]] = set()
    for part in (_versions, _service, _watching, _retraining):
        for found, pairs in part(past):
            nodes |= {node.id: node for node in found if node.id not in nodes}
            edges |= set(pairs)
    known = {pair for pair in edges if pair[0] in nodes and pair[1] in nodes}
    ordered = sorted(nodes.values(), key=lambda node: KINDS.index(node.kind))
    return Lineage(nodes=tuple(ordered), edges=tuple(sorted(known)))


def around(lineage: Lineage, subject: str, project: str) -> Lineage:
    """Return what led to one thing and what followed from it; ids of runs may be shortened.

    Raises:
        NotInLineage: there is no such thing.
    """
    start = next((node.id for node in lineage.nodes if node.id == subject), None) or next(
        (node.id for node in lineage.nodes if len(subject) > 7 and node.id.startswith(subject)), None
    )
    if start is None:
        known = ", ".join(node.id for node in lineage.nodes[:5]) or "nothing yet: no version was made"
        raise NotInLineage(subject=subject, project=project, known=known)
    kept = _reached(lineage.edges, start, forwards=True) | _reached(lineage.edges, start, forwards=False)
    return Lineage(
        nodes=tuple(node for node in lineage.nodes if node.id in kept),
        edges=tuple(pair for pair in lineage.edges if pair[0] in kept and pair[1] in kept),
    )


def _reached(edges: tuple[tuple[str, str], ...], start: str, *, forwards: bool) -> set[str]:
    near: dict[str, list[str]] = defaultdict(list)
    for cause, effect in edges:
        near[cause if forwards else effect].append(effect if forwards else cause)
    found, waiting = {start}, [start]
    while waiting:
        fresh = [one for one in near[waiting.pop()] if one not in found]
        found |= set(fresh)
        waiting += fresh
    return found


def _node(kind: str, name: str, title: str, detail: str = "") -> Node:
    return Node(id=f"{kind}:{name}", kind=kind, title=title, detail=detail)


def _versions(past: Material) -> Iterator[Part]:
    for run in sorted(past.runs.values(), key=lambda run: run.version or 0):
        made = _node("run", run.run_id, f"run {run.run_id[:8]}", (run.estimator or run.name).replace("_", " "))
        nodes, edges = [made], []
        if run.dataset:
            count = run.params.get("features", "")
            data = _node("data", run.dataset, run.dataset)
            features = _node(
                "features", run.dataset + "/" + (count or "all"), f"{count or 'all'} features", run.dataset
            )
            nodes += [data, features]
            edges += [(data.id, features.id), (features.id, made.id)]
        if run.version is not None:
            version = _node("version", str(run.version), f"version {run.version}")
            nodes.append(version)
            edges.append((made.id, version.id))
        yield nodes, edges


def _service(past: Material) -> Iterator[Part]:
    for one in past.deployments:
        until = f"{one.until:%Y-%m-%d}" if one.until else "now"
        served = _node("deployment", str(one.id), f"champion {one.since:%Y-%m-%d} to {until}", one.reason)
        answers = _node("predictions", str(one.version), f"predictions of v{one.version}")
        version = _node("version", str(one.version), f"version {one.version}")
        pairs = [(f"run:{one.run_id}", version.id), (version.id, served.id), (served.id, answers.id)]
        yield [version, served, answers], pairs


def _watching(past: Material) -> Iterator[Part]:
    for report in past.reports:
        made = _node("report", report.id, f"check {report.created_at:%Y-%m-%d %H:%M}", report.summary)
        sources = [f"data:{name}" for name in (report.reference, report.current)]
        held = next(
            (
                d
                for d in past.deployments
                if d.since <= report.created_at and (not d.until or report.created_at < d.until)
            ),
            None,
        )
        sources += [f"predictions:{held.version}"] if held else []
        yield [made], [(source, made.id) for source in sources]
    for alert in past.alerts:
        node = _node("alert", alert.id, alert.title, alert.summary)
        yield [node], [(f"report:{alert.evidence}", node.id)] if alert.evidence else []


def _retraining(past: Material) -> Iterator[Part]:
    known = {job.id: job for job in past.jobs}
    for job in past.jobs:
        if job.kind is not JobKind.RETRAIN:
            continue
        node = _node("retraining", job.id, job.title, job.state.value)
        cause = job.cause.id if job.cause else ""
        earlier = [f"alert:{one.id}" for one in past.alerts if one.id == cause]
        if not earlier and job.cause is not None and job.cause.kind not in ("schedule", "person", "retry"):
            earlier = [f"alert:{a.id}" for a in past.alerts if a.opened_at <= job.created_at][:1]
            earlier = (
                earlier or [f"report:{r.id}" for r in past.reports if r.drifted and r.created_at <= job.created_at][:1]
            )
        made = [f"run:{run.run_id}" for run in past.runs.values() if _came_of(run.job_id, job.id, known)]
        yield [node], [*((one, node.id) for one in earlier), *((node.id, one) for one in made)]


def _came_of(job_id: str | None, cause: str, known: dict[str, Job]) -> bool:
    for _ in range(10):
        if job_id == cause:
            return True
        job = known.get(job_id or "")
        if job is None or job.cause is None:
            return False
        job_id = job.cause.id
    return False
