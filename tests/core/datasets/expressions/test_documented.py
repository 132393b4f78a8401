from pathlib import Path

import pytest

from core.datasets.expressions.checking import CALLABLE, TABLE

REFERENCE = (Path(__file__).parents[4] / "docs" / "expressions.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CALLABLE)
def test_every_function_stands_in_the_reference_as_it_is(name):
    assert f"| `{TABLE[name].signature}` | {TABLE[name].summary} |" in REFERENCE
