"""Evidently's own page of a comparison, made safe: no name and no value can end its scripts, and it can ask nobody.

Evidently 0.7 puts names of columns and values of text into a script as they are, so that a column called
``</script><script>…`` would run. Its pages are handed over only with every bracket that could end the script replaced,
in names and values alike, and with a policy that forbids connections.
"""

from collections.abc import Iterable

import pandas as pd

from core.errors import NothingToCompare

MOST = 100_000
"""Rows of both sides together beyond which Evidently takes too long."""

LOOKS = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        "&": "\N{FULLWIDTH AMPERSAND}",
    }
)
"""What stands for characters that mean something in a page."""

POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="'
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; "
    'font-src data:">'
)


def page(reference: pd.DataFrame, current: pd.DataFrame, numbers: Iterable[str], categories: Iterable[str]) -> str:
    """Return Evidently's page on the drift of the named columns, which both tables have.

    Raises:
        NothingToCompare: there are too many rows.
    """
    if len(reference) + len(current) > MOST:
        raise NothingToCompare(
            problem=f"{len(reference) + len(current):,} rows are too many for Evidently's page; up to {MOST:,} are "
            "drawn. Our own page has no such limit",
        )
    import evidently
    from evidently.presets import DataDriftPreset

    names = {True: list(numbers), False: list(categories)}
    shape = evidently.DataDefinition(
        numerical_columns=[safe(name) for name in names[True]],
        categorical_columns=[safe(name) for name in names[False]],
    )
    sides = [
        evidently.Dataset.from_pandas(_safe(side, names[True], names[False]), data_definition=shape)
        for side in (current, reference)
    ]
    told: str = evidently.Report([DataDriftPreset()]).run(*sides).get_html_str(as_iframe=False)
    return told.replace("<head>", f"<head>{POLICY}", 1)


def safe(value: object) -> str:
    """Return a value as text that means nothing in a page."""
    return str(value).translate(LOOKS)


def _safe(side: pd.DataFrame, numbers: list[str], categories: list[str]) -> pd.DataFrame:
    found = {safe(name): pd.to_numeric(side[name], errors="coerce") for name in numbers}
    found |= {safe(name): side[name].map(safe, na_action="ignore").astype(object) for name in categories}
    return pd.DataFrame(found)
