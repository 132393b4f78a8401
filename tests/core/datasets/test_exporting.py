import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.exporting import DANGEROUS, harmless, write_csv


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-2", "@x", "\tx", "\rx", "\nx", "\0x", " =x", "\uff1dx"])
def test_text_that_starts_a_formula_gets_an_apostrophe(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [-2, -2.5, None, True, "plain", "a=b", ""])
def test_numbers_and_plain_text_stay(cell):
    assert harmless(cell) == cell


@given(st.lists(st.lists(st.text(alphabet=st.characters(exclude_characters="\r\n")), min_size=2, max_size=2)))
def test_no_cell_of_an_export_starts_a_formula(rows):
    target = io.StringIO()
    write_csv(target, ["=a", "b"], rows)
    for row in csv.reader(io.StringIO(target.getvalue())):
        assert not any(cell.lstrip(" ").startswith(DANGEROUS) for cell in row)
