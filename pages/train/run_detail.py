"""One run: figures, charts, recipe, and the step to a model version."""

from collections.abc import Mapping

import streamlit as st

from core.charts import evaluation as charts
from core.records.access import Permission
from core.records.evaluation import Evaluation
from core.records.metric import metrics_of
from core.records.model import Alias, ModelVersion
from core.records.project import Project
from core.records.training import Run, TrainingSpec
from pages.shared import actions, loaders, parts, run_loaders, state
from pages.shared.context import actor, may, now, platform, theme
from pages.shared.words import ago, duration, metric_title, number, plain, sentence, short
from pages.train import adoption, preparation_choice, reproduction, run_notes, run_views, study_runs


def show(project: Project, run_id: str) -> None:
    """Draw the run."""
    run = _found(project, run_id)
    name = f"{sentence(run.estimator.replace('_', ' '))} on {run.dataset}" if run.estimator else run.name
    with parts.title(
        name or short(run.run_id),
        f"Started {ago(run.started_at, now())}",
        run.status.value,
        *(["outside"] if run.is_outside else []),
        back=(state.RUN, state.TAB),
    ):
        _next_step(project, run)
        parts.identifier(run.run_id)
    run_notes.show(project, run)
    found = loaders.evaluation(run)
    if run.tags.get("pilothouse.error"):
        st.error(plain(run.tags["pilothouse.error"]), icon=":material/error:")
    if study_runs.is_part(run):
        study_runs.show(project, run)
        _recipe(run, found)
        return
    if run.is_outside:
        adoption.show(project, run)
    if found is None:
        _logged_figures(run)
    else:
        run_views.warnings(found)
        if found.metrics:
            _figures(project, found)
            run_views.show(project, run, found)
        else:
            _figures_listed("Figures on rows it may have learned from", found.train_metrics)
    _recipe(run, found)
    reproduction.surroundings(run)
    reproduction.show(project, run)
    run_notes.comments(project, run)


def _found(project: Project, run_id: str) -> Run:
    """Return the run the address names; say so and end when it was deleted."""
    found, why = actions.outcome(lambda: loaders.run(project.name, run_id))
    if found is None:
        known = run_loaders.entries((run_id,)).get(run_id)
        if known is not None and known.project != project.name:
            parts.missing(f"This run belongs to the project {known.project}.", "runs", "Runs of this project")
        said = f"Run {short(run_id)} ({known.name}) was deleted." if known else why
        parts.missing(said, "runs", "All runs")
    return found


def _logged_figures(run: Run) -> None:
    """Show what the run says of itself, where nothing here judged it."""
    if not run.metrics:
        parts.note("This run left no evaluation.")
        return
    _figures_listed("Figures it logged; nobody here judged them", run.metrics)


def _figures_listed(heading: str, figures: Mapping[str, float]) -> None:
    parts.section(heading)
    parts.facts([(metric_title(name), number(value)) for name, value in sorted(figures.items())])


def _next_step(project: Project, run: Run) -> None:
    if run.version:
        parts.link("models", f"Open version {run.version}", version=str(run.version))
    elif run.is_outside:
        adoption.button(project, run)
    elif run.bundle_sha256 and may(Permission.TRAIN):
        st.button("Register", key="run.register", type="primary", on_click=_register, args=(project.name, run.run_id))
    if run.spec is not None and may(Permission.TRAIN):
        parts.link("train", "Clone", clone=run.run_id)
    if run.job_id:
        parts.link("jobs", "Its job", job=run.job_id)


def _registered(project: str, run_id: str) -> ModelVersion:
    """Make a version of a run, and let the gates judge it."""
    made = platform().models.register(actor(), project, run_id)
    if Alias.CHAMPION not in made.aliases:
        key = f"judge:{project}:{made.version}:registered"
        platform().gates.submit(actor(), project, made.version, key=key)
    return made


def _register(project: str, run_id: str) -> None:
    actions.act(
        lambda: _registered(project, run_id),
        lambda version: f"The run is version {version.version}.",
    )


def _figures(project: Project, found: Evaluation) -> None:
    ordered = sorted(metrics_of(project.task), key=lambda metric: metric.name != project.metric)
    with st.grid(6, min_column_width=140):
        for metric in ordered[:6]:
            if metric.name in found.metrics:
                band = found.intervals.get(metric.name)
                trained = found.train_metrics.get(metric.name)
                parts.tile(
                    metric.title,
                    number(found.metrics[metric.name]),
                    f"{number(band[0])} to {number(band[1])}" if band else None,
                    help=f"On the training rows {number(trained)}. Below: the 95 % interval.",
                )


def draw(found: Evaluation, key: str, columns: int = 2, of: str = "") -> None:
    """Draw the main pictures of an evaluation; ``of`` tells whose they are."""
    drawn = run_views.answers(found)[:3]
    if found.importances:
        drawn.append(("What it relies on", charts.importances(found, theme())))
    run_views.pictures(drawn, key, columns, of)


def _split(spec: TrainingSpec) -> str:
    split = spec.split
    by = split.time_column or split.group_column
    words = [f"{split.kind.value}{f' by {by}' if by else ''}, {split.test_size:.0%} held out"]
    words += [f"gap {split.gap}"] if split.gap else []
    words += [f"{split.folds} folds{f', {split.inner} within each' if split.inner else ''}"] if split.folds else []
    return ", ".join(words)


def _recipe(run: Run, found: Evaluation | None) -> None:
    parts.section("Where it comes from" if run.is_outside else "Recipe")
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
    spec = run.spec
    items: list[tuple[str, object] | tuple[str, object, str]] = [
        ("Estimator", (run.estimator or "").replace("_", " ")),
        ("Data", loaders.named_data(run.project, run.dataset)),
        ("Rows", f"{found.rows_train:,} to learn, {found.rows_test:,} held out" if found else None),
        ("Features", f"{len(spec.features)}" if spec else None, ", ".join(spec.features) if spec else ""),
        ("Preparation", preparation_choice.named(spec.preprocessing) if spec else None),
        ("Split", _split(spec) if spec else None),
        ("Seed", spec.seed if spec else None),
        ("Judged by", metric_title(spec.metric) if spec else None),
        parts.when("Started", run.started_at),
        ("Took", duration(took) if took is not None else None),
    ]
    if found and found.threshold is not None:
        items.append(("Threshold", f"{found.threshold:.4g}", found.threshold_reason))
    if run.is_outside:
        items = [item for item in items if item[1] not in (None, "")]
    parts.facts(items)
    values = spec.params if spec else run.params
    if not values:
        return
    with st.expander("Hyperparameters", expanded=True):
        parts.facts([(name, "none" if value is None else value) for name, value in sorted(values.items())], columns=130)
