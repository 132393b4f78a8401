"""The import directions of docs/architecture.md hold."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOW = next(contract for contract in CONTRACTS if contract["type"] == "layers")["layers"]
HEAVY = {"mlflow", "sklearn", "evidently", "scipy", "plotly", "streamlit", "fastapi", "matplotlib", "skops"}


def test_every_import_contract_is_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_room_of_core_has_its_place_in_the_flow() -> None:
    placed = {name.strip("() ") for layer in FLOW for name in layer.replace(":", "|").split("|")}
    rooms = [path for path in (ROOT / "core").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    missing = [path.stem for path in rooms if path.stem != "__init__" and not is_placed(f"core.{path.stem}", placed)]
    assert missing == []


def is_placed(room: str, placed: set[str]) -> bool:
    return room in placed or any(name.startswith(f"{room}.") for name in placed)


def test_the_file_that_streamlit_starts_reaches_nothing_but_screens_and_core() -> None:
    tree = ast.parse((ROOT / "app.py").read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    tops = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    assert tops <= {"core", "pages", "streamlit", "starlette"}


@pytest.mark.parametrize(
    ("module", "banned"),
    [
        ("core.cli.main", HEAVY | {"pandas", "numpy", "sqlalchemy"}),
        ("core.bootstrap", HEAVY),
        ("core.platform", HEAVY),
        ("core.jobs.worker", HEAVY),
    ],
)
def test_starting_imports_no_heavy_library(module: str, banned: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(banned & set(done.stdout.split())) == []
