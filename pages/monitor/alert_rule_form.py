"""The fields of an alert rule: what is watched, when it is bad, and who is told."""

import streamlit as st

from core.monitoring.alerts.checking import QUANTILES
from core.monitoring.alerts.content import NAMES
from core.monitoring.alerts.samples import EACH, KNOWN
from core.records.alert import AlertRuleDraft, Condition, ConditionKind, Direction, Severity, Watched
from core.records.job import JobKind
from core.records.metric import METRICS, metrics_of
from core.records.project import Project
from pages.shared import alert_loaders, loaders
from pages.shared.words import sentence

JUDGED = {
    ConditionKind.THRESHOLD: "Against a limit",
    ConditionKind.CHANGE: "Against the values before (share)",
    ConditionKind.ZSCORE: "Against the values before (standard deviations)",
    ConditionKind.ABSENCE: "When nothing comes",
}
LIMIT = {
    ConditionKind.THRESHOLD: "Limit",
    ConditionKind.CHANGE: "Change, as a share",
    ConditionKind.ZSCORE: "Standard deviations",
    ConditionKind.ABSENCE: "Hours",
}
TRAFFIC = (Watched.LATENCY, Watched.ERRORS, Watched.REQUESTS, Watched.CORES, Watched.MEMORY)
START = AlertRuleDraft(name="Much drift", watched=Watched.DRIFT_SHARE, condition=Condition(limit=0.5))


def fill(rule: AlertRuleDraft) -> None:
    """Put a rule into the fields; call it before they are drawn."""
    condition = rule.condition
    values: dict[str, object] = {
        "name": rule.name,
        "watched": rule.watched,
        "subject": rule.subject or None,
        "severity": rule.severity,
        "owner": rule.owner,
        "window": rule.window_s / 60,
        "cooldown": rule.cooldown_s / 3600,
        "channels": list(rule.channels),
        "kind": condition.kind,
        "direction": condition.direction,
        "limit": condition.limit,
        "earlier": condition.earlier,
        "times": condition.times,
        "of": condition.of,
        "least": condition.least,
    }
    for name, value in values.items():
        st.session_state[_key(name)] = value


def show(project: Project) -> None:
    """Draw the fields."""
    st.text_input("Name", key=_key("name"), max_chars=80)
    left, right = st.columns(2)
    with left:
        watched = st.selectbox("What is watched", KNOWN, format_func=_watched, key=_key("watched"))
    with right:
        _subject(project, watched)
    left, middle, right = st.columns([3, 2, 3])
    kind = left.selectbox("How it is judged", list(JUDGED), format_func=JUDGED.__getitem__, key=_key("kind"))
    is_absence = kind is ConditionKind.ABSENCE
    middle.selectbox("Bad when", list(Direction), format_func=sentence, key=_key("direction"), disabled=is_absence)
    right.number_input(LIMIT[kind], key=_key("limit"), value=None, format="%.6g", step=0.05)
    left, right = st.columns(2)
    left.selectbox("Severity", list(Severity), format_func=sentence, key=_key("severity"))
    right.text_input("Owner", key=_key("owner"), placeholder="Who is to look", max_chars=80)
    with st.expander("More"):
        _more(project, watched, kind)


def draft() -> AlertRuleDraft:
    """Return what stands in the fields."""
    given = {name: st.session_state.get(_key(name)) for name in ("earlier", "times", "of", "least")}
    return AlertRuleDraft(
        name=str(st.session_state.get(_key("name")) or "").strip() or "Rule without a name",
        watched=st.session_state.get(_key("watched"), Watched.DRIFT_SHARE),
        subject=str(st.session_state.get(_key("subject")) or ""),
        condition=Condition(
            kind=st.session_state.get(_key("kind"), ConditionKind.THRESHOLD),
            direction=st.session_state.get(_key("direction"), Direction.ABOVE),
            limit=float(st.session_state.get(_key("limit")) or 0.0),
            **{name: int(value) for name, value in given.items() if value is not None},
        ),
        severity=st.session_state.get(_key("severity"), Severity.WARNING),
        window_s=round(60 * float(st.session_state.get(_key("window")) or 60)),
        cooldown_s=round(3600 * float(st.session_state.get(_key("cooldown")) or 0)),
        owner=str(st.session_state.get(_key("owner")) or "").strip(),
        channels=tuple(st.session_state.get(_key("channels")) or ()),
    )


def _subject(project: Project, watched: Watched) -> None:
    options: list[str] = []
    label, free = "Of what", False
    if watched is Watched.COLUMN:
        columns = next((version.columns for version in loaders.datasets(project.name)), ())
        options = [EACH, *(column.name for column in columns)]
    elif watched in (Watched.PERFORMANCE, Watched.ESTIMATE):
        options = [metric.name for metric in metrics_of(project.task)]
    elif watched is Watched.LATENCY:
        options = list(QUANTILES)
    elif watched is Watched.FAILED_JOBS:
        options = [kind.value for kind in JobKind]
    elif watched is Watched.FIGURE:
        options, label, free = alert_loaders.figures(project.name), "Kind and name, as quality:nulls", True
    said = st.session_state.get(_key("subject"))
    if said not in options and not free:
        st.session_state[_key("subject")] = None
    if free and said and said not in options:
        options = [said, *options]
    st.selectbox(
        label,
        options,
        format_func=_called,
        key=_key("subject"),
        placeholder="all" if options else "nothing to choose",
        disabled=not options and not free,
        accept_new_options=free,
    )


def _called(subject: str) -> str:
    return "Each column" if subject == EACH else METRICS[subject].title if subject in METRICS else subject


def _more(project: Project, watched: Watched, kind: ConditionKind) -> None:
    left, middle, right = st.columns(3)
    left.number_input("Fires when", 1, 30, key=_key("times"), help="So many of the last values must be bad.")
    middle.number_input("of the last values", 1, 30, key=_key("of"))
    right.number_input("Least rows", 0, key=_key("least"), help="Values of fewer rows say nothing.")
    left, middle, right = st.columns(3)
    compares = kind in (ConditionKind.CHANGE, ConditionKind.ZSCORE)
    left.number_input("Values before", 3, 100, key=_key("earlier"), disabled=not compares)
    counts = watched in (*TRAFFIC, Watched.FAILED_JOBS)
    middle.number_input(
        "Over minutes", 1.0, 44_640.0, key=_key("window"), disabled=not counts, help="The time figures are taken over."
    )
    right.number_input(
        "Quiet hours", 0.0, 744.0, key=_key("cooldown"), help="For so long nobody is told twice of one cause."
    )
    names = {channel.id: channel.name for channel in alert_loaders.channels(project.name)}
    st.multiselect(
        "Channels",
        list(names),
        format_func=lambda one: names.get(one, "gone"),
        key=_key("channels"),
        placeholder="every channel of the project",
    )


def _watched(watched: Watched) -> str:
    return sentence(NAMES[watched])


def _key(name: str) -> str:
    return f"alert_rule.{name}"
