"""Collects measured figures and writes benchmarks/results.md."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")


@dataclass(frozen=True)
class Figure:
    """One measured claim: what was wanted, what was found, and beside what.

    ``reached`` is None of what is told beside others and promises nothing.
    """

    claim: str
    wanted: str
    found: str
    reached: bool | None


ANSWERS = {True: "yes", False: "**no**", None: "told"}
HEAD = ["| claim | wanted | found | reached |", "|---|---|---|---|"]


def write(title: str, figures: list[Figure], *, is_part: bool = False) -> bool:
    """Print the figures, put them under ``title`` into results.md, and tell whether all were reached.

    When they are only a part of what stands there, the other lines stay.
    """
    rows = {f.claim: f"| {f.claim} | {f.wanted} | {f.found} | {ANSWERS[f.reached]} |" for f in figures}
    print("\n".join([f"## {title}", "", *HEAD, *rows.values(), ""]))
    kept = {**_lines(title), **rows} if is_part else rows
    _replace_section(title, "\n".join([f"## {title}", "", *HEAD, *kept.values(), ""]))
    return all(figure.reached is not False for figure in figures)


def _lines(title: str) -> dict[str, str]:
    """Return the lines under ``title`` by their claims."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    section = next((part for part in text.split("\n## ") if part.split("\n", 1)[0] == title), "")
    found = [line for line in section.splitlines() if line.startswith("| ") and line not in HEAD]
    return {line.split(" | ", 1)[0].removeprefix("| "): line for line in found}


def _replace_section(title: str, section: str) -> None:
    head = (
        "# Benchmarks\n\nWritten by `make bench`. "
        f"Last run {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}.\n"
    )
    sections = RESULTS.read_text(encoding="utf-8").split("\n## ")[1:] if RESULTS.exists() else []
    kept = {text.split("\n", 1)[0]: f"## {text.rstrip()}\n" for text in sections}
    kept[title] = section
    RESULTS.write_text("\n".join([head, *kept.values()]), encoding="utf-8")
