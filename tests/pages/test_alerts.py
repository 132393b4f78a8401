"""The alert screens: the inbox and its steps, a rule tested on history, a channel tried out."""

import pytest

from core.platform import Platform
from core.records.access import LOCAL
from core.records.alert import AlertRule, AlertRuleDraft, Condition, Watched
from core.records.channel import ChannelDraft, ChannelKind
from pages.shared import navigation
from tests.core.monitoring.alerts.receivers import web_server
from tests.pages.acting import screen, sound, texts


def rule(platform: Platform, **changes: object) -> AlertRule:
    fields = {"name": "Any drift", "watched": Watched.DRIFT_SHARE, "condition": Condition(limit=0.01)}
    made = platform.alerts.add_rule(LOCAL, "phones", AlertRuleDraft.model_validate({**fields, **changes}))
    platform.alerts.evaluate("phones")
    return made


def press(at, key):
    return sound(at.button(key=key).click().run())


def test_an_alert_is_acknowledged_reopened_and_resolved(grown):
    rule(grown)
    (alert,) = grown.alerts.alerts("phones")
    at = screen("alerts", project="phones")
    assert [tab.label for tab in at.tabs] == ["Inbox (1)", "Rules", "Channels"]
    assert "Any drift" in texts(screen("overview"))
    labels = [node.label for node in at.sidebar.get("page_link")]
    assert any("Alerts" in label and "1" in label for label in labels)
    at = screen("alerts", project="phones", alert=alert.id)
    assert "Any drift" in texts(at)
    press(at, "alert.acknowledge")
    assert grown.alerts.alert(alert.id).state == "acknowledged"
    press(at, "alert.reopen")
    press(at, "alert.resolve")
    at.text_area(key="alert.resolving.reason").set_value("known")
    press(at, "alert.resolving.confirm")
    assert grown.alerts.alert(alert.id).state == "resolved"
    assert grown.alerts.history(alert.id)[-1].note == "known"
    assert "alert.acknowledge" not in {button.key for button in at.button}


def test_an_alert_is_muted_for_a_time(grown):
    rule(grown)
    (alert,) = grown.alerts.alerts("phones")
    at = screen("alerts", project="phones", alert=alert.id)
    press(at, "alert.mute")
    press(at, "alert.mute.confirm")
    muted = grown.alerts.alert(alert.id)
    assert (muted.state, muted.muted_until is not None) == ("muted", True)


def test_a_new_rule_is_tested_on_history_saved_changed_and_removed(grown):
    at = screen("alerts", project="phones")
    press(at, "alerts.new")
    assert at.query_params["alert_rule"] == "new"
    at.text_input(key="alert_rule.name").set_value("Drift").run()
    at.number_input(key="alert_rule.limit").set_value(0.01).run()
    press(at, "alert_rule.test")
    assert "fired on 1" in texts(at)
    at.number_input(key="alert_rule.limit").set_value(0.99).run()
    assert "The rule was changed since" in texts(at)
    press(at, "alert_rule.save")
    (made,) = grown.alerts.rules("phones")
    assert (made.name, made.condition.limit) == ("Drift", 0.99)
    at = screen("alerts", project="phones", alert_rule=made.id)
    sound(at.selectbox(key="alert_rule.watched").set_value(Watched.FAILED_JOBS).run())
    sound(at.selectbox(key="alert_rule.subject").set_value("train").run())
    press(at, "alert_rule.save")
    assert grown.alerts.rule(made.id).subject == "train"
    at = screen("alerts", project="phones", alert_rule=made.id)
    press(at, "alert_rule.switch")
    assert not grown.alerts.rule(made.id).enabled
    press(at, "alert_rule.remove")
    press(at, "alert_rule.removing.confirm")
    assert grown.alerts.rules("phones") == []


def test_a_rule_that_cannot_be_meant_says_why(grown):
    at = screen("alerts", project="phones", alert_rule="new")
    sound(at.selectbox(key="alert_rule.watched").set_value(Watched.COLUMN).run())
    press(at, "alert_rule.save")
    assert "needs a subject" in at.error[0].value
    assert grown.alerts.rules("phones") == []


def test_a_channel_is_made_tried_out_and_switched_off(grown):
    with web_server() as web:
        at = screen("alerts", project="phones", channel="new")
        at.text_input(key="channel.address").set_value(web.url).run()
        press(at, "channel.save")
        (made,) = grown.channels.channels("phones")
        assert made.address == web.url
        press(at, "channel.test")
        assert len(web.bodies) == 1
    press(at, "channel.test")
    assert "did not take the message" in at.error[0].value
    press(at, "channel.switch")
    assert not grown.channels.channel(made.id).enabled
    at = screen("alerts", project="phones", tab="channels")
    assert at.dataframe


@pytest.mark.parametrize("view", ["resolved", "all", "nonsense"])
def test_the_inbox_says_when_nothing_is_there(grown, view):
    at = screen("alerts", project="phones", view=view)
    assert not at.error
    assert at.session_state["alerts.shown"] == (view if view != "nonsense" else "open")


def test_channels_and_rules_of_others_are_read_only_for_viewers(grown):
    made = grown.channels.add(
        LOCAL, "phones", ChannelDraft(name="hook", kind=ChannelKind.WEBHOOK, address="http://127.0.0.1:9/")
    )
    assert navigation.BY_KEY["alerts"].section == "Monitor"
    at = screen("alerts", project="phones", channel=made.id)
    assert at.text_input(key="channel.name").value == "hook"
