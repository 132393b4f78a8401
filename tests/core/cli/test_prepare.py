"""Preparations by commands."""

import pytest

from tests.core.cli.test_commands import Shell, create, customers, train

RECIPE = "steps:\n- {do: derive, name: years, expression: tenure / 12}\n- {do: bins, columns: [tenure], count: 4}\n"


@pytest.fixture
def shell(settings, tmp_path):
    return Shell(settings.home, tmp_path)


def test_a_recipe_is_set_shown_listed_and_trained_with(shell):
    create(shell)
    assert "no preparation" in shell.run("prepare", "show", "churn").output
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    saved = shell.ask("prepare", "set", "churn", shell.file("recipe.yaml", RECIPE), "--note", "years")
    assert (saved["created"], saved["version"]["number"], saved["version"]["note"]) == (True, 1, "years")
    assert shell.ask("prepare", "set", "churn", shell.folder / "recipe.yaml")["created"] is False

    shown = shell.run("prepare", "show", "churn").output
    assert "# preparation 1 of churn, by local" in shown
    again = shell.ask("prepare", "set", "churn", shell.file("shown.yaml", shown))
    assert again == {"version": saved["version"], "created": False}
    assert [version["number"] for version in shell.ask("prepare", "list", "churn")] == [1]

    by_number = train(shell, "--preparation", "1")
    run = shell.ask("run", "show", by_number["run_id"])
    assert run["spec"]["preprocessing"]["preparation"] == 1
    assert [step["do"] for step in run["spec"]["preprocessing"]["steps"]] == ["derive", "bins"]
    by_file = train(shell, "--preparation", shell.folder / "recipe.yaml")
    assert by_file["metrics"] == by_number["metrics"]
    plain = shell.ask("run", "show", train(shell, "--preparation", "none")["run_id"])
    assert plain["spec"]["preprocessing"]["steps"] == []


def test_a_recipe_that_does_not_fit_the_data_is_refused_with_its_place(shell):
    create(shell)
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    wrong = shell.file("wrong.yaml", "- {do: derive, name: x, expression: 1 + tenur}\n")
    refused = shell.run("prepare", "set", "churn", wrong)
    assert refused.exit_code == 2
    assert "Step 1 of the preparation (derive) cannot be taken: Character 5" in refused.output
    assert "Did you mean 'tenure'?" in refused.output
    assert shell.run("train", "churn", "--estimator", "ridge", "--preparation", "7").exit_code == 2
    assert shell.ask("prepare", "list", "churn") == []
