import ast
from pathlib import Path

import pytest

from tests.pages.acting import PAGES

PYTHON = sorted(path for path in PAGES.rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(PAGES)))
def test_screens_are_thin(path: Path):
    source = path.read_text(encoding="utf-8")
    limit = 300 if path.parent.name == "shared" else 200
    assert len(source.splitlines()) < limit
    tree = ast.parse(source)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert path.parent.name == "shared" or "pandas" not in imported
    assert "unsafe_allow_html" not in source
    caught = [node for node in ast.walk(tree) if isinstance(node, ast.Try)]
    assert not caught or path.parent.name == "shared" or path.name == "new_schedule.py"


def test_no_script_lies_directly_in_pages():
    assert [path.name for path in PAGES.glob("*.py")] == ["__init__.py"]
