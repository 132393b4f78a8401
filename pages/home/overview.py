"""Overview: what needs you, and how each project stands."""

import streamlit as st

from core.records.access import Permission
from core.records.job import JobState
from core.records.project import Project
from pages.automate import suggestions
from pages.home import attention
from pages.home.standing import Standing
from pages.home.standing import standing as standing_of
from pages.shared import actions, edit_project, live, loaders, new_project, parts
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, count, metric_title, number, plain, signed

AT_WORK = (JobState.RUNNING, JobState.QUEUED)


def _load_demo() -> None:
    actions.act(lambda: platform().demo.start(actor()), lambda jobs: f"{count(len(jobs), 'demo project')} on the way.")


def _welcome() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("medium")
        st.markdown("##### Nothing here yet", text_alignment="center")
        st.markdown(
            ":gray[Start with your own table, or look around in two projects made from real data.]",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            if may(Permission.MANAGE_PROJECTS):
                st.button("Load the demo projects", key="overview.demo", type="primary", on_click=_load_demo)
                if st.button("Create a project", key="overview.create"):
                    new_project.dialog()
            else:
                parts.note("Ask someone whose role may create projects.")
        st.space("medium")


def _needs() -> None:
    items, suggested = attention.items(), attention.suggested()
    parts.section("Needs you")
    with st.container(border=True, gap="xsmall"):
        if not items and not suggested:
            st.markdown(":green[:material/check_circle:] Nothing needs you now.")
        for project, found in suggested:
            suggestions.line(project, found)
        for item in items:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                parts.badge(item.status, label=item.label)
                st.markdown(f"**{plain(item.project)}** {plain(item.sentence)}", width="stretch")
                parts.note(ago(item.at, now()))
                parts.link_to(item.project, item.screen, item.action, **item.params)


def _running() -> None:
    jobs = loaders.jobs(None, AT_WORK)
    if not jobs:
        return
    parts.section("At work")
    for job in reversed(jobs[:4]):
        live.job_panel(job.id, compact=True)
    if len(jobs) > 4:
        parts.link("jobs", f"{len(jobs) - 4} more")


def _projects(projects: list[Project]) -> None:
    parts.section("Projects")
    grid = st.grid(2, min_column_width=420)
    for project in projects:
        with grid.cell(), st.container(border=True, height="stretch", key=f"project_{project.name}", gap="small"):
            _project(project)


def _project(project: Project) -> None:
    standing = standing_of(project)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(project.name)}**", width="content")
        _badges(standing)
        st.space("stretch")
        if may(Permission.MANAGE_PROJECTS) and st.button(
            "", icon=":material/edit:", key=f"overview.edit.{project.name}", type="tertiary", help="Edit the project"
        ):
            edit_project.dialog(project)
        parts.link_to(project.name, "models", "Open")
    if project.description:
        parts.note(project.description, project.description, clip=True)
    _champion(project, standing)
    parts.facts(
        [
            ("Data", standing.data, standing.rows),
            ("Last drift check", *_moment(standing.report.created_at if standing.report else None)),
            ("Next scheduled", *_next(standing)),
        ],
        columns=150,
    )


DRIFT = {"drifted": "Drift found", "stable": "No drift", "untested": "No verdict on drift"}


def _badges(standing: Standing) -> None:
    if standing.champion is not None:
        parts.badge("champion", label=f"Champion v{standing.champion}")
    if standing.challenger is not None:
        parts.badge("challenger", label=f"Challenger v{standing.challenger}")
    if standing.report is not None:
        outcome = standing.report.outcome
        parts.badge(outcome, label=DRIFT[outcome], help=plain(standing.report.summary))


def _moment(at: object) -> tuple[str, str]:
    _, text, hover = parts.when("", at)  # type: ignore[arg-type]
    return str(text or "never"), hover


def _next(standing: Standing) -> tuple[str, str]:
    schedule = standing.schedule
    if schedule is None or schedule.next_at is None:
        return "nothing scheduled", ""
    _, text, hover = parts.when("", schedule.next_at)
    return f"{'Drift check' if schedule.action == 'monitor' else 'Retraining'} {text}", hover


def _champion(project: Project, standing: Standing) -> None:
    title = f"{metric_title(project.metric)} of the champion"
    if standing.champion is None:
        parts.tile(title, "—", "no champion yet", border=False)
        return
    change = standing.change
    delta = f"challenger {signed(change)}" if change is not None else None
    good = None if not change or not standing.is_fair else (change > 0) == standing.higher_is_better
    parts.tile(title, number(standing.metric), delta, good=good, border=False)


def render() -> None:
    """Draw the screen."""
    projects = loaders.projects()
    with parts.title("Overview", "What needs you, and how your models stand"):
        pass
    if not projects:
        _welcome()
        return
    _running()
    _needs()
    _projects(projects)


render()
