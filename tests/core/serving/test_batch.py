"""Scoring a whole dataset version: streamed, taken up again, kept with where it came from."""

import io
from pathlib import Path
from typing import Any

import pytest

from core.errors import NoChampion
from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL
from core.records.dataset import DatasetRef
from core.records.job import JobState
from core.records.project import Task
from core.serving import batch as module
from core.serving.batch import PROBLEM
from tests.builders import FakeClock
from tests.bundles import customers, registered
from tests.core.monitoring.house import house


@pytest.fixture
def made(tmp_path: Path) -> Platform:
    made = house(tmp_path / "home", FakeClock())
    made.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    table = customers().drop(columns="value")
    table.loc[59, "plan"] = None
    made.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(table.to_csv(index=False).encode()), "c.csv")
    registered(made.store, made.blobs, made.tracking, made.clock)
    return made


def submit(made: Platform, **more: Any) -> Any:
    return made.batch.submit(LOCAL, "churn", DatasetRef(name="customers", number=1), version=1, **more)


def test_the_answers_are_a_dataset_version_that_says_what_it_was_made_of(made: Platform) -> None:
    job = run_here(made, submit(made).id)
    assert job.state is JobState.SUCCEEDED, job.error
    kept = made.datasets.get("churn", DatasetRef(name="customers-predictions", number=1))
    assert (kept.rows, kept.note, kept.tags) == (
        60,
        "Answers of version 1 to customers@1",
        {"scored": "customers@1", "version": "1"},
    )
    frame = made.datasets.frame(kept)
    assert list(frame.columns)[:4] == ["tenure", "monthly charges", "plan", "churn"]
    answered = made.serving.predict(LOCAL, "churn", [{"tenure": 3, "monthly charges": 23.0, "plan": "gold"}], version=1)
    assert frame["prediction"][3] == answered[0].prediction
    assert frame["probability_Yes"][3] == pytest.approx(answered[0].probabilities["Yes"])
    assert frame[PROBLEM][59].startswith("plan may not be null")
    assert frame["prediction"].isna().sum() == frame[PROBLEM].notna().sum() == 1
    assert made.log.count("churn") == 0
    assert not list((made.settings.home / "batches").iterdir())


def test_an_attempt_that_ended_half_way_is_taken_up_where_it_stopped(
    made: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 20)
    scored, calls = module.scored, []

    def counted(predictor: Any, rows: Any, prefix: str) -> Any:
        calls.append(rows.num_rows)
        if len(calls) == 2:
            raise MemoryError
        return scored(predictor, rows, prefix)

    monkeypatch.setattr(module, "scored", counted)
    first = submit(made)
    assert run_here(made, first.id).state is JobState.FAILED
    [folder] = (made.settings.home / "batches").iterdir()
    again = submit(made)
    folder.rename(folder.with_name(again.id))
    assert run_here(made, again.id).state is JobState.SUCCEEDED
    assert calls == [20, 20, 20, 20]
    assert made.datasets.get("churn", DatasetRef(name="customers-predictions", number=1)).rows == 60


def test_the_same_answers_make_no_second_version(made: Platform) -> None:
    for expected in (True, False):
        job = run_here(made, submit(made, into="scores").id)
        assert job.result is not None
        assert (job.result["version"], job.result["created"]) == (1, expected)


def test_without_a_champion_a_version_has_to_be_named(made: Platform) -> None:
    with pytest.raises(NoChampion):
        made.batch.submit(LOCAL, "churn", DatasetRef(name="customers", number=1))


def test_columns_of_the_data_that_are_called_like_answers_stay_what_they_are(made: Platform) -> None:
    table = customers().drop(columns="value").head(5)
    table["prediction"], table["scored_problem"] = "mine", "also mine"
    content = io.BytesIO(table.to_csv(index=False).encode())
    data = made.datasets.add_version(LOCAL, "churn", "named", content, "n.csv").version.ref
    job = run_here(made, made.batch.submit(LOCAL, "churn", data, version=1).id)
    assert job.state is JobState.SUCCEEDED, job.error
    kept = made.datasets.get("churn", DatasetRef(name="named-predictions", number=1))
    assert kept.note == "Answers of version 1 to named@1, in scored2_prediction"
    frame = made.datasets.frame(kept)
    assert list(frame["prediction"]) == ["mine"] * 5
    assert list(frame["scored_problem"]) == ["also mine"] * 5
    assert set(frame["scored2_prediction"]) <= {"Yes", "No"}
    assert frame["scored2_probability_Yes"].between(0, 1).all()
