"""From a run as MLflow has it to its entry in the index."""

from core.records.run_index import RunEntry, RunKind
from core.records.training import Run

OURS = "pilothouse."
"""How tags begin that we set for ourselves."""


def entry_of(run: Run) -> RunEntry:
    """Return the entry of a run."""
    tags = run.tags
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
    return RunEntry(
        project=run.project,
        run_id=run.run_id,
        name=run.name,
        status=run.status,
        kind=kind_of(run),
        estimator=run.estimator or run.params.get("estimator"),
        dataset=run.dataset,
        task=run.spec.task if run.spec else None,
        target=run.spec.target if run.spec else None,
        version=run.version,
        parent_id=run.parent_id,
        job_id=run.job_id,
        author=tags.get(f"{OURS}author", ""),
        note=run.note,
        started_at=run.started_at,
        finished_at=run.finished_at,
        took=took,
        params=run.params,
        metrics=run.metrics,
        tags={name: value for name, value in tags.items() if not name.startswith(OURS)},
        split_sha256=tags.get(f"{OURS}split_sha256"),
        holdout_sha256=tags.get(f"{OURS}holdout_sha256"),
    )


def kind_of(run: Run) -> RunKind:
    """Return what a run is."""
    if run.tags.get(f"{OURS}kind") == "study":
        return RunKind.STUDY
    if f"{OURS}trial" in run.tags:
        return RunKind.TRIAL
    return RunKind.OUTSIDE if run.is_outside else RunKind.TRAINING
