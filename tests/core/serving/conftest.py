from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from tests.bundles import REGRESSION, stored
from tests.core.serving.served import Client, House, house, serving

PREDICT = "/projects/churn/predict"
BATCH = "/projects/churn/predict/batch"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def served(home: Path) -> House:
    made = house(Settings(home=home, batch_rows=100))
    made.add_project()
    made.add_project("bikes", task="regression", target="value", positive=None, metric="rmse")
    made.add_project("empty")
    made.promote(3, stored(made.blobs).sha256)
    made.promote(1, stored(made.blobs, **REGRESSION).sha256, "bikes")
    return made


@pytest.fixture(scope="module")
def client(served: House) -> Iterator[Client]:
    with serving(served) as client:
        yield client
