"""Serving: who answers, how fast, and how a candidate does beside the champion."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core.charts import serving as charts
from core.records.access import Permission
from core.records.model import Deployment
from core.records.project import Project
from core.records.story import Step
from core.records.traffic import Traffic, TrafficMode
from core.serving import latencies
from core.serving.throughput import stretch
from pages.serve import change_traffic, serving_loaders, standing
from pages.shared import actions, live, loaders, parts, state, tables
from pages.shared.context import may, now, theme
from pages.shared.words import ago, number, plain

WINDOWS = {"15 minutes": timedelta(minutes=15), "1 hour": timedelta(hours=1), "1 day": timedelta(days=1),
           "7 days": timedelta(days=7)}  # fmt: skip
EVERY_S = 5.0
MODES = {TrafficMode.CANARY: "canary", TrafficMode.AB: "A/B test", TrafficMode.SHADOW: "shadow"}
COLUMNS = {
    "mode": st.column_config.TextColumn("As", width=80),
    "version": st.column_config.NumberColumn("Version", width=70),
    "share": st.column_config.NumberColumn("Share", format="percent", width=70),
    "since": tables.time("Since"),
    "actor": st.column_config.TextColumn("By", width=90),
    "reason": st.column_config.TextColumn("Why", width="medium"),
    "end": st.column_config.TextColumn("Ended", width=120),
    "end_reason": st.column_config.TextColumn("Because", width="large"),
}


def _who(champion: Deployment, given: Traffic | None) -> None:
    share = 0.0 if given is None or given.mode is TrafficMode.SHADOW else given.share
    with st.grid(2, min_column_width=330, gap="small"):
        with st.container(border=True, gap="small"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                parts.badge("champion")
                answers = f"answers {1 - share:.1%}" if share else "answers everything"
                st.markdown(f"**Version {champion.version}** {answers}")
                st.space("stretch")
                parts.link("models", "The version", version=str(champion.version))
            parts.note(f"since {ago(champion.since, now())}, by {champion.actor}: {champion.reason}", clip=True)
        if given is not None:
            with st.container(border=True, gap="small"):
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.badge(MODES[given.mode].capitalize(), color="violet")
                    st.markdown(f"**Version {given.version}** {_part(given)}")
                    st.space("stretch")
                    parts.link("models", "The version", version=str(given.version))
                parts.note(f"since {ago(given.since, now())}, by {given.actor}: {given.reason}", clip=True)


def _part(given: Traffic) -> str:
    if given.mode is TrafficMode.SHADOW:
        return f"computes {given.share:.0%} beside; nobody gets that"
    how = f"by header `{given.sticky}`" if given.sticky else "by prediction id"
    return f"answers {given.share:.1%}, {how}"


def _figures(steps: Sequence[Step], window: timedelta) -> None:
    served = [step for step in steps if step.cohort != TrafficMode.SHADOW.value]
    asked = sum(step.requests for step in served)
    failed, refused = sum(step.failed for step in served), sum(step.refused for step in served)
    buckets = [sum(counts) for counts in zip(*(step.buckets for step in served), strict=True)]
    minutes = window / timedelta(minutes=1)
    with st.grid(6, min_column_width=128, gap="small"):
        parts.tile("Requests a minute", number(asked / minutes))
        parts.tile("Rows answered", f"{sum(step.rows for step in served):,}")
        for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99")):
            found = latencies.quantile(buckets, share)
            parts.tile(f"Latency {name}", "—" if found is None else f"{found * 1000:.2f} ms")
        parts.tile(
            "Failed",
            f"{failed / asked:.2%}" if asked else "—",
            f"{failed:,} failed" if failed else None,
            good=False if failed else None,
            help=f"{refused:,} more were refused because the caller has to mend them.",
        )


def _live(project: str, window: timedelta) -> None:
    with actions.boundary():
        live.signed_in()
        steps = serving_loaders.steps(project, window)
        if not steps:
            parts.empty(
                f"Nothing was asked in this time. Ask `/projects/{plain(project)}/predict`, or try the playground.",
                screen=("playground", "Playground"),
            )
            return
        _figures(steps, window)
        end = now()
        span, minutes = (end - window, end), stretch(window) / timedelta(minutes=1)
        left, right = parts.pair()
        with left:
            parts.section("Throughput")
            parts.chart(charts.throughput(steps, minutes, span, theme()), key="serving.throughput")
        with right:
            parts.section("Latency", "Solid: 95 of 100 answers were faster; dotted: half of them")
            parts.chart(charts.latency(steps, latencies.quantile, span, theme()), key="serving.latency")


def _history(history: Sequence[Traffic]) -> None:
    if not history:
        return
    parts.section("Who took part before", "Every change of traffic, with its reason and its end")
    rows = [
        {
            "mode": MODES[one.mode],
            "version": one.version,
            "share": one.share,
            "since": one.since,
            "actor": one.actor,
            "reason": one.reason,
            "end": "takes part" if one.end is None else one.end.value,
            "end_reason": one.end_reason,
        }
        for one in history
    ]
    tables.show(rows, COLUMNS, "serving.history")


def _served(project: Project, champion: Deployment) -> None:
    given = serving_loaders.candidate(project.name)
    with parts.title("Serving", "Who answers, how fast, and how a candidate does"):
        if may(Permission.PROMOTE):
            change_traffic.buttons(project, champion, given)
    _who(champion, given)
    window = st.segmented_control(
        "Time", list(WINDOWS), default="1 hour", key=state.WINDOW, bind="query-params", label_visibility="collapsed",
        required=True,
    )  # fmt: skip
    st.fragment(_live, run_every=EVERY_S)(project.name, WINDOWS[window or "1 hour"])
    if given is not None:
        standing.show(project, given)
    _history(serving_loaders.traffic_history(project.name))


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Serving")
    champion = loaders.champion(project.name)
    if champion is None:
        with parts.title("Serving", "Who answers, how fast, and how a candidate does"):
            pass
        parts.empty(
            f"Nothing serves in {plain(project.name)} yet: promote a version first.", screen=("models", "Models")
        )
        return
    _served(project, champion)


render()
