"""The process that looks at a recipe: ``python -m core.training.own_recipes.reader SOURCE ANSWER``.

SOURCE is a file, or the name of an installed module.

It runs its code, so it is never part of the interface, the scoring API or the worker. Its answer is one JSON file.
"""

import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from core.training.own_recipes.code import run

TASKS = ("binary", "multiclass", "regression")
ARGUMENTS = ("X", "y", "params", "seed")


def describe(module: ModuleType) -> dict[str, Any]:
    """Return what a recipe's module declares.

    Raises:
        ValueError: something is missing; the sentence says what.
    """
    from pydantic import TypeAdapter

    model = getattr(module, "Params", None)
    if not inspect.isclass(model):
        raise ValueError("it declares no class Params (a pydantic model or a dataclass) with its parameters")
    fit = getattr(module, "fit", None)
    if not callable(fit) or tuple(inspect.signature(fit).parameters)[:4] != ARGUMENTS:
        raise ValueError("it declares no function fit(X, y, params, seed)")
    lines = (module.__doc__ or "").strip().splitlines() or [""]
    return {
        "title": str(getattr(module, "TITLE", "") or Path(str(module.__file__)).stem.replace("_", " ").capitalize()),
        "summary": lines[0],
        "tasks": list(getattr(module, "TASKS", TASKS)),
        "scaled": bool(getattr(module, "SCALED", False)),
        "schema_": TypeAdapter(model).json_schema(),
    }


def _loaded(source: str) -> ModuleType:
    file = Path(source)
    return run(file.read_bytes(), file.stem, source) if file.is_absolute() else import_module(source)


def main(source: str, answer: Path) -> None:
    """Read ``source`` and write what it declares, or why that is not possible, to ``answer``."""
    document: dict[str, Any]
    try:
        document = {"declared": describe(_loaded(source))}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the file does is told in words
        document = {"problem": f"{type(error).__name__}: {error}"}
    answer.write_text(json.dumps(document))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
