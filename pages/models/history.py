"""Time machine: who served when and why, any moment of it, the story of each version, and the way back."""

from datetime import UTC, datetime

import streamlit as st

from core.charts import history as charts
from core.records.access import Permission
from core.records.gate import TITLES
from core.records.model import Deployment
from core.records.past import Then, Timeline
from core.records.project import Project
from pages.models import deciding, story, subjects
from pages.shared import actions, history_loaders, loaders, parts, run_loaders, state, tables, tabs, typed
from pages.shared.context import actor, may, now, platform, theme
from pages.shared.states import word
from pages.shared.words import clipped, count, exact, metric_title, minute, number

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
            marks = ("overridden",) if champion and champion.overridden else ()
            parts.section(f"{who}, {exact(then.at)}", champion.reason if champion else "", *marks)
            st.space("stretch")
            if champion is not None:
                subjects.link(f"version:{champion.version}", "Why this version?")
        if champion is not None:
            metric = then.run.metrics.get(project.metric) if then.run else None
            parts.facts([*_ground(then), (metric_title(project.metric), number(metric))])
        parts.facts(_around(then))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            for alert in then.alerts[:4]:
                subjects.link(f"alert:{alert.id}", f"Alert: {clipped(alert.title, 40)}")
            if then.report:
                subjects.link(f"report:{then.report}", "The drift check before")
    if champion is not None:
        _back(project, champion, then.at)


def _ground(then: Then) -> list[tuple[str, object] | tuple[str, object, str]]:
    """Return what the champion of then was and stood on."""
    champion = then.champion
    asks = [gate.kind for gate in then.gates.gates] if then.gates else []
    nobody = "not given" if "approval" in asks else "nobody was asked"
    return [
        ("Decided by", champion.actor if champion else None),
        ("Approved by", then.approver or nobody),
        ("Verdict", then.verdict.outcome.value.upper() if then.verdict else "none", _said(then)),
        ("Data", then.dataset),
        ("Features", count(len(then.features), "column") if then.features else None, ", ".join(then.features)),
    ]


def _around(then: Then) -> list[tuple[str, object] | tuple[str, object, str]]:
    """Return how gates, drift, alerts and traffic stood."""
    gates, traffic = then.gates, then.traffic
    titles = ", ".join(TITLES[gate.kind].lower() for gate in gates.gates) if gates else ""
    answered = "; ".join(f"{rows:,} by v{version}" for version, rows in then.answered.items())
    part = f"{traffic.mode.value} of v{traffic.version}, {traffic.share:.0%}" if traffic else "all to the champion"
    return [
        ("Gates", f"policy {gates.number}: {count(len(gates.gates), 'gate')}" if gates else None, titles),
        ("Drift", f"{word(then.drift_outcome)}" if then.report else "no check before", then.drift),
        ("Open alerts", f"{len(then.alerts)}", "; ".join(alert.title for alert in then.alerts)),
        ("Traffic", part if then.champion else "nothing served", traffic.reason if traffic else ""),
        ("Answered in the hour before", answered or "nothing, or not kept any more"),
    ]


def _said(then: Then) -> str:
    return then.verdict.summary if then.verdict else ""


def _back(project: Project, champion: Deployment, moment: datetime) -> None:
    """Offer to let the version of that moment serve again, in one click; for 15 seconds it can be undone."""
    serving = loaders.champion(project.name)
    if serving is None or serving.version == champion.version or not may(Permission.PROMOTE):
        return
    usual = f"As it was on {minute(moment)} UTC"
    if st.session_state.get("history.usual") != usual:
        st.session_state.update({"history.usual": usual, "history.reason": usual})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input("Reason, kept in the history", key="history.reason", width=420)
        st.button(
            f"Roll back to v{champion.version}",
            key="history.back",
            type="primary",
            icon=":material/history:",
            on_click=_roll_back,
            args=(project.name, champion.version, serving.version),
            help=f"Version {champion.version} serves again instead of version {serving.version}, within a second. "
            "You can undo this for 15 seconds.",
        )


def _roll_back(project: str, version: int, seen: int) -> None:
    reason = str(st.session_state.get("history.reason") or "")
    actions.act(
        lambda: platform().models.rollback(actor(), project, reason, to=version, expected=seen),
        f"Version {version} serves {project} again.",
    )


TABS = {"timeline": ("Timeline", _timeline), "story": ("Why this version?", story.show)}


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Time machine")
    run_loaders.refreshed(project.name)
    with parts.title("Time machine", "What was live when, why, and the way back"):
        pass
    deciding.undo(project)
    tabs.by_address("history.tab", TABS, project)


render()
