"""Data by its address on the command line, and refreshed from there."""

import sqlite3

import pytest

from tests.core.cli.test_commands import Shell


@pytest.fixture
def shell(settings, tmp_path):
    made = Shell(settings.home, tmp_path)
    made.ask("project", "create", "churn", "--task", "regression", "--target", "b")
    return made


def test_an_address_and_a_query_are_added_refreshed_and_scheduled(shell):
    file = shell.file("t.csv", "a,b\n1,2\n")
    found = shell.ask("data", "add", "churn", f"file://{file}", "--note", "n")
    assert (found["dataset"], found["origin"]) == ("t", f"file://{file}")
    assert shell.ask("data", "refresh", "churn", "t")["created"] is False
    shell.file("t.csv", "a,b\n1,2\n3,4\n")
    assert shell.ask("data", "refresh", "churn", "t")["version"] == 2
    with sqlite3.connect(shell.folder / "s.db") as database:
        database.execute("CREATE TABLE t AS SELECT 1 AS a, 2 AS b")
    database.close()
    address = f"sqlite:///{shell.folder}/s.db"
    found = shell.ask("data", "add", "churn", "--sql", "SELECT * FROM t", "--url", address, "--dataset", "sold")
    assert (found["dataset"], found["rows"]) == ("sold", 1)
    made = shell.ask("schedule", "add", "churn", "--action", "ingest", "--data", "sold", "--every", "6h")
    assert (made["action"], made["payload"]) == ("ingest", {"dataset": "sold"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["data", "add", "churn"], "give either a file, an address"),
        (["data", "add", "churn", "none.csv"], "there is no file 'none.csv'"),
        (["data", "add", "churn", "x.csv", "--url", "https://h/x.csv"], "give either a file, an address"),
        (["data", "add", "churn", "https://ann:hunter2@host/x.csv"], "a password stands in the address"),
        (["data", "add", "churn", "--url", "sqlite:////x.db"], "a database needs a query"),
        (["schedule", "add", "churn", "--action", "ingest", "--every", "1h"], "which dataset shall be refreshed"),
    ],
)
def test_what_cannot_be_fetched_ends_with_two_and_a_sentence(shell, arguments, said):
    done = shell.run(*arguments)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert "hunter2" not in done.output


def test_a_package_that_is_missing_ends_with_three(shell):
    done = shell.run("data", "add", "churn", "gs://bucket/x.csv")
    assert (done.exit_code, "pip install gcsfs" in done.output) == (3, True), done.output
