"""`pilothouse data diff`: what differs, in words and in JSON, and whom it reaches."""

import json

import pytest

from tests.core.cli.test_commands import Shell, create, customers, train


@pytest.fixture
def shell(settings, tmp_path):
    return Shell(settings.home, tmp_path)


def test_a_difference_reaches_the_model_trained_on_the_rows_that_changed(shell):
    create(shell)
    lines = customers().splitlines()
    old = [f"{'id' if at == 0 else at},{line}" for at, line in enumerate(lines)]
    new = [old[0], *(line.replace("month", "week") if at < 10 else line for at, line in enumerate(old[1:-2]))]
    changed = sum("month" in line for line in old[1:11])
    shell.ask("data", "add", "churn", shell.file("customers.csv", "\n".join(old)))
    train(shell)
    shell.ask("promote", "churn", 1, "--reason", "first", "--override")
    shell.ask("data", "add", "churn", shell.file("later.csv", "\n".join(new)), "--dataset", "customers")

    target = shell.folder / "rows.csv"
    found = shell.ask("data", "diff", "churn", "customers@1", "customers@2", "--export", target)
    assert (found["key"], found["added"], found["removed"], found["changed"]) == (["id"], 0, 2, changed)
    assert {column["name"]: column["changed"] for column in found["columns"]}["plan"] == changed
    assert len(found["rows"]) == changed + 2
    (run,) = found["reach"]
    touched = run["touched"]
    assert touched["changed_train"] + touched["changed_test"] == changed
    assert touched["removed_train"] + touched["removed_test"] == 2
    assert (run["version"], run["served"][0][1]) == (1, None)
    assert len(target.read_text().splitlines()) == changed + 3

    said = shell.run("data", "diff", "churn", "customers@1", "customers@2").stdout
    assert f"rows 0 added, 2 removed, {changed} changed" in said
    assert "Rows are recognised by id (proposed)." in said
    assert "Trained on customers@1:" in said


def test_what_cannot_be_compared_is_refused_with_a_reason(shell):
    create(shell)
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    for arguments, said in (
        (["customers@1", "customers@1", "--key", "plan"], "several rows of customers@1 share it"),
        (["customers@1", "customers@1", "--key", "plan", "--no-key"], "exclude each other"),
        (["customers@1", "customers@7"], "no dataset version 'customers@7'"),
        (["customers@1", "customers@1", "--export", "rows.txt"], "end 'rows.txt' in .csv or .parquet"),
    ):
        done = shell.run("data", "diff", "churn", *arguments, "--json")
        assert (done.exit_code, said in json.loads(done.stdout)["error"]["message"]) == (2, True), done.output
