"""The options that overrule how a file is read, shared by the commands that read one."""

from collections.abc import Sequence
from typing import Any

import click

from core.cli.session import options, pairs
from core.errors import InvalidInput
from core.records.dataset import ColumnKind
from core.records.reading import ColumnChoice, ReadingChoices

_OPTIONS = (
    click.option("--encoding", help="Text encoding, like utf-8, cp1252 or cp932."),
    click.option("--delimiter", help="What separates columns: one character, or tab."),
    click.option("--decimal", type=click.Choice([".", ","]), help="The decimal mark."),
    click.option("--thousands", type=click.Choice([".", ",", " ", "'"]), help="What separates thousands."),
    click.option("--header-row", type=click.IntRange(0, 1000), help="Line of the column names; 0: there are none."),
    click.option("--missing", "marks", multiple=True, help="A mark that means 'no value', in place of the usual ones."),
    click.option("--sheet", help="Sheet of a workbook."),
    click.option("--member", help="File in an archive."),
    click.option("--kind", "kinds", multiple=True, metavar="COLUMN=KIND[:FORM]", help="Like day=datetime:%d/%m/%Y."),
)

overruling = options(_OPTIONS)
"""Gives a command all of them."""


def choices_of(*, marks: Sequence[str], kinds: Sequence[str], **given: Any) -> ReadingChoices:
    """Return what the options say.

    Raises:
        InvalidInput: an option cannot be read.
    """
    columns = {name: _choice(name, text) for name, text in pairs(kinds, "--kind").items()}
    return ReadingChoices.checked(**given, missing=tuple(marks) or None, columns=columns)


def _choice(name: str, text: str) -> ColumnChoice:
    kind, _, form = text.partition(":")
    if kind not in list(ColumnKind):
        known = ", ".join(ColumnKind)
        raise InvalidInput(problem=f"--kind {name}={text!r}: there is no kind {kind!r}. Choose one of: {known}.")
    return ColumnChoice(kind=ColumnKind(kind), date_format=form or None)
