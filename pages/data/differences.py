"""What differs between a dataset version and another: counts, columns, rows, and the models that it reaches."""

import streamlit as st

from core.records.dataset import DatasetRef, DatasetVersion
from core.records.difference import Difference, DifferenceRequest
from core.records.job import JobKind
from core.records.project import Project
from pages.data import difference_columns, difference_rows, reach
from pages.shared import actions, live, loaders, parts, state
from pages.shared.context import actor, platform
from pages.shared.words import number, plain

OTHER, KEY, WHOLE, TOLERANCE = (f"differences.{name}" for name in ("other", "key", "whole", "tolerance"))


def show(project: Project, version: DatasetVersion) -> None:
    """Show the difference to the version that the address names, by default the one this version follows."""
    others = [other for other in loaders.datasets(project.name) if other.ref != version.ref]
    if not others:
        parts.empty("There is no other version to compare with. Upload a newer file under the same name.")
        return
    request = _asked(version, others)
    found = _found(project, request)
    if found is None:
        return
    _counts(found)
    _schema(found)
    difference_columns.show(found)
    difference_rows.show(found)
    reach.show(found)


def _asked(version: DatasetVersion, others: list[DatasetVersion]) -> DifferenceRequest:
    """Draw what is compared with what, and by which key; the older of two versions of a dataset comes first."""
    refs = [str(other.ref) for other in _ordered(version, others)]
    asked = st.query_params.get(state.WITH, "")
    asked = f"{version.dataset}@{asked}" if asked.isdecimal() else asked
    st.session_state[OTHER] = asked if asked in refs else refs[0]
    grid = st.grid(4, min_column_width=200, gap="small")
    with grid.cell():
        chosen = st.selectbox("Compare with", refs, key=OTHER, on_change=_follow, required=True)
    other = next(item for item in others if str(item.ref) == chosen)
    common = [column.name for column in version.columns if other.column(column.name)]
    with grid.cell():
        whole = st.toggle("Whole rows, without a key", key=WHOLE)
    with grid.cell():
        key = st.multiselect("Key", common, key=KEY, placeholder="Proposed", disabled=whole)
    with grid.cell():
        tolerance = st.number_input("Numbers as near count as equal", min_value=0.0, key=TOLERANCE, format="%g")
    is_older = (other.dataset, other.number) < (version.dataset, version.number) or other.dataset != version.dataset
    before, after = (other, version) if is_older else (version, other)
    return DifferenceRequest(
        before=before.ref,
        after=after.ref,
        key=() if whole else tuple(key) or None,
        tolerance=0.0 if whole else float(tolerance or 0.0),
    )


def _ordered(version: DatasetVersion, others: list[DatasetVersion]) -> list[DatasetVersion]:
    """Return the other versions: the parent first, then those of the dataset, newest first, then all others."""
    parent = DatasetRef(name=version.dataset, number=version.parent) if version.parent else None
    return sorted(others, key=lambda item: (item.ref != parent, item.dataset != version.dataset, -item.number))


def _follow() -> None:
    """Let the address say what is compared with; a column or page of another comparison means nothing here."""
    st.query_params[state.WITH] = st.session_state[OTHER]
    for param in (state.COLUMN, state.PAGE, state.JOB):
        st.query_params.pop(param, None)


def _found(project: Project, request: DifferenceRequest) -> Difference | None:
    """Return the difference: kept, found while one waits, or by a job that is offered and then watched."""
    service = platform().differences
    found = None
    with actions.boundary():
        found = service.find(project.name, request)
        if found is None and service.is_small(project.name, request):
            with st.spinner("Comparing"):
                found = service.compute(actor(), project.name, request)
        elif found is None:
            _as_job(project, request)
    return found


def _as_job(project: Project, request: DifferenceRequest) -> None:
    def submit() -> str:
        job = platform().queue.submit(
            actor(),
            kind=JobKind.DIFF,
            project=project.name,
            title=f"Compare {request.before} with {request.after}",
            payload=request.model_dump(mode="json"),
        )
        return job.id

    def pressed() -> None:
        job_id = actions.act(submit)
        if job_id:
            st.query_params[state.JOB] = job_id

    job_id = st.query_params.get(state.JOB)
    if job_id and platform().queue.get(job_id).payload == request.model_dump(mode="json"):
        live.job_panel(job_id)
    else:
        sentence = "These versions are large: the comparison runs as a job, and its result is kept."
        parts.empty(sentence, [("Compare", "differences.compare", pressed)])


def _counts(found: Difference) -> None:
    tiles = st.grid(4, min_column_width=116, gap="small")
    for label, count, whole in (
        ("Rows added", found.added, found.rows_after),
        ("Rows removed", found.removed, found.rows_before),
        ("Rows changed", found.changed, found.rows_before),
        ("Rows unchanged", found.unchanged, found.rows_before),
    ):
        with tiles.cell():
            parts.tile(label, f"{count:,}", f"{count / whole:.1%}" if whole else None)
    parts.note(_key(found))


def _key(found: Difference) -> str:
    pair = f"From {found.before} ({found.rows_before:,} rows) to {found.after} ({found.rows_after:,} rows)."
    if not found.key:
        reason = "no column tells all rows apart" if found.is_key_proposed else "as asked"
        return f"{pair} Whole rows are compared as a multiset, {reason}: a row that changed is one removed, one added."
    near = f"; numbers within {number(found.tolerance)} count as equal" if found.tolerance else ""
    how = " (proposed)" if found.is_key_proposed else ""
    return f"{pair} Rows are recognised by {', '.join(found.key)}{how}{near}."


def _schema(found: Difference) -> None:
    if not found.schema_changes:
        return
    parts.section("Columns added, removed or of another kind")
    for change in found.schema_changes:
        kind = "added" if change.before is None else "removed" if change.after is None else "changed"
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            parts.badge(kind)
            said = f"{change.before.value} to {change.after.value}" if change.before and change.after else ""
            st.markdown(f"**{plain(change.name)}** {said or (change.after or change.before or '')}", width="content")
