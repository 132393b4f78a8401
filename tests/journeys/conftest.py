"""One installation for all journeys: starting its processes takes longer than most of them."""

from collections.abc import Iterator

import pytest

from tests.installation import Installation, running


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("journey") / "home") as started:
        yield started
