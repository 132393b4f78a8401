"""A model card drafted from stored facts; pure, so that the same facts give the same card."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.records.base import JsonObject, Moment
from core.records.card import CARD_FIELDS, CardSection, CardTable, CardText, ModelCard
from core.records.dataset import ColumnProfile, DatasetVersion
from core.records.evaluation import Slice
from core.records.metric import METRICS
from core.records.model import Deployment, ModelManifest, ModelVersion
from core.records.project import Project
from core.records.reproduction import EnvironmentLock, Reproduction
from core.records.training import Run

MOST_FEATURES = 200
MOST_IMPORTANCES = 15
KERNEL = ("python", "scikit-learn", "skops", "numpy", "scipy", "pandas")


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """All that the stores know of a version; what is None or empty was not recorded.

    ``evaluation`` is the document a run stored on its held-out rows.
    """

    project: Project
    version: ModelVersion
    manifest: ModelManifest
    run: Run | None
    evaluation: JsonObject
    data: DatasetVersion | None
    lock: EnvironmentLock | None
    deployments: Sequence[Deployment]
    reproductions: Sequence[Reproduction]
    is_proven: bool
    text: CardText | None


def draft(facts: CardFacts) -> ModelCard:
    """Return the card of a version."""
    version = facts.version
    parts = (_about, _written, _data, _training, _performance, _slices, _fairness, _limits, _environment, _checks, _use)
    return ModelCard(
        project=facts.project.name,
        version=version.version,
        title=f"{facts.project.name}, version {version.version}",
        subtitle=f"{version.estimator.replace('_', ' ')} on {version.dataset}",
        sections=tuple(section for part in parts for section in part(facts)),
    )


def _about(facts: CardFacts) -> Iterator[CardSection]:
    project, version, manifest = facts.project, facts.version, facts.manifest
    yield CardSection(
        title="What it is",
        prose=project.description,
        facts=_known(
            ("Task", project.task.value),
            ("Predicts", manifest.target),
            ("Answers", ", ".join(str(value) for value in manifest.classes)),
            ("Positive class", manifest.positive),
            ("Threshold", f"{manifest.threshold:g}" if manifest.positive else None),
            ("Role", ", ".join(alias.value for alias in version.aliases)),
            ("Made", _moment(version.created_at)),
            ("Made by", facts.run.tags.get("pilothouse.author") if facts.run else None),
            ("Run", version.run_id),
            ("Model SHA-256", version.model_sha256),
        ),
    )


def _written(facts: CardFacts) -> Iterator[CardSection]:
    written = facts.text.fields if facts.text else {}
    for name, (heading, wanted) in CARD_FIELDS.items():
        prose = written.get(name, "").strip()
        yield CardSection(title=heading, prose=prose, notes=() if prose else (f"Not filled in yet. {wanted}",))
    if facts.text is not None:
        said = f"Written by {facts.text.author}, {_moment(facts.text.created_at)}, state {facts.text.number}."
        yield CardSection(title="About these texts", notes=(said,))


def _data(facts: CardFacts) -> Iterator[CardSection]:
    manifest, data = facts.manifest, facts.data
    address = [("Dataset version", str(manifest.dataset)), ("Content SHA-256", manifest.dataset_sha256)]
    if data is None:
        yield CardSection(title="Data", facts=tuple(address), notes=("This dataset version is not in the store.",))
        return
    profile = {column.name: column for column in data.profile.columns}
    features = [feature.column.name for feature in manifest.features]
    rows = tuple(_feature(name, profile.get(name), data.rows) for name in [manifest.target, *features[:MOST_FEATURES]])
    yield CardSection(
        title="Data",
        notes=data.profile.warnings,
        facts=_known(
            *address,
            ("Source", data.source),
            ("Note", data.note),
            ("Rows", f"{data.rows:,}"),
            ("Repeated rows", f"{data.profile.duplicates:,}"),
            ("Columns", f"{len(data.columns)}, of them {len(features)} learned from"),
            ("Added", f"{_moment(data.created_at)} by {data.author}"),
        ),
        tables=(CardTable(headers=("Column", "Kind", "Missing", "Distinct", "Values"), rows=rows),),
    )


def _feature(name: str, column: ColumnProfile | None, rows: int) -> tuple[str, ...]:
    if column is None:
        return (name, "", "", "", "")
    missing = f"{column.nulls / rows:.1%}" if rows else ""
    return (name, column.kind.value, missing, f"{column.distinct:,}", _values(column))


def _values(column: ColumnProfile) -> str:
    if column.top:
        return ", ".join(value for value, _ in column.top[:5])
    if column.minimum is None:
        return ""
    return f"{_figure(column.minimum)} to {_figure(column.maximum)}"


def _training(facts: CardFacts) -> Iterator[CardSection]:
    spec = facts.run.spec if facts.run else None
    if spec is None:
        is_outside = facts.run is not None and facts.run.is_outside
        who = "Another program trained it; its run was adopted." if is_outside else "Its recipe was not recorded."
        yield CardSection(title="Training", notes=(who,))
        return
    how = f"the latest by {spec.split.time_column}" if spec.split.time_column else spec.split.kind.value
    held_out = f"{spec.split.test_size:.0%}, {how}"
    options = spec.preprocessing.model_dump(mode="json", exclude_defaults=True)
    params = tuple((name, "none" if value is None else str(value)) for name, value in sorted(spec.params.items()))
    yield CardSection(
        title="Training",
        facts=_known(
            ("Estimator", spec.estimator),
            ("Seed", str(spec.seed)),
            ("Held out", held_out),
            ("Judged by", _title(spec.metric)),
            ("Features", f"{len(spec.features)}"),
        ),
        tables=(
            CardTable(headers=("Hyperparameter", "Value"), rows=params),
            *_preparation(options),
        ),
    )


def _preparation(options: Mapping[str, Any]) -> Iterator[CardTable]:
    flat = {name: value for name, value in options.items() if name != "steps"}
    rows = [(name.replace("_", " "), str(value)) for name, value in sorted(flat.items())]
    rows += [(f"step {place}", _step(step)) for place, step in enumerate(options.get("steps") or (), start=1)]
    if rows:
        yield CardTable(headers=("Preparation", "Value"), rows=tuple(rows))


def _step(step: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in step.items() if value not in (None, "", [], ()))


def _performance(facts: CardFacts) -> Iterator[CardSection]:
    found = facts.evaluation
    held_out = found.get("metrics") or {}
    if not held_out:
        yield CardSection(title="Performance", notes=("No evaluation was recorded with this version.",))
        return
    learned, baseline = found.get("train_metrics") or {}, found.get("baseline") or {}
    intervals = found.get("intervals") or {}
    order = [facts.project.metric, *METRICS, *held_out]
    names = sorted(held_out, key=order.index)
    rows: tuple[tuple[str, ...], ...] = tuple(
        (_title(n), _figure(held_out[n]), _band(intervals.get(n)), _figure(learned.get(n)), _figure(baseline.get(n)))
        for n in names
    )
    headers: tuple[str, ...] = ("Figure", "Held out", "95 % interval", "On training rows", "Best constant answer")
    folds = found.get("folds") or {}
    if folds:
        headers = (*headers, "Folds, mean and deviation")
        rows = tuple((*row, _spread(folds.get(name))) for row, name in zip(rows, names, strict=True))
    importances = tuple(
        (name, _figure(mean), _figure(spread))
        for name, mean, spread in (found.get("importances") or [])[:MOST_IMPORTANCES]
    )
    leaned = (CardTable(headers=("Feature", "Loss without it", "Spread"), rows=importances),) if importances else ()
    yield CardSection(
        title="Performance",
        facts=_known(
            ("Rows learned from", f"{found['rows_train']:,}"),
            ("Rows held out", f"{found['rows_test']:,}"),
            ("Positive from", _figure(found.get("threshold"))),
            ("Because", found.get("threshold_reason")),
            ("Intervals", found.get("interval_method")),
        ),
        tables=(CardTable(headers=headers, rows=rows), *leaned, *_confusion(found)),
    )


def _confusion(found: JsonObject) -> Iterator[CardTable]:
    classes = found.get("classes") or []
    counts = found.get("confusion") or []
    if classes and counts:
        rows = tuple((str(name), *(f"{count:,}" for count in line)) for name, line in zip(classes, counts, strict=True))
        yield CardTable(headers=("True class, answered as", *map(str, classes)), rows=rows)


def _slices(facts: CardFacts) -> Iterator[CardSection]:
    slices = facts.evaluation.get("slices") or []
    if not slices:
        return
    rows = tuple(
        (
            one.title,
            f"{one.rows:,}",
            _figure(one.error),
            _band(one.interval),
            _figure(one.others),
            _figure(one.p_value),
        )
        for one in map(Slice.model_validate, slices)
    )
    headers = ("Held-out rows with", "Rows", "Error", "95 % interval", "Error of the others", "p, adjusted")
    yield CardSection(title="Where it is worst", tables=(CardTable(headers=headers, rows=rows),))


def _fairness(facts: CardFacts) -> Iterator[CardSection]:
    groups = facts.evaluation.get("fairness") or []
    if not groups:
        return
    names = list(dict.fromkeys(name for group in groups for name in group["figures"]))
    rows = tuple(
        (group["column"], group["group"], f"{group['rows']:,}", *(_figure(group["figures"].get(n)) for n in names))
        for group in groups
    )
    headers = ("Column", "Group", "Rows", *(_title(name) for name in names))
    yield CardSection(title="Groups", tables=(CardTable(headers=headers, rows=rows),))


def _limits(facts: CardFacts) -> Iterator[CardSection]:
    warnings = tuple(facts.evaluation.get("warnings") or ())
    notes = warnings or ("The evaluation gave no warning.",)
    yield CardSection(title="Limits found in the figures", notes=notes)


def _environment(facts: CardFacts) -> Iterator[CardSection]:
    lock = facts.lock
    if lock is None:
        packages = tuple(sorted(facts.manifest.packages.items()))
        yield CardSection(title="Environment", facts=packages)
        return
    kernel = [(name, lock.packages[name]) for name in KERNEL if name in lock.packages]
    yield CardSection(
        title="Environment",
        facts=_known(
            ("Pilothouse", lock.code.release),
            ("Commit", lock.code.commit),
            ("Training code SHA-256", lock.code.sha256),
            ("Python", lock.python),
            ("System", lock.system),
            ("Processor", lock.processor),
            *kernel,
            ("Packages in all", str(len(lock.packages))),
        ),
    )


def _checks(facts: CardFacts) -> Iterator[CardSection]:
    proof = "passed" if facts.is_proven else "not made in these surroundings"
    rows = tuple((_moment(one.created_at), one.actor, one.outcome.value, one.summary) for one in facts.reproductions)
    reruns = (CardTable(headers=("When", "By", "Result", "What it showed"), rows=rows),) if rows else ()
    yield CardSection(
        title="Checks",
        notes=() if rows else ("Nobody has computed its run again yet.",),
        facts=(("Answers to known rows", proof), ("Known rows", str(len(facts.manifest.probe)))),
        tables=reruns,
    )


def _use(facts: CardFacts) -> Iterator[CardSection]:
    served = [one for one in facts.deployments if one.version == facts.version.version]
    rows = tuple(
        (_moment(one.since), _moment(one.until) if one.until else "still serving", one.actor, one.reason)
        for one in served
    )
    if rows:
        yield CardSection(title="In service", tables=(CardTable(headers=("From", "Until", "By", "Why"), rows=rows),))
    else:
        yield CardSection(title="In service", notes=("This version never served.",))


def _known(*facts: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((label, value) for label, value in facts if value)


def _title(name: str) -> str:
    return METRICS[name].title if name in METRICS else name.replace("_", " ")


def _figure(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.4g}" if math.isfinite(value) else ""
    return "" if value is None else str(value)


def _spread(values: Sequence[float] | None) -> str:
    if not values:
        return ""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{_figure(statistics.fmean(values))} ± {_figure(deviation)}"


def _band(band: Any) -> str:
    return "" if not band else f"{_figure(band[0])} to {_figure(band[1])}"


def _moment(moment: Moment) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
