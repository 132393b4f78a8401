"""Collects measured figures and writes benchmarks/results.md."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")


@dataclass(frozen=True)
class Figure:
    """One measured claim: what was wanted, what was found, and beside what."""

    claim: str
    wanted: str
    found: str
    reached: bool


def write(title: str, figures: list[Figure]) -> bool:
    """Print the figures, put them under ``title`` into results.md, and tell whether all were reached."""
    lines = [f"## {title}", "", "| claim | wanted | found | reached |", "|---|---|---|---|"]
    lines += [f"| {f.claim} | {f.wanted} | {f.found} | {'yes' if f.reached else '**no**'} |" for f in figures]
    section = "\n".join(lines) + "\n"
    print(section)
    _replace_section(title, section)
    return all(figure.reached for figure in figures)


def _replace_section(title: str, section: str) -> None:
    head = (
        "# Benchmarks\n\nWritten by `make bench`. "
        f"Last run {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}.\n"
    )
    sections = RESULTS.read_text(encoding="utf-8").split("\n## ")[1:] if RESULTS.exists() else []
    kept = {text.split("\n", 1)[0]: f"## {text.rstrip()}\n" for text in sections}
    kept[title] = section
    RESULTS.write_text("\n".join([head, *kept.values()]), encoding="utf-8")
