"""A run of a notebook on the screens: marked, explained, adopted from its page."""

import mlflow
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from skops.io import dumps, get_untrusted_types

from core.records.access import LOCAL
from core.records.job import JobKind
from tests.pages.acting import screen, sound, table, texts, work_off


@pytest.fixture
def notebook(grown):
    """Two runs of a notebook: one whose model can be read, one that logged figures only."""
    import io

    rows = pd.read_csv(io.BytesIO(table()))
    model = LogisticRegression(max_iter=500).fit(rows[["minutes", "calls"]], rows["left"])
    mlflow.set_tracking_uri(grown.settings.mlflow_tracking_uri)
    mlflow.set_experiment("phones")
    with mlflow.start_run(run_name="by hand") as run:
        trusted = get_untrusted_types(data=dumps(model))
        mlflow.sklearn.log_model(
            model,
            name="model",
            serialization_format="skops",
            skops_trusted_types=trusted,
            pip_requirements=["scikit-learn"],
        )
    with mlflow.start_run(run_name="only figures") as bare:
        mlflow.log_metric("accuracy", 0.9)
    mlflow.set_tracking_uri(None)
    return run.info.run_id, bare.info.run_id


def test_a_notebooks_run_is_marked_explained_and_adopted_from_its_page(grown, notebook):
    run_id, bare = notebook
    at = screen("runs", run=bare)
    assert "cannot be adopted: no model was logged with it" in at.info[0].value
    assert "Figures it logged; nobody here judged them" in texts(at)
    assert "run.adopt" not in [button.key for button in at.button]

    at = screen("runs", run=run_id)
    assert ":violet-badge[Outside]" in texts(at)
    sound(at.button(key="run.adopt").click().run())
    at.selectbox(key="adopt.data").set_value("customers@1")
    at.number_input(key="adopt.seed").set_value(7)
    sound(at.button(key="adopt.confirm").click().run())
    (job,) = grown.queue.find(kinds=(JobKind.ADOPT,))
    assert job.payload["held_out"] == "split"
    assert (job.payload["dataset"]["number"], job.payload["seed"], at.query_params["job"]) == (1, 7, job.id)

    (done,) = work_off(grown)
    at = screen("runs", run=run_id)
    assert f"made version {done.result['version']}" in texts(at)
    assert "LogisticRegression on customers@1" in texts(at)
    grown.models.promote(LOCAL, "phones", done.result["version"], "by hand", override=True)
    at = screen("models", version=str(done.result["version"]))
    assert "LogisticRegression" in texts(at)
