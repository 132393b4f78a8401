"""Which of our own modules an exported version needs, and what others it stands on."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

from core.errors import Unavailable

ROOT = Path(__file__).resolve().parents[3]
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def modules(entries: Iterable[str]) -> list[Path]:
    """Return the files of our modules that ``entries`` import when they are loaded, relative to the project's root.

    What a function imports when it is called is not followed: name it as an entry.
    """
    found: dict[str, Path] = {}
    pending = list(entries)
    while pending:
        name = pending.pop()
        path = _file(name)
        if path is None or name in found:
            continue
        found[name] = path
        parts = name.split(".")
        pending += [".".join(parts[:end]) for end in range(1, len(parts))]
        pending += _imported(path)
    return sorted(found.values())


def _file(name: str) -> Path | None:
    if name.partition(".")[0] != "core":
        return None
    base = Path(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if (ROOT / path).is_file()), None)


@cache
def _imported(path: Path) -> tuple[str, ...]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return tuple(_names(tree.body))


def _names(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def distributions(roots: Iterable[str]) -> list[str]:
    """Return the installed distributions that ``roots`` need, themselves included, pinned as pip spells it.

    Raises:
        Unavailable: one of ``roots`` is not installed here.
    """
    pinned: dict[str, str] = {}
    pending = [(root, True) for root in roots]
    while pending:
        name, is_root = pending.pop()
        key = _canonical(name)
        if key in pinned:
            continue
        try:
            pinned[key] = distribution(name).version
        except PackageNotFoundError as error:
            if is_root:
                raise Unavailable(problem=f"{name} is not installed here, and the version needs it.") from error
            continue  # a requirement that only holds on other systems
        pending += [(needed, False) for needed in _needed(name)]
    return [f"{name}=={number}" for name, number in sorted(pinned.items())]


def _needed(name: str) -> Iterator[str]:
    for text in requires(name) or ():
        if "extra ==" in text:
            continue
        match = _NAME.match(text)
        if match:
            yield match[0]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
