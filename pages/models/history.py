"""Time machine: who served when and why, any moment of it, the story of each version, and the way back."""

from datetime import UTC, datetime

import streamlit as st

from core.charts import history as charts
from core.records.access import Permission
from core.records.model import Deployment
from core.records.past import Then, Timeline
from core.records.project import Project
from pages.models import story, subjects
from pages.shared import actions, history_loaders, loaders, parts, run_loaders, state, tables, tabs, typed
from pages.shared.context import actor, may, now, platform, theme
from pages.shared.words import clipped, exact, metric_title, minute, number, plain

CHART = "history.chart"
KINDS = ("promotion", "rollback", "verdict", "approval", "alert", "drift", "retraining", "traffic")
COLUMNS = {
    "at": st.column_config.TextColumn("When (UTC)", width=140, pinned=True),
    "kind": tables.states("What", KINDS, 110),
    "title": st.column_config.TextColumn("Title", width="medium"),
    "detail": st.column_config.TextColumn("Why", width="large"),
    "actor": st.column_config.TextColumn("By", width="small"),
}


def _moment() -> datetime | None:
    asked = st.query_params.get(state.AT, "")
    return typed.moment(asked)


def _timeline(project: Project) -> None:
    past = history_loaders.timeline(project.name)
    if not past.happenings:
        parts.empty("Nothing happened to this project's models yet.", screen=("train", "Start a training"))
        return
    chosen = _moment()
    drawn = charts.timeline(past, metric_title(project.metric), now(), chosen, theme())
    parts.chart(drawn, key=CHART, on_select=_click)
    _field(chosen)
    _then(project, history_loaders.then(project.name, chosen or now()))
    parts.section("What happened", "A click goes to that moment")
    shown = past.happenings[:300]
    tables.opening(_rows(past), COLUMNS, "history.table", lambda row: _go(shown[row].at))


def _click() -> None:
    points = st.session_state[CHART]["selection"]["points"]
    if points:
        _go(datetime.fromisoformat(str(points[0]["x"])[:19]).replace(tzinfo=UTC))


def _go(moment: datetime) -> None:
    st.query_params[state.AT] = moment.astimezone(UTC).isoformat(timespec="microseconds")


def _field(chosen: datetime | None) -> None:
    st.session_state["history.at"] = (chosen or now()).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    st.text_input("Moment (UTC)", key="history.at", on_change=_typed, width=240, help="Such as 2026-03-01 09:30")


def _typed() -> None:
    asked = str(st.session_state["history.at"] or "").strip()
    found = typed.moment(asked)
    if found is None:
        st.session_state[state.PROBLEM] = f"{clipped(asked, 40)} is no moment: write one such as 2026-03-01 09:30."
    else:
        _go(found)


def _rows(past: Timeline) -> list[tables.Row]:
    return [
        {
            "at": minute(one.at),
            "kind": tables.marks(one.kind),
            "title": one.title,
            "detail": one.detail,
            "actor": one.actor,
        }
        for one in past.happenings[:300]
    ]


def _then(project: Project, then: Then) -> None:
    champion = then.champion
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            who = f"Version {champion.version} served" if champion else "Nothing served"
            parts.section(f"{who}, {exact(then.at)}", champion.reason if champion else "")
            st.space("stretch")
            if champion is not None:
                subjects.link(f"version:{champion.version}", "Why this version?")
                _back(project, champion)
        if champion is None:
            return
        metric = then.run.metrics.get(project.metric) if then.run else None
        traffic = then.traffic
        parts.facts(
            [
                ("Decided by", champion.actor),
                ("Approved by", then.approver or "nobody was asked"),
                (metric_title(project.metric), number(metric)),
                ("Data", then.run.dataset if then.run else None),
                ("Features", f"{len(then.features)}", ", ".join(then.features)),
                ("Gates", f"policy {then.gates.number}" if then.gates else "the built-in ones"),
                ("Verdict", then.verdict.outcome.value.upper() if then.verdict else "none", _said(then)),
                ("Drift", clipped(then.drift, 80) or "no check before", then.drift),
                ("Open alerts", f"{len(then.alerts)}", "; ".join(then.alerts)),
                ("Traffic", f"{traffic.mode.value} of v{traffic.version}" if traffic else "all to the champion"),
            ]
        )


def _said(then: Then) -> str:
    return then.verdict.summary if then.verdict else ""


def _back(project: Project, champion: Deployment) -> None:
    """Offer to let the version of that moment serve again, or to take that back."""
    serving = loaders.champion(project.name)
    if serving is None or serving.version == champion.version or not may(Permission.PROMOTE):
        return
    if st.button(f"Roll back to v{champion.version}", key="history.back", type="primary", icon=":material/history:"):
        seen = serving.version
        actions.confirm(
            f"Roll back to version {champion.version}",
            f"Version {champion.version} serves **{plain(project.name)}** again instead of version {seen}, within a "
            "second. To undo it, choose the moment before and roll back again.",
            "Roll back",
            "history.rollback",
            lambda reason: platform().models.rollback(
                actor(), project.name, reason, to=champion.version, expected=seen
            ),
            reason=True,
            done=f"Version {champion.version} serves {project.name} again.",
        )


TABS = {"timeline": ("Timeline", _timeline), "story": ("Why this version?", story.show)}


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Time machine")
    run_loaders.refreshed(project.name)
    with parts.title("Time machine", "What was live when, why, and the way back"):
        pass
    tabs.by_address("history.tab", TABS, project)


render()
