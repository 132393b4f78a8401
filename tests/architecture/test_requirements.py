"""The requirement lists: exact, solved together, above the floors of known flaws, and nothing in them for nothing."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTS = ("requirements", "requirements-platform", "requirements-ray", "requirements-dev")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,-]+\])?==([^\s;]+)(?: ; .+)?$")
DIRECT = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,-]+\])?==(\S+)\s+# \S.+$")
FLOORS = {
    "mlflow": (3, 17, 2),
    "streamlit": (1, 67),
    "starlette": (1, 10),
    "python-multipart": (0, 0, 34),
    "skops": (0, 16),
    "pyarrow": (14, 0, 1),
    "pysqlite3": (0, 6, 1),
}
OWN = {"core", "storage", "pages"}
INSTALLED = packages_distributions().items()
BY_NAME = {
    "fastapi-offline": "the scoring API serves the files it carries",
    "psycopg": "SQLAlchemy loads it for PostgreSQL URLs",
    "python-multipart": "Starlette loads it to read a form",
}
"""Direct dependencies that others import on our behalf."""


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (ROOT / f"{name}.txt").read_text().splitlines():
        match = PIN.match(line)
        assert match or line.startswith("# "), line
        if match:
            found.setdefault(match[1], set()).add(match[2])
    return found


def direct(name: str) -> dict[str, str]:
    lines = [line for line in (ROOT / f"{name}.in").read_text().splitlines() if line and line[0] not in "#-"]
    matches = [(line, DIRECT.match(line)) for line in lines]
    assert [line for line, match in matches if not match] == []
    return {match[1]: match[2] for _, match in matches if match}


@pytest.mark.parametrize("name", LISTS)
def test_every_direct_dependency_is_pinned_with_a_reason_and_solved_so(name: str) -> None:
    solved = pins(name)
    assert {package: version for package, version in direct(name).items() if solved.get(package) != {version}} == {}


@pytest.mark.parametrize("name", LISTS[1:])
def test_the_extras_contain_the_main_list_unchanged_so_all_fit_one_environment(name: str) -> None:
    extra = pins(name)
    assert {package: found for package, found in pins("requirements").items() if extra.get(package) != found} == {}


def test_two_extras_never_disagree_about_a_version() -> None:
    together: dict[str, set[frozenset[str]]] = {}
    for name in LISTS:
        for package, versions in pins(name).items():
            together.setdefault(package, set()).add(frozenset(versions))
    assert {package: found for package, found in together.items() if len(found) > 1} == {}


@pytest.mark.parametrize(("package", "floor"), FLOORS.items())
def test_no_version_lies_below_the_floor_of_its_known_flaws(package: str, floor: tuple[int, ...]) -> None:
    (version,) = pins("requirements")[package]
    assert tuple(int(part) for part in version.split(".")) >= floor


def test_the_main_list_names_what_is_imported_and_nothing_else() -> None:
    named = set(direct("requirements"))
    imported = {name for path in own_sources() for name in imports(path)} - sys.stdlib_module_names - OWN
    carriers = {name: {distribution.lower().replace("_", "-") for distribution in found} for name, found in INSTALLED}
    assert {name for name in imported if not carriers.get(name, set()) & named} == set()
    assert named - set(BY_NAME) - {carrier for name in imported for carrier in carriers[name]} == set()


def own_sources() -> list[Path]:
    return [ROOT / "app.py", *(path for room in ("core", "storage", "pages") for path in (ROOT / room).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
