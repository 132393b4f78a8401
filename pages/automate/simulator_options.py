"""The options of a simulation: which time is played through, and which policies are compared."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

import streamlit as st

from core.records.project import Project
from core.records.simulation import PolicyKind, RetrainPolicy, SimulationRequest
from core.retraining import policies, triggers
from pages.shared import actions, parts, state
from pages.shared.context import actor, platform
from pages.shared.words import sentence

KINDS = {
    PolicyKind.NEVER: "Never",
    PolicyKind.EVERY: "Every so many checks",
    PolicyKind.PERFORMANCE: "When the performance falls (%)",
    PolicyKind.DRIFT: "When data drift",
    PolicyKind.ROWS: "At so many new rows",
}
COLUMNS = {
    "kind": st.column_config.SelectboxColumn("Retrain", options=list(KINDS.values()), required=True, width="large"),
    "amount": st.column_config.NumberColumn("How many", min_value=0.0, help="Checks, percent or rows."),
    "span": st.column_config.TextColumn("On the last", help="A window such as `90d`; all rows when empty."),
}


def ask(project: Project, proposed: SimulationRequest) -> None:
    """Open the dialog, filled with what would be played through."""
    for name, value in (
        ("since", proposed.since.date()),
        ("held_back", proposed.held_back.date()),
        ("until", proposed.until.date()),
        ("every", f"{proposed.step_s // 86_400}d" if proposed.step_s % 86_400 == 0 else f"{proposed.step_s // 3_600}h"),
    ):
        st.session_state[f"simulate.{name}"] = value
    rows = [_row(policy) for policy in proposed.policies]

    @st.dialog("Run simulation", width="large")
    def dialog() -> None:
        left, middle, right, last = st.columns(4)
        left.date_input("First check", key="simulate.since", help="The first model learns from all before it.")
        middle.date_input("Held back from", key="simulate.held_back", help="Shown, but not chosen by.")
        right.date_input("End", key="simulate.until")
        last.text_input("A check each", key="simulate.every", placeholder="7d")
        table = st.data_editor(
            rows, column_config=COLUMNS, num_rows="dynamic", key="simulate.policies", hide_index=True
        )
        found, why = actions.outcome(lambda: _request(project, proposed, table))
        if found is None:
            parts.wrong(why)
            return
        parts.note("; ".join(sentence(policies.words(policy, found.step_s)) for policy in found.policies) + ".")
        pressed = st.button(
            "Run simulation", key="simulate.run", type="primary", on_click=_submit, args=(found,), width="stretch"
        )
        actions.close_when_done(pressed)

    def _submit(request: SimulationRequest) -> None:
        job = actions.act(
            lambda: platform().simulations.submit(actor(), project.name, request), "The simulation is queued."
        )
        if job:
            st.query_params[state.JOB] = job.id

    dialog()


def _row(policy: RetrainPolicy) -> dict[str, object]:
    return {"kind": KINDS[policy.kind], "amount": policy.amount or None, "span": policy.span}


def _request(project: Project, proposed: SimulationRequest, table: Sequence[dict[str, object]]) -> SimulationRequest:
    """Return what was entered, whole and in order.

    Raises:
        CannotSimulate, InvalidSchedule: it makes no sense.
    """
    given = st.session_state
    return platform().simulations.propose(
        project.name,
        dataset=str(proposed.dataset),
        since=_moment(given["simulate.since"]),
        until=_moment(given["simulate.until"]),
        held_back=_moment(given["simulate.held_back"]),
        step_s=int(triggers.period(given["simulate.every"]).total_seconds()),
        policies=[policies.parse(_text(row)) for row in table],
    )


def _moment(day: object) -> datetime:
    return datetime.combine(day, time(), UTC)  # type: ignore[arg-type]


def _text(row: dict[str, object]) -> str:
    """Return a policy as the command line writes it."""
    kind = next((kind for kind, label in KINDS.items() if label == row.get("kind")), PolicyKind.NEVER)
    amount, window = row.get("amount"), row.get("span")
    span = window.strip() if isinstance(window, str) else ""
    text = kind.value + (f":{amount:g}" if isinstance(amount, int | float) and amount == amount else "")
    return f"{text}@{span}" if span else text
