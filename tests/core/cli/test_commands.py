"""The loop by commands alone, on real stores, each job run by the command itself since no worker is up."""

import json
import random

import pytest
from click.testing import CliRunner

from core.cli.main import main
from core.training import differences


class Shell:
    def __init__(self, home, folder):
        self.home = home
        self.folder = folder

    def run(self, *arguments):
        return CliRunner().invoke(main, [*map(str, arguments), "--home", str(self.home)])

    def ask(self, *arguments):
        done = self.run(*arguments, "--json")
        assert done.exit_code == 0, f"{arguments}: {done.output} {done.exception!r}"
        return json.loads(done.stdout)

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


@pytest.fixture
def shell(settings, tmp_path):
    return Shell(settings.home, tmp_path)


def customers(rows=240, seed=7, shift=0.0):
    draw = random.Random(seed)
    lines = ["tenure,plan,churn"]
    for _ in range(rows):
        tenure = draw.uniform(0, 70) + shift
        leaves = draw.random() < (0.8 if tenure < 25 else 0.15)
        lines.append(f"{tenure:.2f},{draw.choice(['month', 'year'])},{'Yes' if leaves else 'No'}")
    return "\n".join(lines) + "\n"


def create(shell):
    return shell.ask("project", "create", "churn", "--task", "binary", "--target", "churn", "--positive", "Yes")


def train(shell, *more):
    return shell.ask("train", "churn", "--estimator", "logistic_regression", "--wait", *more)


def test_the_whole_loop_runs_by_commands(shell):
    assert create(shell)["metric"] == "roc_auc"
    first = shell.ask("data", "add", "churn", shell.file("customers.csv", customers()), "--note", "spring")
    assert (first["dataset"], first["version"], first["rows"], first["columns"]) == ("customers", 1, 240, 3)

    again = shell.ask("data", "add", "churn", shell.folder / "customers.csv")
    assert (again["version"], again["created"]) == (1, False)

    run = train(shell)
    assert run["version"] == 1
    assert 0.5 < run["metrics"]["roc_auc"] <= 1.0
    other = train(shell, "--param", "C=0.01")
    assert other["version"] == 2

    difference = shell.ask("run", "diff", run["run_id"], other["run_id"])
    assert [row["name"] for row in difference["params"]] == ["C"]

    assert shell.ask("run", "show", run["run_id"][:8])["run_id"] == run["run_id"]

    without = shell.run("promote", "churn", 1)
    assert (without.exit_code, "have given no verdict" in without.stderr) == (1, True)
    verdict = shell.ask("gate", "churn", 1)
    assert (verdict["outcome"], verdict["champion"], len(verdict["gates"])) == ("promote", 0, 9)
    promoted = shell.ask("promote", "churn", 1)
    assert (promoted["version"], promoted["verdict"], promoted["overridden"]) == (1, verdict["id"], False)
    held = shell.run("gate", "churn", 2, "--json")
    assert (held.exit_code, json.loads(held.stdout)["outcome"]) == (1, "hold")
    refused = shell.run("promote", "churn", 2)
    assert (refused.exit_code, "its verdict is HOLD" in refused.stderr) == (1, True)
    assert shell.run("promote", "churn", 2, "--override").exit_code == 2
    assert shell.ask("promote", "churn", 2, "--reason", "better", "--override")["overridden"] is True
    assert [row["outcome"] for row in shell.ask("verdicts", "churn")] == ["hold", "promote"]
    assert shell.ask("undo", "churn")["version"] == 1
    shell.ask("promote", "churn", 2, "--reason", "better", "--override")
    assert shell.ask("alias", "churn") == {"move": None}
    assert shell.ask("rollback", "churn", "--reason", "worse")["version"] == 1
    divide_the_traffic(shell)
    assert [row["version"] for row in shell.ask("history", "churn")] == [1, 2, 1, 2, 1]
    then = shell.ask("history", "churn", "--at", "0m")
    assert (then["champion"]["version"], then["dataset"], then["approver"]) == (1, "customers@1", "")
    assert then["features"] == ["tenure", "plan"]
    assert "approved by" in shell.run("history", "churn", "--at", "2020-01-01").output

    scored = shell.ask("predict", "churn", "--input", shell.folder / "customers.csv", "-o", shell.folder / "out.csv")
    assert scored["rows"] == 240
    header, *rows = (shell.folder / "out.csv").read_text().splitlines()
    assert header == "row,prediction,probability_No,probability_Yes"
    assert len(rows) == 240
    shell.ask("project", "edit", "churn", "--description", "who leaves")
    kept = shell.ask("predict", "churn", "--input", shell.folder / "customers.csv", "-o", shell.folder / "out.csv",
                     "--keep", "plan")  # fmt: skip
    assert kept["rows"] == 240
    assert (shell.folder / "out.csv").read_text().startswith("row,plan,prediction,probability_No,probability_Yes\n1,")

    shell.ask("data", "add", "churn", shell.file("later.csv", customers(seed=8, shift=40)), "--dataset", "customers")
    done = shell.run("monitor", "churn", "--current", "customers@2", "--fail-on-drift", "--json")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert report["drifted"] is True
    assert {c["name"]: c["verdict"] for c in report["columns"]}["tenure"] == "drifted"

    shell.ask("data", "add", "churn", shell.file("few.csv", customers(60)))
    few = ("monitor", "churn", "--current", "few@1", "--fail-on-drift")
    assert shell.run(*few).exit_code == 3
    assert shell.ask(*few, "--min-rows", 50)["tested_columns"] == 3

    schedule = shell.ask("schedule", "add", "churn", "--action", "retrain", "--cron", "0 3 * * mon")
    assert len(schedule["next"]) == 5
    assert shell.ask("audit", "verify") == {"intact": True}


