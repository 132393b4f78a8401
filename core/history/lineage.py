"""What was made of what: data, features, run, version, deployment, predictions, report, alert, retraining, and round
again."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain

from core.errors import NotFound
from core.history import causes
from core.history.material import Material
from core.history.timeline import champion_at
from core.records.job import JobKind
from core.records.model import ModelManifest
from core.records.monitor import ReportOutline
from core.records.past import Lineage, Node
from core.records.prediction import LoggedPrediction
from core.records.run_index import RunEntry

Part = tuple[list[Node], list[tuple[str, str]]]
KINDS = ("data", "features", "run", "version", "deployment", "predictions", "report", "alert", "retraining")
"""The kinds of things in the order of the flow."""


class NotInLineage(NotFound):
    """There is no {subject!r} in the lineage of {project!r}. Name one such as {known}."""


def whole(
    past: Material, manifests: Mapping[int, ModelManifest], prediction: LoggedPrediction | None = None
) -> Lineage:
    """Return everything of a project that led to a model version or followed from one.

    Args:
        past: everything that is known.
        manifests: those of the versions whose bytes can be read, by number.
        prediction: one served answer that is to be in it as a thing of its own.
    """
    nodes: dict[str, Node] = {}
    edges: set[tuple[str, str]] = set()
    parts = [_versions(past, manifests), _service(past), _watching(past), _retraining(past)]
    for found, pairs in chain(*parts, _single(past, prediction) if prediction else ()):
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


def _versions(past: Material, manifests: Mapping[int, ModelManifest]) -> Iterator[Part]:
    for run in sorted(past.runs.values(), key=lambda run: run.version or 0):
        made = _node("run", run.run_id, f"run {run.run_id[:8]}", (run.estimator or run.name).replace("_", " "))
        nodes, edges = [made], []
        if run.dataset:
            data = _node("data", run.dataset, run.dataset)
            features = _features(run, manifests.get(run.version or 0))
            nodes += [data, features]
            edges += [(data.id, features.id), (features.id, made.id)]
        if run.version is not None:
            version = _node("version", str(run.version), f"version {run.version}")
            nodes.append(version)
            edges.append((made.id, version.id))
        yield nodes, edges


def _features(run: RunEntry, manifest: ModelManifest | None) -> Node:
    """Return what a run made of its data: columns, and the preparation they went through."""
    names = [feature.column.name for feature in manifest.features] if manifest else []
    count = str(len(names)) if names else run.params.get("features", "all")
    steps = run.params.get("preparation", "")
    told = f"{count} columns, {f'preparation {steps}' if steps else 'as they are'}"
    of = hashlib.sha256(json.dumps([run.dataset, sorted(names) or count, steps]).encode()).hexdigest()[:8]
    return _node("features", f"{run.dataset}/{of}", told, ", ".join(names) or f"of {run.dataset}")


def _service(past: Material) -> Iterator[Part]:
    for one in past.deployments:
        until = f"{one.until:%Y-%m-%d}" if one.until else "now"
        served = _node("deployment", str(one.id), f"champion {one.since:%Y-%m-%d} to {until}", one.reason)
        answers = _node("predictions", str(one.version), f"predictions of v{one.version}")
        version = _node("version", str(one.version), f"version {one.version}")
        pairs = [(f"run:{one.run_id}", version.id), (version.id, served.id), (served.id, answers.id)]
        yield [version, served, answers], pairs


def _single(past: Material, answer: LoggedPrediction) -> Iterator[Part]:
    """Yield one served answer: whose it is, and which checks looked at it."""
    node = Node(
        id=f"prediction:{answer.prediction_id}",
        kind="predictions",
        title=f"answer {answer.prediction_id[:8]}",
        detail=f"{answer.prediction} at {answer.at:%Y-%m-%d %H:%M:%S}, by version {answer.version} ({answer.cohort})",
    )
    held = champion_at(past, answer.at)
    is_champions = held is not None and held.version == answer.version
    source = f"deployment:{held.id}" if held and is_champions else f"version:{answer.version}"
    seen = [one for one in past.reports if not one.dataset and _covers(one, answer.at)]
    yield [node], [(source, node.id), *((node.id, f"report:{one.id}") for one in seen)]


def _covers(report: ReportOutline, moment: datetime) -> bool:
    begun = report.since is None or report.since <= moment
    return begun and moment <= report.created_at and (report.until is None or moment < report.until)


def _watching(past: Material) -> Iterator[Part]:
    for report in past.reports:
        made = _node("report", report.id, f"check {report.created_at:%Y-%m-%d %H:%M}", report.summary)
        sources = [f"data:{name}" for name in (report.reference, report.current, report.dataset) if name]
        held = champion_at(past, report.until or report.created_at)
        sources += [f"predictions:{held.version}"] if held and not report.dataset else []
        yield [made], [(source, made.id) for source in sources]
    for alert in past.alerts:
        node = _node("alert", alert.id, alert.title, alert.summary)
        yield [node], [(f"report:{alert.evidence}", node.id)] if alert.evidence else []


def _retraining(past: Material) -> Iterator[Part]:
    for job in past.jobs:
        if job.kind is not JobKind.RETRAIN:
            continue
        node = _node("retraining", job.id, job.title, job.state.value)
        made = [f"run:{run.run_id}" for run in past.runs.values() if causes.came_of(past, run.job_id, job.id)]
        grounds = causes.grounds(past, causes.first(past, job))
        yield [node], [*((one, node.id) for one in grounds), *((node.id, one) for one in made)]
