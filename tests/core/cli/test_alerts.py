"""The alert commands, over reports that are stored."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from core.bootstrap import build
from core.cli.main import main
from core.settings import load
from tests.conformance.test_reports import report
from tests.core.monitoring.alerts.receivers import web_server


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--home", str(home)])


def document(result: Result) -> object:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_rule_is_tested_added_fires_and_its_alert_is_answered(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(home, "project", "create", "churn", "--task", "regression", "--target", "price")
    platform = build(load(home))
    with platform.store.write() as work:
        work.reports.add(report(drifted_columns=7, tested_columns=10))
        work.commit()
    platform.close()
    asked = ("--watch", "drift_share", "--above", "0.5")
    told = run(home, "alert", "backtest", "churn", *asked).stdout
    assert told.startswith("This rule would have fired once")
    assert told.split("\n")[1].startswith(
        "Of 1 stored values it would have fired on 1, opened 1 alerts and told people 1 times."
    )
    wrong = run(home, "alert", "add", "churn", "--name", "Much drift", "--watch", "drift_share")
    assert (wrong.exit_code, wrong.stderr.strip()) == (
        2,
        "Error: Say when a value is bad by one of --above, --below and --hours.",
    )
    rule = document(run(home, "alert", "add", "churn", "--name", "Much drift", *asked, "--cooldown", "2d", "--json"))
    assert (rule["cooldown_s"], rule["condition"]["limit"]) == (172_800, 0.5)
    (alert,) = document(run(home, "alert", "evaluate", "churn", "--json"))
    assert (alert["state"], alert["value"]) == ("open", 0.7)
    assert "acknowledged: Much drift" in run(home, "alert", "ack", alert["id"], "--note", "looking").stdout
    assert run(home, "alert", "ack", alert["id"]).exit_code == 2
    document(run(home, "alert", "mute", alert["id"], "--for", "2h", "--json"))
    assert run(home, "alert", "mute", alert["id"], "--for", "soon").stderr.strip() == (
        "Error: 'soon' is no time: write 30m, 6h or 2d."
    )
    document(run(home, "alert", "resolve", alert["id"], "--json"))
    shown = document(run(home, "alert", "show", alert["id"], "--json"))
    assert [step["after"] for step in shown["history"]] == ["open", "acknowledged", "muted", "resolved"]
    assert run(home, "alert", "list", "churn").stdout.strip() == "Nothing is open."
    edited = document(run(home, "alert", "edit", rule["id"], "--severity", "critical", "--json"))
    assert (edited["severity"], edited["condition"], edited["name"]) == ("critical", rule["condition"], "Much drift")
    document(run(home, "alert", "switch", rule["id"], "off", "--json"))
    document(run(home, "alert", "remove", rule["id"], "--json"))
    assert document(run(home, "alert", "rules", "churn", "--json")) == []
    assert len(document(run(home, "alert", "list", "churn", "--all", "--json"))) == 1


def test_a_channel_is_added_tried_out_switched_and_removed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(home, "project", "create", "churn", "--task", "regression", "--target", "price")
    with web_server() as web:
        asked = ("--name", "hook", "--kind", "webhook", "--address", web.url)
        made = document(run(home, "alert", "add-channel", "churn", *asked, "--least", "warning", "--json"))
        assert (made["least"], made["enabled"]) == ("warning", True)
        assert run(home, "alert", "test-channel", made["id"]).exit_code == 0
        assert json.loads(web.bodies[0])["event"] == "alert.test"
    off = run(home, "alert", "test-channel", made["id"])
    assert (off.exit_code, "Connection refused" in off.stderr) == (3, True)
    refused = run(home, "alert", "add-channel", "churn", *asked[:4], "--address", "http://a:b@127.0.0.1/")
    assert (refused.exit_code, "a password stands in the address" in refused.stderr) == (2, True)
    assert run(home, "alert", "add-channel", "churn", "--name", "hook").exit_code == 2
    changed = document(run(home, "alert", "edit-channel", made["id"], "--no-resolved", "--json"))
    assert (changed["tells_resolved"], changed["address"]) == (False, web.url)
    assert document(run(home, "alert", "switch-channel", made["id"], "off", "--json"))["enabled"] is False
    assert run(home, "alert", "messages", "churn").stdout.strip() == "Nothing yet."
    assert run(home, "alert", "retry", "nope").exit_code == 1
    document(run(home, "alert", "remove-channel", made["id"], "--json"))
    assert document(run(home, "alert", "channels", "churn", "--json")) == []
