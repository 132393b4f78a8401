"""From the text of a query to its words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.training_errors import InvalidQuery

LONGEST = 2_000
"""Characters a query may have."""

KEYWORDS = frozenset({"and", "or", "not", "in", "is", "null", "contains", "true", "false"})
SYMBOLS = ("<=", ">=", "!=", "<>", "==", "<", ">", "=", "(", ")", ",", ".")
_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_NAME = re.compile(r"[^\W\d][\w/-]*")
_CLOSED = {"'": "text", '"': "text", "`": "name"}


class WordKind(StrEnum):
    """What a word of a query is."""

    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    KEYWORD = "keyword"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True)
class Word:
    """One word: what it says, quotes taken off, and where it starts, counted from 1."""

    kind: WordKind
    text: str
    position: int

    @property
    def shown(self) -> str:
        """How a message names the word."""
        return "the end" if self.kind is WordKind.END else repr(self.text)


def words_in(text: str) -> list[Word]:
    """Return the words of a query, an END last; a name in backquotes may hold any characters.

    Raises:
        InvalidQuery: too long, a character that means nothing here, or a quote that is never closed.
    """
    if len(text) > LONGEST:
        raise InvalidQuery(position=LONGEST + 1, problem=f"it is too long; {LONGEST:,} characters are allowed.")
    return [*_words(text), Word(WordKind.END, "", len(text) + 1)]


def _words(text: str) -> Iterator[Word]:
    at = 0
    while at < len(text):
        space = _SPACE.match(text, at)
        if space:
            at = space.end()
            continue
        word, at = _word(text, at)
        yield word


def _word(text: str, at: int) -> tuple[Word, int]:
    mark = text[at]
    if mark in _CLOSED:
        return _quoted(text, at)
    number = _NUMBER.match(text, at)
    if number:
        return Word(WordKind.NUMBER, number[0], at + 1), number.end()
    name = _NAME.match(text, at)
    if name:
        word = name[0]
        kind = WordKind.KEYWORD if word.lower() in KEYWORDS else WordKind.NAME
        return Word(kind, word.lower() if kind is WordKind.KEYWORD else word, at + 1), name.end()
    for symbol in SYMBOLS:
        if text.startswith(symbol, at):
            return Word(WordKind.SYMBOL, symbol, at + 1), at + len(symbol)
    hints = {"&": " Write `and`.", "|": " Write `or`.", "!": " Write `not`, or `!=`.", "~": " Write `contains`."}
    raise InvalidQuery(position=at + 1, problem=f"{mark!r} means nothing here.{hints.get(mark, '')}")


def _quoted(text: str, at: int) -> tuple[Word, int]:
    mark = text[at]
    end = text.find(mark, at + 1)
    if end < 0:
        raise InvalidQuery(position=at + 1, problem=f"the {_CLOSED[mark]} starting with {mark} never ends.")
    kind = WordKind.NAME if mark == "`" else WordKind.TEXT
    return Word(kind, text[at + 1 : end], at + 1), end + 1
