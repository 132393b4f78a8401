"""What runs first on every screen: page config, sign-in gate, sidebar, then the screen itself."""

from pathlib import Path

import streamlit as st

from core.errors import SignInRequired
from core.records.access import Permission
from core.records.base import clipped
from core.settings import Auth
from pages.shared import actions, alert_loaders, context, loaders, navigation, new_project, parts, state
from pages.shared.words import ago

BRAND = Path(__file__).parent / "brand"
TOASTS = """<style>
[data-testid="stToastContainer"] { top: auto; bottom: 1.5rem; pointer-events: none; }
[data-testid="stToast"] { pointer-events: none; }
[data-testid="stToast"] button { pointer-events: auto; }
</style>"""
"""Notices stand below, away from the main button at the top right, and let clicks through; no setting says so."""


def main() -> None:
    """Draw the frame and run the chosen screen."""
    st.set_page_config(page_title="Pilothouse", page_icon=str(BRAND / "icon.png"), layout="wide")
    st.html(TOASTS)
    st.logo((BRAND / f"logo-{context.theme()}.svg").read_text(), size="large")
    try:
        context.actor()
    except SignInRequired:
        _gate()
    screens = [screen for screen in navigation.SCREENS if context.may(screen.permission)]
    chosen = st.navigation([navigation.page(screen.key) for screen in screens], position="hidden")
    with st.sidebar:
        asked = _switcher()
        _menu(screens)
        _person()
    actions.tell()
    with actions.boundary():
        _worker_banner()
        if asked is not None:
            parts.missing(f"There is no project named {asked!r}. It may have been deleted.", "overview", "All projects")
        chosen.run()


def _gate() -> None:
    st.navigation([st.Page(_sign_in_again, title="Sign in", default=True)], position="hidden").run()
    st.stop()


def _sign_in_again() -> None:
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown("**You are signed out.**", text_alignment="center")
        st.markdown(":gray[Reload this page to sign in again.]", text_alignment="center")


def _switcher() -> str | None:
    """Let people choose the project; return the one the address asks for when there is none of that name."""
    names = [project.name for project in loaders.projects()]
    asked = st.query_params.get(state.PROJECT)
    unknown = clipped(asked, 63) if asked and asked not in names else None
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if not names:
            parts.note("No project yet")
        elif unknown is None:
            _choose_one_of(names, asked)
            st.selectbox(
                "Project", names, key=state.PROJECT, label_visibility="collapsed", on_change=_follow, required=True
            )
        else:
            st.session_state[state.PROJECT] = None
            hint = "Choose a project"
            st.selectbox(
                "Project", names, key=state.PROJECT, label_visibility="collapsed", on_change=_follow, placeholder=hint
            )
        if context.may(Permission.MANAGE_PROJECTS) and st.button(
            "", icon=":material/add:", key="project.new", help="New project", type="tertiary"
        ):
            new_project.dialog()
    return unknown


def _choose_one_of(names: list[str], asked: str | None) -> None:
    """Let the address decide which project is shown, else what was shown before, else the oldest project."""
    candidates = (asked, st.session_state.get(state.PROJECT), names[0])
    context.choose_project(next(name for name in candidates if name in names))


def _follow() -> None:
    """Show another project: what was open belongs to the one before."""
    st.query_params.from_dict({state.PROJECT: st.session_state[state.PROJECT]})


def _menu(screens: list[navigation.Screen]) -> None:
    sections = dict.fromkeys(screen.section for screen in screens)
    for section in sections:
        with st.container(gap="xxsmall", key=f"menu_{section.lower()}"):
            if section != "Home":
                parts.note(section)
            for screen in screens:
                if screen.section == section:
                    st.page_link(
                        navigation.page(screen.key),
                        label=_label(screen),
                        icon=f":material/{screen.icon}:",
                        width="stretch",
                        query_params=context.address(),
                    )


def _label(screen: navigation.Screen) -> str:
    """Return what a screen is called, with the number of alerts that wait for somebody."""
    chosen = context.project()
    waiting = alert_loaders.open_count(chosen.name) if chosen and screen.key == "alerts" else 0
    return f"{screen.title} :red-badge[{waiting}]" if waiting else screen.title


def _person() -> None:
    if context.platform().settings.auth is Auth.OFF:
        return
    person = context.actor()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        parts.note(f"{person.name} · {person.role.value}")
        st.button("Sign out", key="person.sign_out", type="tertiary", on_click=_sign_out)


def _sign_out() -> None:
    token = context.cookies().get(context.COOKIE, "")
    actions.act(lambda: context.platform().access.sign_out(token))


def _worker_banner() -> None:
    now = context.now()
    if loaders.alive(now):
        return
    beats = loaders.workers()
    since = f"The last one was seen {ago(max(beat.seen_at for beat in beats), now)}. " if beats else ""
    st.warning(
        f"No worker is running: jobs wait and schedules do not fire. {since}"
        "Start one with `make run` or `pilothouse worker`.",
        icon=":material/power_off:",
    )


main()
