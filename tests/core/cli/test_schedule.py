"""Schedules by commands: what is given is changed, what is not stays."""

import pytest

from tests.core.cli.test_commands import Shell, create, customers


@pytest.fixture
def shell(settings, tmp_path):
    made = Shell(settings.home, tmp_path)
    create(made)
    return made


def add(shell, *more):
    return shell.ask("schedule", "add", "churn", "--action", "retrain", *more)


def test_a_calendar_preset_is_said_in_words(shell):
    assert add(shell, "--weekly", "mon@06:30", "--timezone", "Europe/Berlin")["words"] == (
        "at 06:30, only on Monday (Europe/Berlin)"
    )
    assert add(shell, "--monthly", "31@23:00")["trigger"]["expression"] == "0 23 31 * *"
    assert add(shell, "--daily", "6:05")["trigger"]["expression"] == "5 6 * * *"


def test_a_schedule_is_edited_and_duplicated(shell):
    how = ("--jitter", "10m", "--at-once", "2", "--overlap", "queue", "--missed", "run-all", "--most-missed", "3")
    made = add(shell, "--every", "6h", "--name", "often", "--end", "2099-01-01T00:00", *how)
    assert made["conduct"] == {
        "missed": "run-all",
        "most_missed": 3,
        "overlap": "queue",
        "at_once": 2,
        "jitter_s": 600,
    }
    changed = shell.ask("schedule", "edit", made["id"], "--daily", "03:00", "--jitter", "0", "--end", "none")
    assert (changed["id"], changed["name"], changed["ends_at"]) == (made["id"], "often", None)
    assert changed["conduct"] == {**made["conduct"], "jitter_s": 0}
    assert changed["words"] == "at 03:00 (UTC)"
    other = shell.ask("schedule", "duplicate", made["id"], "--name", "copy", "--timezone", "Asia/Tokyo")
    assert (other["id"] != made["id"], other["name"], other["words"]) == (True, "copy", "at 03:00 (Asia/Tokyo)")
    listed = shell.run("schedule", "list", "churn").stdout
    assert "often" in listed
    assert "copy" in listed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--daily", "25:00"], "names no time of the day"),
        (["--daily", "06:00", "--every", "1h"], "exactly one of"),
        (["--every", "1h", "--jitter", "2h"], "one hour at most"),
        (["--every", "1h", "--end", "2001-01-01T00:00"], "never fire"),
        (["--every", "1h", "--start", "soon"], "is no moment"),
        (["--every", "1h", "--missed", "maybe"], "maybe"),
    ],
)
def test_what_cannot_work_ends_with_two_and_a_sentence(shell, arguments, said):
    done = shell.run("schedule", "add", "churn", "--action", "retrain", *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert shell.ask("schedule", "list") == []


def test_only_a_missed_moment_can_be_made_up_for(shell):
    made = add(shell, "--every", "1h")
    done = shell.run("schedule", "run", made["id"], "--slot", "2026-01-01T00:00")
    assert done.exit_code == 2
    assert "has no champion" in done.output


def test_what_the_action_works_on_is_chosen_and_taken_back(shell):
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    made = add(shell, "--every", "1h", "--data", "customers")
    assert made["payload"] == {"dataset": "customers"}
    assert shell.ask("schedule", "edit", made["id"], "--data", "none")["payload"] == {}
    watch = shell.ask("schedule", "add", "churn", "--action", "monitor", "--every", "1d", "--last", "7d")
    assert watch["payload"] == {"last": "7d"}
    done = shell.run("schedule", "add", "churn", "--action", "retrain", "--every", "1h", "--data", "nothing")
    assert (done.exit_code, "no dataset version" in done.output) == (2, True)


def test_what_was_served_is_measured_on_a_schedule(shell):
    made = shell.ask("schedule", "add", "churn", "--action", "monitor", "--check", "performance", "--every", "6h")
    assert made["payload"] == {"check": "performance"}
    wrong = shell.run("schedule", "add", "churn", "--action", "monitor", "--check", "dance", "--every", "6h")
    assert (wrong.exit_code, "a monitor schedule checks drift" in wrong.stderr) == (2, True)
