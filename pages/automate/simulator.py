"""Simulator: retraining policies played through the past, compared, and one made the plan."""

import streamlit as st

from core.charts import retraining as charts
from core.records.access import Permission
from core.records.simulation import PolicyKind, Simulation, SimulationRequest
from pages.automate import simulator_options
from pages.shared import actions, live, parts, retraining_loaders, state, tables
from pages.shared.context import actor, may, platform, theme
from pages.shared.words import metric_title, plain, sentence

MOST = 3


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Simulator")
    with parts.title("Simulator", "What retraining would have done over the past"):
        proposed, why = actions.outcome(lambda: platform().simulations.propose(project.name))
        if may(Permission.TRAIN) and st.button(
            "Run simulation", key="simulator.run", type="primary", disabled=proposed is None, help=plain(why)
        ):
            assert proposed is not None, "the button is off"  # noqa: S101
            simulator_options.ask(project, proposed)
    job_id = st.query_params.get(state.JOB)
    if job_id:
        live.job_panel(job_id)
    found = retraining_loaders.simulations(project.name)
    if not found:
        _none(proposed, why)
        return
    chosen = st.selectbox("Simulation", found, format_func=_label, key="simulator.chosen", label_visibility="collapsed")
    _show(chosen or found[0])


def _label(one: Simulation) -> str:
    return f"{one.request.dataset}, {one.request.since:%Y-%m-%d} to {one.request.until:%Y-%m-%d} ({one.id})"


def _none(request: SimulationRequest | None, why: str) -> None:
    if request is None:
        parts.empty(plain(why))
        return
    days = (request.until - request.since).days
    parts.empty(
        f"No simulation yet. It would play {len(request.policies)} policies through {days} days of "
        f"{plain(str(request.dataset))}."
    )


def _show(found: Simulation) -> None:
    st.info(plain(found.summary), icon=":material/science:")
    metric = metric_title(found.metric)
    columns = {
        "mark": tables.states("", ["recommended"], width=130),
        "policy": st.column_config.TextColumn("Policy", width="large"),
        "retrainings": tables.amount("Retrainings"),
        "alarms": tables.amount("False alarms"),
        "minutes": tables.figure("Minutes", "%.1f"),
        "value": tables.figure(metric),
        "late": tables.figure(f"{metric}, held back"),
    }
    rows = [
        {
            "mark": tables.marks("recommended") if place == found.recommended else [],
            "policy": sentence(result.words),
            "retrainings": result.retrainings,
            "alarms": result.false_alarms,
            "minutes": result.seconds / 60,
            "value": result.value,
            "late": result.held_back_value,
        }
        for place, result in enumerate(found.results)
    ]
    tables.show(rows, columns, "simulator.results")
    words = {place: sentence(result.words) for place, result in enumerate(found.results)}
    never = [place for place, result in enumerate(found.results) if result.policy.kind is PolicyKind.NEVER]
    first = list(dict.fromkeys([*never[:1], found.recommended]))
    shown = st.multiselect(
        "Compare", list(words), first, format_func=words.__getitem__, key="simulator.compare", max_selections=MOST
    )
    parts.chart(charts.simulated(found, [found.results[place] for place in shown], theme()), key="simulator.chart")
    if may(Permission.SCHEDULE):
        _adopt(found, words)


def _adopt(found: Simulation, words: dict[int, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.selectbox(
            "Policy", list(words), found.recommended, format_func=words.__getitem__, key="simulator.policy"
        )
        st.button("Make it the plan", key="simulator.adopt", on_click=_make, args=(found.id, place))


def _make(id: str, place: int) -> None:
    done = "It is the plan now, with the schedule or rule that starts it."
    actions.act(lambda: platform().simulations.adopt(actor(), id, place), done)


render()
