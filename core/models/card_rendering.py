"""A model card as a file: Markdown, or one HTML page that needs nothing else.

Facts are shown as exactly the characters they are. What people wrote is Markdown; on the page it is rendered without
raw HTML and then cleaned, so that it can hold no script, no form and no picture from elsewhere.
"""

import html
import re
from collections.abc import Iterator

from core.records.card import CardSection, CardTable, ModelCard

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$<>&^])")
TAGS = frozenset(
    {"p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
    | {"h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
)
STYLE = """
:root{color-scheme:light dark;--ink:#1c2024;--muted:#60646c;--line:#e4e7eb;--back:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#edeef0;--muted:#a0a6af;--line:#2c2f35;--back:#111215}}
body{font:15px/1.55 Inter,system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:60rem;
margin:2.5rem auto;padding:0 1.2rem}
h1{font-size:1.7rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
.sub,.note{color:var(--muted)}.note{margin:.3rem 0}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.6rem 1.2rem;margin:.6rem 0}
dt{font-size:.82em;color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:.8rem 0;font-size:.92em}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--muted)}
"""


def to_markdown(card: ModelCard) -> str:
    """Return the card as Markdown that shows facts literally."""
    lines = [f"# {_literal(card.title)}", "", _literal(card.subtitle)]
    for section in card.sections:
        lines += ["", f"## {_literal(section.title)}", *_markdown(section)]
    return "\n".join(lines) + "\n"


def _markdown(section: CardSection) -> Iterator[str]:
    if section.prose:
        yield from ("", section.prose.strip())
    for note in section.notes:
        yield from ("", _literal(note))
    if section.facts:
        yield ""
        yield from (f"- **{_literal(label)}**: {_literal(value)}" for label, value in section.facts)
    for table in section.tables:
        yield ""
        yield _row(table.headers)
        yield _row(tuple("---" for _ in table.headers), plain=True)
        yield from (_row(row) for row in table.rows)


def _row(cells: tuple[str, ...], *, plain: bool = False) -> str:
    return "| " + " | ".join(cell if plain else _literal(cell) for cell in cells) + " |"


def _literal(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def to_html(card: ModelCard) -> str:
    """Return the card as one page: no script, nothing fetched, every fact escaped."""
    title = html.escape(card.title)
    body = "\n".join(_section(section) for section in card.sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>"
        f'<p class="sub">{html.escape(card.subtitle)}</p>\n{body}\n</body></html>\n'
    )


def _section(section: CardSection) -> str:
    notes = "".join(f'<p class="note">{html.escape(note)}</p>' for note in section.notes)
    facts = "".join(
        f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd></div>" for label, value in section.facts
    )
    listed = f"<dl>{facts}</dl>" if facts else ""
    tables = "".join(_table(table) for table in section.tables)
    return f"<section><h2>{html.escape(section.title)}</h2>{safe_html(section.prose)}{notes}{listed}{tables}</section>"


def _table(table: CardTable) -> str:
    head = "".join(f"<th>{html.escape(header)}</th>" for header in table.headers)
    rows = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def safe_html(markdown: str) -> str:
    """Return people's Markdown as HTML that may stand on any page: a short list of tags, links without a referrer."""
    if not markdown.strip():
        return ""
    import nh3
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    cleaned: str = nh3.clean(
        rendered, tags=set(TAGS), attributes={"a": {"href"}}, url_schemes={"https", "http", "mailto"}
    )
    return cleaned
