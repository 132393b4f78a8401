"""Commands on model cards."""

from pathlib import Path

import click

from core.cli.session import Session, command, pairs
from core.errors import InvalidInput

FORMATS = {".md": "to_markdown", ".html": "to_html"}


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "card")(card)


@click.argument("project")
@click.argument("version", type=int)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write, .md or .html.")
@click.option("--write", "texts", multiple=True, metavar="FIELD=TEXT", help="Save a text on the card first.")
def card(session: Session, project: str, version: int, output: Path | None, texts: tuple[str, ...]) -> None:
    """Show the card of VERSION of PROJECT, drafted from stored facts, or write it to a file."""
    from core.models import card_rendering

    suffix = ".md" if output is None else output.suffix.lower()
    if suffix not in FORMATS:
        raise InvalidInput(problem=f"{output} is neither .md nor .html, the two forms a card has")
    cards = session.platform.cards
    if texts:
        cards.write(session.actor, project, version, pairs(texts, "--write"))
    found = cards.card(project, version)
    rendered = getattr(card_rendering, FORMATS[suffix])(found)
    if output is None:
        session.answer(found, rendered.rstrip("\n"))
        return
    output.write_text(rendered, encoding="utf-8")
    session.answer({"file": str(output), "project": project, "version": version}, f"Written to {output}.")
