"""Retraining rules by commands."""

import pytest

from tests.core.cli.test_commands import Shell, create


@pytest.fixture
def shell(settings, tmp_path):
    made = Shell(settings.home, tmp_path)
    create(made)
    return made


def test_a_rule_is_added_edited_paused_and_removed(shell):
    how = ("--needed", "all", "--mode", "act", "--cooldown", "6h", "--quiet", "22:00-06:00", "--timezone", "Asia/Tokyo")
    made = shell.ask("rule", "add", "churn", "--when", "drift", "--when", "labels:200", *how)
    assert made["words"] == (
        "When a check finds drift and 200 new labels are known, start a retraining; at most once a day, not within 6 h "
        "of the last time, never from 22:00 to 06:00 Asia/Tokyo."
    )
    changed = shell.ask("rule", "edit", made["id"], "--mode", "suggest", "--quiet", "none", "--cooldown", "0")
    assert (changed["mode"], changed["quiet"], changed["cooldown_s"], changed["needed"]) == ("suggest", None, 0, 2)
    assert shell.ask("rule", "pause", made["id"])["enabled"] is False
    assert shell.ask("rule", "resume", made["id"])["enabled"] is True
    assert "suggest" in shell.run("rule", "list", "churn").stdout
    assert shell.ask("rule", "show", made["id"])["evaluations"] == []
    assert shell.ask("rule", "signal", "churn", "--id", "a") == {"accepted": True, "repeated": False}
    assert shell.ask("rule", "signal", "churn", "--id", "a") == {"accepted": False, "repeated": True}
    assert shell.ask("rule", "why", "churn") == shell.ask("rule", "suggestions", "churn") == []
    assert shell.ask("rule", "remove", made["id"]) == {"removed": made["id"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say what it looks for with --when"),
        (["--when", "drift", "--needed", "2"], "is not any, all or 1 to 1"),
        (["--when", "drift", "--quiet", "late"], "are no quiet hours"),
        (["--when", "rows:5"], "say which dataset"),
        (["--when", "drift", "--cooldown", "long"], "is no period"),
    ],
)
def test_what_cannot_work_ends_with_two_and_a_sentence(shell, arguments, said):
    done = shell.run("rule", "add", "churn", *arguments)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
