"""Other readings that are offered for text: a cell that no form could read is not tried in all of them."""

from datetime import datetime

import pyarrow as pa
import pytest

from core.datasets.proposals import FORMS, proposal_for
from core.datasets.words import Notation, Words

DAY = datetime(2023, 11, 27, 9, 5, 7)  # noqa: DTZ001 - the forms know no zone


def offered(*cells: str) -> tuple[str | None, str]:
    found = proposal_for(Words.of(pa.array(cells), Notation()))
    return found.choice.date_format if found.choice else None, found.note


@pytest.mark.parametrize("form", FORMS)
def test_dates_in_every_form_are_offered_in_it(form: str) -> None:
    assert offered(DAY.strftime(form), DAY.replace(day=13).strftime(form))[0] == form


@pytest.mark.parametrize("cell", ["1/2/23", "3.4.2020", "Jan 5, 2020", "5 Jan 2020", "january 5, 2020"])
def test_dates_written_short_or_long_are_looked_at(cell: str) -> None:
    assert "date" in offered(cell, cell)[1]


@pytest.mark.parametrize("cell", ["t3", "id_123", "#12", "Straße 5", "(1)"])
def test_words_with_a_digit_are_no_dates(cell: str) -> None:
    assert offered(cell, f"{cell}1") == (None, "")
