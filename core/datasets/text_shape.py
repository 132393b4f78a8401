"""The shape of a text table: its lines, its delimiter, and where it is broken."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from core.datasets import sniffing
from core.datasets.limits import Limits
from core.errors import NotATable

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 100
_SAMPLE_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class Shape:
    """What one pass over the bytes tells: lines, bytes of the longest (when beyond a chunk), number of quotes."""

    lines: int
    longest: int
    quotes: int


def survey(path: Path, name: str, limits: Limits) -> Shape:
    """Count lines and quotes, and refuse what would choke the parser.

    Raises:
        NotATable: a zero byte, or a line beyond the limit.
    """
    lines = quotes = longest = open_line = 0
    with path.open("rb") as file:
        while chunk := file.read(sniffing.CHUNK):
            if b"\x00" in chunk:
                _refuse_zero_byte(lines + chunk[: chunk.index(0)].count(b"\n") + 1, name)
            ends = _count(chunk, b"\n")
            open_line += chunk.index(b"\n") if ends else len(chunk)
            longest = max(longest, open_line)
            if longest > limits.line:
                _refuse_long_line(lines + 1, name, limits)
            open_line = len(chunk) - 1 - chunk.rindex(b"\n") if ends else open_line
            lines += ends
            quotes += _count(chunk, b'"')
    return Shape(lines + bool(open_line), max(longest, open_line), quotes)


def _count(chunk: bytes, mark: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == mark[0]))


def _refuse_zero_byte(line: int, name: str) -> NoReturn:
    raise NotATable(
        name=name, problem=f"line {line:,} holds a zero byte, so it is binary data or damaged. Write it again."
    )


def _refuse_long_line(line: int, name: str, limits: Limits) -> NoReturn:
    raise NotATable(name=name, problem=f"line {line:,} is longer than {limits.line >> 20} MB. Check its line ends.")


def delimiter_of(path: Path, name: str, skip: int = 0) -> str:
    """Choose the delimiter that gives the header several cells and the most lines as many cells as the header.

    Raises:
        NotATable: no delimiter makes columns of it.
    """
    lines = sample(path)[skip:]
    best, best_score = "", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = _widths(lines, delimiter)
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    if not best:
        raise NotATable(
            name=name,
            problem="its first line has no comma, semicolon, tab or | that would separate columns. A table needs at "
            "least two columns and a header line.",
        )
    return best


def sample(path: Path) -> list[str]:
    """Return the first lines, without one that is cut off."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        text = file.read(_SAMPLE_CHARACTERS)
        whole = not file.read(1)
    lines = list(io.StringIO(text, newline=""))
    return lines[:_SAMPLE_LINES] if whole or len(lines) < 2 else lines[:-1][:_SAMPLE_LINES]


def _widths(lines: list[str], delimiter: str) -> list[int]:
    widths: list[int] = []
    try:
        widths.extend(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    except csv.Error:
        return widths
    return widths


def diagnosis(path: Path, delimiter: str, skip: int, limits: Limits, otherwise: str) -> str:
    """Find the first line that breaks the table, with Python's strict and slow reader."""
    csv.field_size_limit(limits.line)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _ in range(skip):
            file.readline()
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        width, first = 0, skip + 1
        try:
            for row in reader:
                width = width or len(row)
                if row and len(row) != width:
                    return (
                        f"line {first:,} has {len(row):,} cells where the header has {width:,}. Mend that line, or put "
                        "cells that contain the delimiter in quotes."
                    )
                first = skip + reader.line_num + 1
        except csv.Error as error:
            return f"the row that begins in line {first:,} has a quote out of place ({error}). Mend that line."
    return otherwise
