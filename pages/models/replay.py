"""Replay before promote: what logged requests would have been answered by this version."""

from datetime import datetime

import streamlit as st

from core.charts import replay as charts
from core.errors import InvalidInput
from core.models.replaying.service import LEAST
from core.records.access import Permission
from core.records.job import Job, JobKind
from core.records.model import Alias, ModelVersion
from core.records.project import Project
from core.records.replay import Replay, ReplayLabels, ReplayRequest
from pages.shared import actions, decision_loaders, live, loaders, parts, tables, typed
from pages.shared.context import actor, may, now, platform, theme
from pages.shared.words import ago, clipped, count, exact, metric_title, number, signed

SEGMENTS = {
    "name": st.column_config.TextColumn("Requests where", pinned=True, width=240),
    "rows": tables.amount("Count"),
    "flips": st.column_config.NumberColumn("Flip", format="percent", width=75),
    "champion": tables.figure("Score, champion", "%.3f"),
    "challenger": tables.figure("this version", "%.3f"),
}
FAULTS = {
    "field": st.column_config.TextColumn("Input", pinned=True, width=180),
    "problem": st.column_config.TextColumn("Problem", width=200),
    "rows": tables.amount("Requests"),
}
LAST = (1_000, 10_000, 100_000)
SPAN = "span"
WAYS = {"newest": "The newest", SPAN: "Of a time span"}


def show(project: Project, version: ModelVersion) -> None:
    """Draw the newest replay of the version, the one at work, and the form that starts another."""
    champion = loaders.champion(project.name)
    found = decision_loaders.replays(project.name, version.version)
    if champion is None or (Alias.CHAMPION in version.aliases and not found):
        return
    parts.section(
        "Replay", _heading(found[0], champion.version) if found else "Logged requests, answered by this version"
    )
    job = decision_loaders.at_work(project.name, JobKind.REPLAY, version.version)
    if job is not None:
        live.job_panel(job.id, compact=True)
    elif may(Permission.MONITOR) and Alias.CHAMPION not in version.aliases:
        _form(project, version)
    if found:
        _findings(found[0])


def _heading(replay: Replay, serving: int) -> str:
    told = (
        f"{count(replay.findings.rows, 'request')} from {exact(replay.since)} to {exact(replay.until)}, against "
        f"version {replay.champion}, {ago(replay.created_at, now())} by {replay.actor}"
    )
    return told if replay.champion == serving else f"{told}; version {serving} serves since"


def _form(project: Project, version: ModelVersion) -> None:
    logged = platform().replays.logged(project.name)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox("Requests", list(WAYS), key="replay.way", format_func=WAYS.__getitem__, width=170)
        if st.session_state["replay.way"] == SPAN:
            for name, label in (("since", "From (UTC)"), ("until", "Until (UTC)")):
                st.text_input(label, key=f"replay.{name}", placeholder="2026-03-01 09:30", width=170)
        else:
            st.selectbox("How many", LAST, index=1, format_func=lambda rows: f"{rows:,}", key="replay.last", width=130)
        st.button(
            "Replay",
            key="replay.start",
            icon=":material/replay:",
            disabled=logged < LEAST,
            on_click=_start,
            args=(project.name, version.version),
        )
        few = f"; at least {LEAST} are needed" if logged < LEAST else ""
        parts.note(f"{count(logged, 'answer')} logged{few}")


def _start(project: str, version: int) -> None:
    def submit() -> Job:
        return platform().replays.submit(actor(), project, _asked(version))

    actions.act(submit, "The replay is queued.")


def _asked(version: int) -> ReplayRequest:
    """Return what the fields ask for.

    Raises:
        InvalidInput: a moment cannot be read.
    """
    if st.session_state.get("replay.way") != SPAN:
        return ReplayRequest(version=version, last=int(st.session_state.get("replay.last") or LAST[1]))
    return ReplayRequest(version=version, last=LAST[-1], since=_moment("since"), until=_moment("until"))


def _moment(name: str) -> datetime | None:
    text = str(st.session_state.get(f"replay.{name}") or "").strip()
    found = typed.moment(text)
    if text and found is None:
        raise InvalidInput(problem=f"{clipped(text, 40)} is no moment: write one such as 2026-03-01 09:30.")
    return found


def _findings(replay: Replay) -> None:
    seen = replay.findings
    parts.facts(
        [
            ("Agreement", f"{1 - seen.flip_share:.1%}"),
            ("Flips", f"{seen.flip_share:.1%}", f"95 %: {seen.low:.1%} to {seen.high:.1%}"),
            ("Score moves by", number(seen.moved), "Mean absolute change"),
            ("Shift of the scores", f"PSI {number(seen.psi)}, KS {number(seen.ks)}"),
            ("One answer", f"{number(seen.ms)} ms", f"The champion takes {number(seen.champion_ms)} ms"),
            ("Would be refused", count(seen.refused, "request")),
            *(_labels(seen.labels) if seen.labels else ()),
        ]
    )
    left, right = parts.pair()
    with left:
        parts.note("Scores of both")
        parts.chart(charts.scores(seen, theme()), key="replay.scores")
    with right:
        parts.note("Answers that flip, by direction")
        if seen.flips:
            parts.chart(charts.flips(seen, theme()), key="replay.flips")
        else:
            parts.note("No answer flips.")
    if seen.segments:
        parts.note("Where most answers flip, surest first")
        tables.show([one.model_dump() for one in seen.segments], SEGMENTS, f"replay.segments.{replay.id}")
    if seen.faults:
        parts.note("Requests the scoring API would refuse with this version")
        tables.show([one.model_dump() for one in seen.faults], FAULTS, f"replay.faults.{replay.id}")


def _labels(labels: ReplayLabels) -> list[tuple[str, object, str]]:
    title = f"{metric_title(labels.metric)} on {count(labels.rows, 'label')}"
    if labels.gain is None:
        return [(title, "too few to say", "")]
    band = "" if labels.low is None else f"95 % of the gain: {signed(labels.low)} to {signed(labels.high)}"
    return [(title, f"{number(labels.champion)} → {number(labels.challenger)}", band)]
