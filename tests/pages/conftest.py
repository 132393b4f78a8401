"""The screens over a real installation: SQLite, MLflow, real services; jobs run in the test's own process."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import streamlit as st

from core.bootstrap import build
from core.platform import Platform
from core.settings import Settings, load
from pages.shared import context
from storage.snapshots import HomeSnapshots
from tests.pages.acting import grow


@pytest.fixture(autouse=True)
def _main_module_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit puts its script in the place of `__main__`, which processes started by later tests would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def grown_home(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HOME with one project carried through the loop; copy it, never write to it."""
    home = tmp_path_factory.mktemp("grown") / "home"
    shutil.copytree(prepared_home, home)
    platform = build(load(home))
    grow(platform)
    platform.close()
    return home


def copied(grown_home: Path, home: Path) -> Path:
    """Copy an installation; MLflow names artifacts by full paths, which must lead into the copy."""
    shutil.copytree(grown_home, home)
    HomeSnapshots(load(home)).adopt(home, str(grown_home), home)
    return home


@contextmanager
def seen_by_screens(home: Path) -> Iterator[Platform]:
    """The installation in ``home`` as the screens see it; caches outlive a test in one process."""
    st.cache_data.clear()
    st.cache_resource.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PILOTHOUSE_HOME", str(home))
        platform = context.platform()
    yield platform
    st.cache_data.clear()
    st.cache_resource.clear()
    platform.close()


@pytest.fixture(scope="module")
def untouched(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """An installation in which nothing was done yet; only for tests that change nothing."""
    home = tmp_path_factory.mktemp("untouched") / "home"
    shutil.copytree(prepared_home, home)
    with seen_by_screens(home) as platform:
        yield platform


@pytest.fixture(scope="module")
def viewed(grown_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """An installation with the project `phones`; only for tests that change nothing."""
    home = copied(grown_home, tmp_path_factory.mktemp("viewed") / "home")
    with seen_by_screens(home) as platform:
        yield platform


@pytest.fixture
def bare(settings: Settings) -> Iterator[Platform]:
    """An installation in which nothing was done yet."""
    with seen_by_screens(settings.home) as platform:
        yield platform


@pytest.fixture
def grown(grown_home: Path, tmp_path: Path) -> Iterator[Platform]:
    """An installation with the project `phones`."""
    home = copied(grown_home, tmp_path / "home")
    with seen_by_screens(home) as platform:
        yield platform
