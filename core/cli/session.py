"""What every command shares: ``--json``, ``--home``, the platform on demand, and one way to answer."""

import functools
import json
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from core.errors import AppError, InvalidInput
from core.records.access import LOCAL, Actor
from core.records.base import Record
from core.settings import Settings, load, silence_telemetry


class Session:
    """One run of the command: where it reads from and how it answers."""

    def __init__(self, home: Path | None, as_json: bool) -> None:
        self._home = home
        self.as_json = as_json

    @property
    def actor(self) -> Actor:
        """Whoever can run commands here owns the installation's files: the local administrator."""
        return LOCAL

    @cached_property
    def settings(self) -> Settings:
        """The settings in force."""
        return load(self._home)

    @cached_property
    def platform(self) -> Any:
        """The platform over prepared stores; Any, since the commands' modules stay light at import."""
        from core.bootstrap import build, prepare

        prepare(self.settings)
        return build(self.settings)

    def answer(self, document: object, text: str) -> None:
        """Print the answer: the document as JSON, or the text for people."""
        click.echo(json.dumps(plain(document), ensure_ascii=False, indent=2) if self.as_json else text)

    def answer_rows(self, records: Sequence[Record], columns: Sequence[str], empty: str) -> None:
        """Print records as a table of ``columns``, or ``empty`` when there are none."""
        rows = [[cell(value(record, column)) for column in columns] for record in records]
        self.answer(list(records), table(columns, rows) if rows else empty)

    def note(self, text: str) -> None:
        """Say something beside the answer, on stderr."""
        click.echo(text, err=True)


def plain(value: object) -> object:
    """Return ``value`` as JSON can hold it."""
    if isinstance(value, Record):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def value(record: Record, column: str) -> object:
    """Return a field or property of a record by name."""
    return getattr(record, column)


def cell(value: object) -> str:
    """Return one table cell as text on one line."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d %H:%M:%S"))
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value) or "-"
    return " ".join(str(value).split())


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows under headers, columns aligned."""
    widths = [max(len(line[at]) for line in [headers, *rows]) for at in range(len(headers))]
    lines = [[header.replace("_", " ") for header in headers], *rows]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def options(given: Sequence[Callable[..., Any]]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command several options or arguments, shown in this order."""

    def give(function: Callable[..., None]) -> Callable[..., None]:
        return functools.reduce(lambda made, option: option(made), reversed(given), function)

    return give


def command(group: click.Group, name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Register a function as a command that takes a :class:`Session` first and answers errors by their exit code."""

    def register(function: Callable[..., None]) -> click.Command:
        @click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document.")
        @click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Folder of the installation.")
        @functools.wraps(function)
        def run(*args: Any, as_json: bool, home: Path | None, **kwargs: Any) -> None:
            silence_telemetry()
            session = Session(home, as_json)
            try:
                function(session, *args, **kwargs)
            except AppError as error:
                fail(session, error)

        made = click.command(name)(run)
        group.add_command(made)
        return made

    return register


def fail(session: Session, error: AppError) -> None:
    """Say what went wrong and leave with the error's exit code."""
    if session.as_json:
        click.echo(json.dumps({"error": {"code": error.code, "message": error.message}}, ensure_ascii=False))
    else:
        session.note(f"Error: {error.message}")
    sys.exit(error.exit_code)


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Read ``KEY=VALUE`` texts.

    Raises:
        InvalidInput: a text has no '='.
    """
    wrong = next((text for text in texts if "=" not in text), None)
    if wrong is not None:
        raise InvalidInput(problem=f"{option} {wrong!r} is not KEY=VALUE")
    return dict(text.split("=", 1) for text in texts)