def divide_the_traffic(shell):
    alone = shell.ask("traffic", "churn")
    assert (alone["champion"], alone["candidate"]) == (1, None)
    canary = ("traffic", "churn", "--canary", 5, "--version", 2, "--max-errors", 2, "--min-answers", 50)
    assert "needs a reason" in shell.run(*canary).stderr
    assert "one of --canary" in shell.run(*canary, "--shadow", "on").stderr
    started = shell.ask(*canary, "--reason", "a few first")
    assert (started["mode"], started["version"], started["share"]) == ("canary", 2, 0.05)
    assert started["guards"] == {"minimum": 50, "errors": 0.02, "latency": 2.0, "loss": 0.0}
    assert shell.ask("traffic", "churn")["candidate"] == started
    assert "answers 5.00% (canary), divided by prediction id" in shell.run("traffic", "churn").stdout
    shell.ask("traffic", "churn", "--shadow", "on", "--version", 2, "--reason", "nobody sees it")
    assert shell.ask("traffic", "churn", "--shadow", "off", "--reason", "seen enough")["end"] == "stopped"
    assert [one["end"] for one in shell.ask("traffic", "churn", "--history")] == ["stopped", "changed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["project", "show", "nothing"], "There is no project named 'nothing'"),
        (["promote", "churn", "9", "--reason", "x"], "has no model version 9"),
        (["promote", "churn", "9"], "has no model version 9"),
        (["rollback", "churn", "--reason", "x"], "no earlier champion"),
        (["train", "churn", "--estimator", "wizard"], "no estimator 'wizard'"),
        (["data", "show", "churn", "customers@x"], "write it as name@number"),
        (["data", "show", "churn", "customers@4"], "no dataset version 'customers@4'"),
        (["run", "show", "abc"], "There is no run 'abc'"),
        (["job", "show", "abc"], "There is no job abc"),
        (["schedule", "add", "churn", "--action", "retrain", "--cron", "0 0 31 2 *"], "never"),
        (["schedule", "add", "churn", "--action", "retrain"], "exactly one of"),
        (["predict", "churn", "--input", "README.md", "-o", "x.csv"], "no champion"),
        (["monitor", "churn"], "champion"),
    ],
)
def test_bad_input_ends_with_two_and_a_sentence(shell, arguments, said):
    create(shell)
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    done = shell.run(*arguments)
    assert done.exit_code == 2, done.output
    assert said in done.stderr


def test_a_parameter_out_of_its_range_is_refused_before_a_job_is_queued(shell):
    create(shell)
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    done = shell.run("train", "churn", "--estimator", "random_forest", "--param", "n_estimators=0")
    assert done.exit_code == 2
    assert "n_estimators" in done.stderr
    assert shell.ask("job", "list") == []


def test_a_job_that_was_waited_for_and_failed_ends_with_one(shell):
    create(shell)
    shell.ask("data", "add", "churn", shell.file("c.csv", customers()), "--dataset", "customers")
    promoted = train(shell)
    shell.ask("promote", "churn", promoted["version"], "--reason", "first", "--override")
    shell.ask("data", "add", "churn", shell.file("few.csv", "other,more\n1,2\n2,3\n"), "--dataset", "few")
    done = shell.run("monitor", "churn", "--current", "few@1")
    assert done.exit_code in (1, 2)
    assert "common" in done.stderr


