"""From the text of an expression to its words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.errors import InvalidExpression

LONGEST = 2_000
"""Characters an expression may have."""

SYMBOLS = ("**", "//", "<=", ">=", "<>", "!=", "==", "+", "-", "*", "/", "%", "<", ">", "=", "(", ")", ",")
KEYWORDS = frozenset({"and", "or", "not", "in", "between", "is", "null", "true", "false"})
_DIGITS = frozenset("0123456789")
_CLOSED = {"'": "text", '"': "text", "`": "column name"}


class TokenKind(StrEnum):
    """What a word of an expression is."""

    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    QUOTED = "quoted"
    KEYWORD = "keyword"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True)
class Token:
    """One word: its kind, what it says (quotes taken off) and where it starts, counted from 1."""

    kind: TokenKind
    text: str
    position: int

    @property
    def shown(self) -> str:
        """How a message names the word."""
        return "the end" if self.kind is TokenKind.END else repr(self.text)


def tokenize(text: str) -> list[Token]:
    """Return the words of ``text``, an END last; time is linear in its length.

    Keywords may be written in capitals. A quote inside quotes is written twice.

    Raises:
        InvalidExpression: too long, a character that means nothing here, or a quote that is never closed.
    """
    if len(text) > LONGEST:
        raise InvalidExpression(position=LONGEST + 1, problem=f"it is too long; {LONGEST:,} characters are allowed.")
    return [*_words(text), Token(TokenKind.END, "", len(text) + 1)]


def written(name: str) -> str:
    """Return a column's name as an expression has it: in backquotes unless it is one plain word."""
    is_plain = re.fullmatch(r"[^\W\d]\w*", name) is not None and name.lower() not in KEYWORDS
    return name if is_plain else f"`{name.replace('`', '``')}`"


def _words(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        mark = text[at]
        if mark.isspace():
            at += 1
            continue
        token, at = _word(text, at, mark)
        yield token


def _word(text: str, at: int, mark: str) -> tuple[Token, int]:
    if mark in _CLOSED:
        return _quoted(text, at, mark)
    if mark in _DIGITS or (mark == "." and text[at + 1 : at + 2] in _DIGITS):
        return _number(text, at)
    if mark == "_" or mark.isalpha():
        return _name(text, at)
    for symbol in SYMBOLS:
        if text.startswith(symbol, at):
            return Token(TokenKind.SYMBOL, symbol, at + 1), at + len(symbol)
    raise InvalidExpression(position=at + 1, problem=f"{mark!r} means nothing here.{_hint(mark)}")


def _hint(mark: str) -> str:
    hints = {"&": " Write `and`.", "|": " Write `or`.", "!": " Write `not`, or `!=`.", "^": " Write `**` for powers."}
    return hints.get(mark, " Names with such characters stand in backquotes: `like this`.")


def _quoted(text: str, start: int, mark: str) -> tuple[Token, int]:
    at, pieces = start + 1, []
    while True:
        end = text.find(mark, at)
        if end < 0:
            raise InvalidExpression(position=start + 1, problem=f"the {_CLOSED[mark]} starting with {mark} never ends.")
        pieces.append(text[at:end])
        if text[end + 1 : end + 2] != mark:
            kind = TokenKind.QUOTED if mark == "`" else TokenKind.TEXT
            return Token(kind, mark.join(pieces), start + 1), end + 1
        at = end + 2


def _number(text: str, start: int) -> tuple[Token, int]:
    at = _digits(text, start)
    if text[at : at + 1] == ".":
        at = _digits(text, at + 1)
    if text[at : at + 1] in ("e", "E"):
        exponent = at + 2 if text[at + 1 : at + 2] in ("+", "-") else at + 1
        end = _digits(text, exponent)
        at = end if end > exponent else at
    if text[at : at + 1].isalpha() or text[at : at + 1] in ("_", "."):
        raise InvalidExpression(position=start + 1, problem=f"{text[start : at + 1]!r} is neither a number nor a name.")
    return Token(TokenKind.NUMBER, text[start:at], start + 1), at


def _digits(text: str, at: int) -> int:
    while text[at : at + 1] in _DIGITS:
        at += 1
    return at


def _name(text: str, start: int) -> tuple[Token, int]:
    at = start
    while at < len(text) and (text[at] == "_" or text[at].isalnum()):
        at += 1
    word = text[start:at]
    if word.lower() in KEYWORDS:
        return Token(TokenKind.KEYWORD, word.lower(), start + 1), at
    return Token(TokenKind.NAME, word, start + 1), at
