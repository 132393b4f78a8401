"""Simulations by commands: what cannot be played through is refused with the reason."""

import pytest

from core.cli.simulate import _policy
from core.records.simulation import PolicyKind, RetrainPolicy
from core.retraining_errors import CannotSimulate
from tests.core.cli.test_commands import Shell, create


def test_policies_are_read_from_text():
    assert _policy("every:4@90d") == RetrainPolicy(kind=PolicyKind.EVERY, amount=4, span="90d")
    assert _policy("drift@30d") == RetrainPolicy(kind=PolicyKind.DRIFT, span="30d")
    assert _policy("never") == RetrainPolicy(kind=PolicyKind.NEVER)
    for text in ("often", "every", "rows:many"):
        with pytest.raises(CannotSimulate, match="is no policy"):
            _policy(text)


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
