"""Fixtures every room may use."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.bootstrap import build, prepare
from core.platform import Platform
from core.settings import Settings, load, silence_telemetry

silence_telemetry()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes the installation of whoever runs it."""
    monkeypatch.setenv("PILOTHOUSE_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HOME whose databases are migrated; copy it, never write to it."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    prepare(load(home))
    return home


@pytest.fixture
def settings(prepared_home: Path, tmp_path: Path) -> Settings:
    """Settings of a fresh, prepared HOME."""
    home = tmp_path / "home"
    shutil.copytree(prepared_home, home)
    return load(home)


@pytest.fixture
def platform(settings: Settings) -> Iterator[Platform]:
    """The real platform over a fresh HOME."""
    built = build(settings)
    yield built
    built.close()
