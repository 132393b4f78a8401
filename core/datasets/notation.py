"""How numbers are written in a file, told from its first rows."""

import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.words import MISSING, Notation, all_match, any_match
from core.records.reading import ReadingChoices

_COMMA = r"^[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?$"
_COMMA_CERTAIN = r"^[+-]?[0-9.]*,[0-9]+$"
_GROUPED = r"^[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+$"
_POINT = r"^[+-]?[0-9]*\.([0-9]{1,2}|[0-9]{4,})$"


def notation_of(sample: pa.RecordBatch, delimiter: str, choices: ReadingChoices) -> Notation:
    """Return what was chosen, and for the rest what the first rows show: a decimal comma is believed only in a file
    that does not separate its columns by commas, when no number has a point where a decimal point would stand."""
    missing = MISSING if choices.missing is None else choices.missing
    if choices.decimal:
        return Notation(missing, choices.decimal, choices.thousands or "")
    if delimiter != "," and choices.thousands in (None, "."):
        commas, grouped = _commas(sample, missing)
        if commas:
            return Notation(missing, ",", "." if grouped or choices.thousands else "")
    return Notation(missing, ".", choices.thousands or "")


def _commas(sample: pa.RecordBatch, missing: tuple[str, ...]) -> tuple[bool, bool]:
    """Tell whether columns hold numbers with a decimal comma, and whether points separate thousands in them."""
    commas = grouped = False
    for cells in sample.columns:
        words = pc.utf8_trim_whitespace(cells.unique().drop_null())
        words = words.filter(pc.invert(pc.is_in(words, pa.array(missing))))
        if len(words) == 0:
            continue
        if all_match(words, _COMMA) and any_match(words, _COMMA_CERTAIN):
            commas = True
            grouped |= any_match(words, _GROUPED)
        elif all_match(words, r"^[+-]?[0-9]*\.?[0-9]+$") and any_match(words, _POINT):
            return False, False
    return commas, grouped
