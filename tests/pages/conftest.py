"""The screens over a real installation: SQLite, MLflow, real services; jobs run in the test's own process."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from core.bootstrap import build
from core.platform import Platform
from core.settings import load
from pages.shared import context
from tests.pages.acting import grow


@pytest.fixture(scope="session")
def grown_home(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HOME with one project carried through the loop; copy it, never write to it."""
    home = tmp_path_factory.mktemp("grown") / "home"
    shutil.copytree(prepared_home, home)
    platform = build(load(home))
    grow(platform)
    platform.close()
    return home


@pytest.fixture(autouse=True)
def _no_caches() -> Iterator[None]:
    """Caches outlive a test in one process."""
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def bare(settings: Any) -> Platform:
    """An installation in which nothing was done yet, as the screens see it."""
    assert settings.home
    return context.platform()


@pytest.fixture
def grown(grown_home: Path, tmp_path: Path) -> Platform:
    """An installation with the project `phones`, as the screens see it."""
    shutil.copytree(grown_home, tmp_path / "home", dirs_exist_ok=True)
    return context.platform()
