"""A newcomer's way through the whole loop: real Chromium, the three real processes, a table of their own."""

import random
from pathlib import Path

import pytest

from tests.installation import Installation
from tests.journeys.person import Person, person

pytestmark = pytest.mark.journey


def subscribers(path: Path, rows: int, seed: int, shift: float = 0.0) -> Path:
    """Write a churn table whose answer really depends on its columns."""
    draw = random.Random(seed)
    lines = ["tenure,monthly_charges,plan,churn"]
    for _ in range(rows):
        tenure, charges = draw.uniform(0, 72) + shift, draw.gauss(65, 20)
        plan = draw.choice(["month", "month", "year"])
        risk = 0.15 + 0.5 * (tenure < 24) + 0.2 * (plan == "month")
        lines.append(f"{tenure:.1f},{charges:.2f},{plan},{'Yes' if draw.random() < risk else 'No'}")
    path.write_text("\n".join(lines) + "\n")
    return path


def create_project(someone: Person) -> None:
    someone.open("")
    someone.sees("Load the demo projects")
    someone.picture("01-first-start")
    someone.click("overview.create")
    someone.write("new_project.name", "subscribers")
    someone.write("new_project.target", "churn")
    someone.write("new_project.positive", "Yes")
    someone.confirm("new_project.create")


def add_data(someone: Person, file: Path, name: str, version: int) -> None:
    someone.open("datasets?project=subscribers")
    someone.click("datasets.new")
    someone.upload("datasets.file", file)
    if version > 1:
        someone.part("datasets.name").locator("input").fill(name)
        someone.page.keyboard.press("Enter")
        someone.settle()
    else:
        someone.picture("02-upload")
    someone.click("datasets.upload")
    someone.job_succeeds()
    someone.sees(f"Open {name}@{version}").click()
    someone.settle()
    someone.sees("SHA-256")


def train(someone: Person, estimator: str) -> None:
    someone.open("train?project=subscribers")
    someone.choose("train.estimator", estimator)
    someone.click("train.start")
    someone.job_succeeds()


def promote(someone: Person, version: int) -> None:
    """Promote in one click, as the verdict of the gates allows; it comes by itself after the training."""
    someone.open(f"models?project=subscribers&version={version}")
    someone.click("models.promote")
    someone.sees(f"Version {version} serves now")


def override(someone: Person, version: int, reason: str) -> None:
    """Promote without a verdict that holds, with a reason."""
    someone.open(f"models?project=subscribers&version={version}")
    someone.click("models.override")
    someone.write("models.override.reason", reason)
    someone.confirm("models.override.confirm")
    someone.sees("Champion")


def wait_for_version(installation: Installation, version: int, record: dict[str, object]) -> dict[str, object]:
    for _ in range(200):
        answer = installation.post("/projects/subscribers/predict", record)
        if answer["model_version"] == version:
            return answer
    raise AssertionError(f"the API never answered with version {version}")


def test_a_newcomer_walks_the_whole_loop(installation, tmp_path):
    record: dict[str, object] = {"tenure": 3.0, "monthly_charges": 80.5, "plan": "month"}
    first = subscribers(tmp_path / "people.csv", 1500, seed=1)
    later = subscribers(tmp_path / "later.csv", 1500, seed=2, shift=30.0)

    with person(installation.ui) as someone:
        create_project(someone)
        add_data(someone, first, "people", 1)
        someone.picture("02-dataset")

        train(someone, "Logistic regression")
        someone.picture("03-training")
        train(someone, "Random forest")

        someone.open("runs?project=subscribers")
        someone.picture("04-runs")
        runs = installation.ask("runs", "subscribers")
        assert len(runs) == 2
        someone.open(f"runs?project=subscribers&compare={runs[1]['run_id']},{runs[0]['run_id']}")
        someone.sees("2 runs compared")
        someone.picture("05-comparison")

        promote(someone, 1)
        someone.picture("06-champion")
        wait_for_version(installation, 1, record)
        override(someone, 2, "more accurate")
        wait_for_version(installation, 2, record)

        someone.open("models?project=subscribers")
        someone.click("models.rollback")
        someone.write("models.rollback.reason", "support asked for it")
        someone.confirm("models.rollback.confirm")
        answer = wait_for_version(installation, 1, record)
        assert set(answer["probabilities"]) == {"No", "Yes"}
        assert [row["version"] for row in installation.ask("history", "subscribers")] == [1, 2, 1]
        someone.picture("07-rolled-back")

        someone.open("playground?project=subscribers")
        someone.click("playground.predict")
        someone.sees("curl")
        someone.picture("08-playground")

        batch = [{"tenure": float(n % 70), "monthly_charges": 60.0, "plan": "year"} for n in range(1200)]
        answers = installation.post("/projects/subscribers/predict/batch", {"records": batch})["predictions"]
        assert len(answers) == 1200

        add_data(someone, later, "people", 2)
        someone.open("drift?project=subscribers")
        someone.click("drift.new")
        someone.choose("drift.current", "people@2")
        someone.confirm("drift.run")
        someone.sees("drift", timeout=60_000)
        report = wait_for_report(installation)
        assert {c["name"]: c["verdict"] for c in report["columns"]}["tenure"] == "drifted"
        someone.open(f"drift?project=subscribers&report={report['id']}&column=tenure")
        someone.picture("09-drift")

        someone.open("retraining?project=subscribers")
        someone.click("retraining.new")
        someone.choose("schedule.action", "Retrain")
        someone.part("schedule.kind").get_by_text("Every").first.click()
        someone.settle()
        someone.write("schedule.every", "10s")
        someone.confirm("schedule.add")
        challenger = wait_for_retraining(installation)
        assert challenger["dataset"] == "people@2"
        for schedule in installation.ask("schedule", "list"):
            installation.ask("schedule", "remove", schedule["id"])
        someone.open("retraining?project=subscribers")
        someone.picture("10-retraining")

        for number, path in enumerate(("", "jobs", "models", "settings", "audit"), 11):
            someone.open(f"{path}?project=subscribers")
            someone.picture(f"{number}-{path or 'overview'}")

    document = installation.get("/health")
    assert document["model_loaded"] is True
    assert installation.ask("audit", "verify") == {"intact": True}


def wait_for_report(installation: Installation) -> dict[str, object]:
    for _ in range(60):
        found = [report for report in installation.ask("reports", "subscribers") if report["kind"] == "drift"]
        if found:
            return found[0]
    raise AssertionError("the drift check stored no report")


def wait_for_retraining(installation: Installation) -> dict[str, object]:
    for _ in range(60):
        versions = installation.ask("versions", "subscribers")
        made = [version for version in versions if version["version"] > 2 and "challenger" in version["aliases"]]
        if made:
            return made[0]
    raise AssertionError("the schedule brought no challenger")
