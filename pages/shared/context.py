"""Who is looking at what: the platform, the person, the project, the theme."""

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from core.access import permissions
from core.bootstrap import build
from core.charts.template import Theme
from core.errors import SignInRequired
from core.platform import Platform
from core.records.access import LOCAL, Actor, Permission
from core.records.project import Project
from core.settings import Auth, load
from pages.shared import state

COOKIE = "pilothouse_session"


@st.cache_resource(show_spinner=False)
def platform() -> Platform:
    """Return the services of this installation, built once a process."""
    return build(load())


def cookies() -> Mapping[str, str]:
    """Return the browser's cookies as they were when the page was loaded."""
    return st.context.cookies


def actor() -> Actor:
    """Return who is acting; asked anew on each run, so that a sign-out elsewhere counts at once.

    Raises:
        SignInRequired: nobody is signed in, and someone has to be.
    """
    if platform().settings.auth is Auth.OFF:
        return LOCAL
    token = cookies().get(COOKIE)
    if token is None:
        raise SignInRequired
    return platform().access.actor_of_session(token)


def may(permission: Permission) -> bool:
    """Tell whether the person may do this; the services ask again."""
    return permissions.may(actor(), permission)


def project() -> Project | None:
    """Return the project chosen in the sidebar, or None while there is none."""
    name = st.session_state.get(state.PROJECT)
    return platform().projects.get(name) if name else None


def choose_project(name: str) -> None:
    """Show the project called ``name`` from now on, and let the address say so."""
    st.session_state[state.PROJECT] = name
    if st.query_params.get(state.PROJECT) != name:
        st.query_params[state.PROJECT] = name


def address(**params: str) -> dict[str, str]:
    """Return the parameters of a URL that shows the chosen project, with ``params`` beside it."""
    name = st.session_state.get(state.PROJECT)
    return {state.PROJECT: name, **params} if name else params


def now() -> datetime:
    """Return the present moment."""
    return platform().clock.now()


def theme() -> Theme:
    """Return the theme the browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"
