"""The rule of drift and reports as files, by commands on real stores."""

import pytest

from tests.core.cli.test_commands import Shell, create, customers


@pytest.fixture
def shell(settings, tmp_path):
    made = Shell(settings.home, tmp_path)
    create(made)
    for name, shift in (("a.csv", 0.0), ("b.csv", 30.0)):
        made.ask("data", "add", "churn", made.file(name, customers(shift=shift)), "--dataset", "customers")
    return made


def check(shell, *more):
    return shell.ask("monitor", "churn", "--reference", "customers@1", "--current", "customers@2", *more)


def test_a_rule_is_tried_kept_and_followed(shell):
    assert shell.ask("drift-rule", "show", "churn")["number"] == 0
    windows = check(shell, "--every", "80rows", "--min-rows", "50")["windows"]
    assert [one["drifted"] for one in windows] == [True, True, True]
    high = ("--numbers", "ks_distance:0.99", "--categories", "jensenshannon:0.8")
    found = shell.ask("drift-rule", "try", "churn", "--min-rows", "50", *high)
    assert (found["windows"], found["fired"]) == (3, [])
    kept = shell.ask("drift-rule", "set", "churn", "--column", "tenure=ignore", "--fires", "2/3", "--note", "a trial")
    assert (kept["number"], kept["columns"]["tenure"]["ignored"], kept["windows"]) == (1, True, 3)
    assert check(shell)["rule"] == 1


def test_a_rule_that_cannot_be_read_is_refused_in_words(shell):
    for arguments, words in (
        (["--fires", "4"], "is no K/N"),
        (["--numbers", "psi:many"], "is no test: write TEST"),
        (["--categories", "wasserstein"], "is no test for categories"),
        (["--column", "tenure"], "is no rule of a column"),
    ):
        done = shell.run("drift-rule", "set", "churn", *arguments)
        assert (done.exit_code, words in done.output) == (2, True), done.output


def test_reports_are_written_as_files_and_compared(shell):
    first, second = check(shell), check(shell, "--min-rows", "239")
    page = shell.folder / "report.html"
    assert shell.ask("report", first["id"], "-o", page)["id"] == first["id"]
    assert "tenure" in page.read_text()
    assert "<script" not in page.read_text()
    assert shell.run("report", first["id"], "-o", shell.folder / "report.pdf").exit_code == 2
    found = shell.ask("report-compare", first["id"], second["id"])["columns"]
    assert {row["column"] for row in found} == {"tenure", "plan", "churn"}
    assert all(row["first_verdict"] == row["second_verdict"] for row in found)
