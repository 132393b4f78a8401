"""One alert rule, or a new one: its fields, and what it would have done on history."""

from datetime import timedelta

import streamlit as st

from core.charts import alerts as charts
from core.monitoring.alerts.content import condition_words
from core.records.access import Permission
from core.records.alert import AlertBackTest, AlertRule, AlertRuleDraft
from core.records.project import Project
from pages.monitor import alert_rule_form, alert_rules
from pages.shared import actions, parts, state, tables
from pages.shared.context import actor, may, now, platform, theme
from pages.shared.words import count, minute, number

FILLED = "alert_rule.filled"
TESTED = "alert_rule.tested"
FIRINGS = {
    "at": st.column_config.DatetimeColumn("When", format="YYYY-MM-DD HH:mm", width=140),
    "series": st.column_config.TextColumn("Of", width="small"),
    "value": st.column_config.TextColumn("Value", width="small"),
    "opens": st.column_config.CheckboxColumn("Opens", width=70),
    "why": st.column_config.TextColumn("Why", width="large"),
}


def show(project: Project, rule_id: str) -> None:
    """Draw the rule, or the form of a new one."""
    rule = None if rule_id == state.NEW else platform().alerts.rule(rule_id)
    if st.session_state.get(FILLED) != rule_id:
        st.session_state[FILLED] = rule_id
        st.session_state.pop(TESTED, None)
        alert_rule_form.fill(rule.draft if rule else alert_rule_form.START)
    heading, marks = (rule.name, (alert_rules.state_of(rule),)) if rule else ("New alert rule", ())
    said = f"Fires {condition_words(rule)}" if rule else "Test it on what is stored before it is saved"
    with parts.title(heading, said, *marks, back=(state.ALERT_RULE,)):
        if may(Permission.MANAGE_ALERTS):
            _actions(project, rule)
    left, right = parts.pair()
    with left, st.container(border=True):
        alert_rule_form.show(project)
    with right:
        _history(project)


def _actions(project: Project, rule: AlertRule | None) -> None:
    if rule is not None:
        st.button(
            "Speak again" if rule.muted_until else "Mute for a day",
            key="alert_rule.mute",
            on_click=_mute,
            args=(rule,),
            help="What it finds is muted from the start; nobody is told.",
        )
        st.button(
            "Switch off" if rule.enabled else "Switch on", key="alert_rule.switch", on_click=_switch, args=(rule,)
        )
        if st.button("Remove", key="alert_rule.remove", icon=":material/delete:"):
            actions.confirm(
                "Remove this rule",
                "What it has open is resolved; its alerts stay with their history.",
                "Remove rule",
                "alert_rule.removing",
                lambda _: _remove(rule.id),
                done="The rule is removed.",
            )
    st.button("Save rule", key="alert_rule.save", type="primary", on_click=_save, args=(project.name, rule))


def _save(project: str, rule: AlertRule | None) -> None:
    def save() -> AlertRule:
        draft = alert_rule_form.draft()
        if rule is None:
            return platform().alerts.add_rule(actor(), project, draft)
        return platform().alerts.change_rule(actor(), rule.id, draft)

    saved = actions.act(save, "The rule is saved.")
    if saved is not None:
        _leave("rules")


def _leave(tab: str) -> None:
    st.query_params.pop(state.ALERT_RULE, None)
    st.query_params[state.TAB] = tab
    st.session_state.pop(FILLED, None)


def _remove(rule_id: str) -> None:
    platform().alerts.remove_rule(actor(), rule_id)
    _leave("rules")


def _switch(rule: AlertRule) -> None:
    told = "The rule is off." if rule.enabled else "The rule is on."
    actions.act(lambda: platform().alerts.switch_rule(actor(), rule.id, enabled=not rule.enabled), told)


def _mute(rule: AlertRule) -> None:
    until = None if rule.muted_until else now() + timedelta(days=1)
    told = "What it finds rests for a day." if until else "The rule speaks again."
    actions.act(lambda: platform().alerts.mute_rule(actor(), rule.id, until), told)


def _history(project: Project) -> None:
    draft = alert_rule_form.draft()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        parts.section("On history", "What it would have done on everything that is stored")
        st.button(
            "Test on history", key="alert_rule.test", icon=":material/history:", on_click=_test, args=(project.name,)
        )
    tested = st.session_state.get(TESTED)
    if tested is None:
        parts.note("Nothing was tested yet.")
        return
    asked, found = tested
    if asked != draft:
        parts.note("The rule was changed since; test it again.")
    _found(found, asked)


def _test(project: str) -> None:
    draft = alert_rule_form.draft()
    found = actions.act(lambda: platform().alerts.backtest(project, draft))
    st.session_state[TESTED] = (draft, found) if found is not None else None


def _found(found: AlertBackTest, draft: AlertRuleDraft) -> None:
    if not found.samples or found.first_at is None or found.last_at is None:
        parts.note("Nothing of that kind is stored yet, so there is nothing to test on.")
        return
    st.info(found.sentence, icon=":material/history:")
    parts.note(
        f"Of {count(found.samples, 'stored value')} it would have fired on {found.fired:,}, opened "
        f"{count(found.opened, 'alert')} and told people {count(found.told, 'time')}; "
        f"{minute(found.first_at)} to {minute(found.last_at)} UTC"
    )
    if found.points:
        parts.chart(charts.history(found, draft.condition, theme()), key="alert_rule.history")
    if found.firings:
        rows = [
            {"at": one.at, "series": one.series, "value": number(one.value), "opens": one.opens, "why": one.why}
            for one in reversed(found.firings)
        ]
        tables.show(rows, FIRINGS, "alert_rule.firings")
