"""Simulations by commands: what cannot be played through is refused with the reason."""

from tests.core.cli.test_commands import Shell, create


def test_plans_and_simulations_by_commands(settings, tmp_path):
    shell = Shell(settings.home, tmp_path)
    create(shell)
    changed = shell.ask(
        "plan", "set", "churn", "--trials", "20", "--probation", "0", "--trial", "canary", "--share", "5"
    )
    assert (changed["trials"], changed["share"]) == (20, 0.05)
    assert "the best of 20 trials" in shell.ask("plan", "show", "churn")["words"]
    for arguments, said in (
        (["plan", "set", "churn", "--rows", "window"], "such as 90d"),
        (["plan", "set", "churn", "--rows", "window", "--span", "9d"], "no time column"),
        (["simulate", "churn"], "has no champion"),
        (["retrain", "churn"], "has no champion"),
        (["adopt", "nope"], "no simulation nope"),
    ):
        done = shell.run(*arguments)
        assert (done.exit_code != 0, said in done.stderr) == (True, True), done.stderr
    assert shell.ask("simulations", "churn") == shell.ask("retrainings", "churn") == []
