"""Evidently's page: what a hostile table can put into it."""

import pandas as pd
import pytest

from core.errors import NothingToCompare
from core.monitoring import evidently_page

NASTY = "</script><script>alert(1)</script>"


def test_names_and_values_cannot_end_its_scripts():
    side = pd.DataFrame({NASTY: [1.0, 2.0, 3.0] * 40, "word": ["a", NASTY, "<img src=x onerror=alert(2)>"] * 40})
    page = evidently_page.page(side, side, [NASTY], ["word"])
    assert "alert(1)" in page, "the name is shown, as text"
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    tame = evidently_page.page(*[side.set_axis(["x", "word"], axis=1).assign(word="a")] * 2, ["x"], ["word"])
    assert page.count("</script>") == tame.count("</script>")
    assert "default-src 'none'" in page


def test_too_many_rows_are_refused():
    many = pd.DataFrame({"x": range(evidently_page.MOST)})
    with pytest.raises(NothingToCompare, match="too many for Evidently's page"):
        evidently_page.page(many, many, ["x"], [])
