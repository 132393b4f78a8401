"""People and keys: who may come in, and as what."""

import streamlit as st

from core.records.access import ApiKey, Role, User
from pages.shared import actions, parts, tables
from pages.shared.context import actor, platform

USERS = {
    "name": st.column_config.TextColumn("Name", pinned=True),
    "role": st.column_config.TextColumn("Role"),
    "state": tables.states("State", ["active", "paused"]),
    "created": tables.time("Added"),
}
KEYS = {
    "name": st.column_config.TextColumn("Key", pinned=True),
    "prefix": st.column_config.TextColumn("Begins with", width="small"),
    "role": st.column_config.TextColumn("Role", width="small"),
    "state": tables.states("State", ["active", "paused"]),
    "by": st.column_config.TextColumn("By", width="small"),
    "created": tables.time("Made"),
}
ROLES = list(Role)
SECRET = "people.secret"


def show() -> None:
    """Draw users and API keys with the ways to change them."""
    access = platform().access
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        parts.section("People")
        if st.button("Add a person", key="people.new", icon=":material/person_add:"):
            _new_user()
    users = access.users(actor())
    tables.opening([_user(user) for user in users], USERS, "people.table", lambda row: _pick(users[row]))
    picked = st.session_state.get("people.picked")
    if picked in {user.name for user in users}:
        _edit(next(user for user in users if user.name == picked))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        parts.section("API keys")
        if st.button("New key", key="keys.new", icon=":material/key:"):
            _new_key()
    secret = st.session_state.pop(SECRET, None)
    if secret:
        st.success("Copy the key now: it is not shown again.", icon=":material/key:")
        parts.identifier(secret)
    _keys(access.keys(actor()))


def _user(user: User) -> tables.Row:
    return {
        "name": user.name,
        "role": user.role.value,
        "state": tables.marks("paused" if user.disabled else "active"),
        "created": user.created_at,
    }


def _pick(user: User) -> None:
    st.session_state["people.picked"] = user.name


def _edit(user: User) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        st.selectbox(f"Role of {user.name}", ROLES, index=ROLES.index(user.role), key=f"people.role.{user.name}")
        st.button("Change role", key="people.change", on_click=_change_role, args=(user.name,))
        label = "Let in again" if user.disabled else "Shut out"
        st.button(label, key="people.switch", on_click=_switch, args=(user.name, not user.disabled))


def _change_role(name: str) -> None:
    role = st.session_state[f"people.role.{name}"]
    actions.act(lambda: platform().access.set_role(actor(), name, role), f"{name} is {role.value} now.")


def _switch(name: str, disabled: bool) -> None:
    told = f"{name} is shut out." if disabled else f"{name} may sign in again."
    actions.act(lambda: platform().access.set_disabled(actor(), name, disabled), told)


def _add_user() -> None:
    given = st.session_state
    actions.act(
        lambda: platform().access.add_user(
            actor(), given["people.name"].strip(), given["people.password"], given["people.role"]
        ),
        lambda user: f"{user.name} may sign in.",
    )


@st.dialog("Add a person")
def _new_user() -> None:
    st.text_input("Name", key="people.name")
    st.text_input("Password", type="password", key="people.password", help="At least 12 characters.")
    st.selectbox("Role", ROLES, key="people.role", index=ROLES.index(Role.SCIENTIST))
    actions.close_when_done(st.button("Add", key="people.add", type="primary", on_click=_add_user, width="stretch"))


def _make_key() -> None:
    given = st.session_state
    made = actions.act(lambda: platform().access.create_key(actor(), given["keys.name"].strip(), given["keys.role"]))
    if made:
        st.session_state[SECRET] = made[1]


@st.dialog("New API key")
def _new_key() -> None:
    st.text_input("Name", key="keys.name", placeholder="shop back end")
    st.selectbox("Role", ROLES, key="keys.role", index=ROLES.index(Role.SCIENTIST))
    actions.close_when_done(st.button("Make key", key="keys.add", type="primary", on_click=_make_key, width="stretch"))


def _keys(keys: list[ApiKey]) -> None:
    rows = [
        {
            "name": key.name,
            "prefix": key.prefix,
            "role": key.role.value,
            "state": tables.marks("paused" if key.revoked_at else "active"),
            "by": key.created_by,
            "created": key.created_at,
        }
        for key in keys
    ]
    if not rows:
        parts.note("No key yet.")
        return
    tables.opening(rows, KEYS, "keys.table", lambda row: _ask_revocation(keys[row]))
    picked = next((key for key in keys if key.id == st.session_state.get("keys.picked")), None)
    if picked and not picked.revoked_at:
        st.button(f"Revoke {picked.name}", key="keys.revoke", on_click=_revoke, args=(picked.id,))


def _ask_revocation(key: ApiKey) -> None:
    st.session_state["keys.picked"] = key.id


def _revoke(id: str) -> None:
    actions.act(lambda: platform().access.revoke_key(actor(), id), "The key is revoked.")
