"""The table of settings in the README and the settings of the code are the same."""

import re
from pathlib import Path

from core.settings import Settings

README = Path(__file__).parents[2] / "README.md"
CELL = re.compile(r"^\|([^|]*`[^|]*)\|", re.MULTILINE)
NAME = re.compile(r"`(?:PILOTHOUSE_)?([A-Z][A-Z_]+)`")


def documented() -> set[str]:
    cells = CELL.findall(README.read_text(encoding="utf-8"))
    return {name for cell in cells for name in NAME.findall(cell)}


def test_every_setting_has_its_row_in_the_readme() -> None:
    assert {name.upper() for name in Settings.model_fields} - documented() == set()


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    assert documented() - {name.upper() for name in Settings.model_fields} == set()