def test_a_user_is_added_and_shut_out(shell):
    done = shell.run("user", "add", "ann", "--role", "approver", "--password", "correct horse battery")
    assert done.exit_code == 0, done.output
    shell.ask("user", "disable", "ann")
    assert shell.ask("user", "list")[0]["disabled"] is True


def test_a_run_is_reproduced_and_the_exit_code_tells_the_answer(shell, monkeypatch):
    create(shell)
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    run = train(shell)["run_id"]
    answer = shell.ask("run", "reproduce", run)
    assert (answer["outcome"], answer["run_id"], answer["differences"]) == ("identical", run, [])

    monkeypatch.setattr(
        "core.training.reproduction.differences.answers", lambda *_: differences.Gap(0.5, "the answers")
    )
    refused = shell.run("run", "reproduce", run)
    assert refused.exit_code == 1
    assert refused.stdout.startswith("Different, although every recorded input is the same")


def test_a_model_card_is_shown_and_written(shell):
    create(shell)
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    train(shell)
    card = shell.ask("card", "churn", 1)
    assert (card["title"], card["sections"][0]["title"]) == ("churn, version 1", "What it is")
    told = shell.ask("card", "churn", 1, "-o", shell.folder / "card.html", "--write", "limits=Only *this* city.")
    page = (shell.folder / "card.html").read_text()
    assert told["file"].endswith("card.html")
    assert "Only <em>this</em> city." in page
    assert shell.run("card", "churn", 1).stdout.startswith("# churn, version 1")
    assert shell.run("card", "churn", 1, "-o", shell.folder / "card.pdf").exit_code == 2
    assert shell.run("card", "churn", 9).exit_code == 2


def test_an_own_recipe_is_added_listed_shown_and_removed(shell):
    text = (
        "from pydantic import BaseModel\nfrom sklearn.naive_bayes import GaussianNB\n"
        "class Params(BaseModel):\n    smooth: float = 1e-9\n"
        "def fit(X, y, params, seed):\n    return GaussianNB(var_smoothing=params.smooth).fit(X, y)\n"
    )
    added = shell.ask("recipe", "add", shell.file("bayes.py", text))
    assert (added["name"], [p["name"] for p in added["parameters"]]) == ("bayes", ["smooth"])
    assert [row["name"] for row in shell.ask("recipe", "list")] == ["bayes"]
    assert shell.ask("recipe", "show", "bayes")["source"] == text
    create(shell)
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    run = shell.ask("train", "churn", "--estimator", "recipe:bayes", "--param", "smooth=1e-8", "--wait")
    assert run["version"] == 1
    shell.ask("recipe", "remove", "bayes")
    assert shell.run("recipe", "show", "bayes").exit_code == 2
    assert shell.run("recipe", "add", shell.file("broken.py", "1 +")).exit_code == 2


def test_a_preview_says_how_a_file_would_be_read_and_the_same_options_overrule_it(shell):
    shell.ask("project", "create", "churn", "--task", "binary", "--target", "left")
    file = shell.file("t.csv", "day;left\n31/12/2017;Yes\n01/01/2018;No\n")
    found = shell.ask("data", "preview", "churn", file)
    assert found["columns"][0]["proposal"] == {"kind": "datetime", "date_format": "%d/%m/%Y"}
    assert shell.ask("data", "list", "churn") == []
    kinds = ("--kind", "day=datetime:%d/%m/%Y", "--kind", "left=boolean")
    shell.ask("data", "add", "churn", file, *kinds)
    shown = shell.ask("data", "show", "churn", "t@1")
    assert [column["kind"] for column in shown["columns"]] == ["datetime", "boolean"]


def test_a_project_is_deleted_only_when_that_was_confirmed(shell):
    create(shell)
    shell.ask("data", "add", "churn", shell.file("customers.csv", customers()))
    refused = shell.run("project", "delete", "churn")
    assert refused.exit_code == 2
    assert "goes with it: 1 dataset version" in refused.stderr
    assert "Nothing was deleted, neither project churn" in refused.stderr
    assert [project["name"] for project in shell.ask("project", "list")] == ["churn"]
    assert shell.ask("project", "delete", "churn", "--yes")["deleted"] == "churn"
    assert shell.ask("project", "list") == []


def test_a_project_is_edited_by_command(shell):
    create(shell)
    assert shell.ask("project", "edit", "churn", "--target", "left", "--id", "customer")["id_column"] == "customer"
    assert shell.ask("project", "edit", "churn", "--id", "")["id_column"] is None
    assert shell.run("project", "edit", "churn").exit_code == 2
