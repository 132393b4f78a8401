"""From words to a tree, by precedence climbing; nothing here knows what a function or a column means."""

from core.datasets.expressions.tokens import Token, TokenKind, tokenize
from core.datasets.expressions.tree import Call, Constant, Name, Node
from core.errors import InvalidExpression

DEEPEST = 40
"""How deep brackets and calls may be nested, so that no expression can exhaust the stack."""

TALLEST = 100
"""How tall the tree may be; a sum of many columns is a tall tree, too."""

MOST_ITEMS = 500
"""Arguments of one call, values of one list."""

_BINARY = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6}
_COMPARISONS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_NOT, _COMPARED, _SIGN, _POWER = 3, 4, 7, 8


def parse(text: str) -> Node:
    """Return the tree of ``text``.

    From loosest to tightest: ``or``; ``and``; ``not``; comparisons, ``in``, ``between``, ``is null``; ``+ -``;
    ``* / // %``; the sign; ``**``, which groups to the right.

    Raises:
        InvalidExpression: the text has another shape; the position is where it went wrong.
    """
    parser = _Parser(tokenize(text))
    node = parser.expression(0)
    parser.expect_end()
    _require_low(node)
    return node


def _require_low(root: Node) -> None:
    pending: list[tuple[Node, int]] = [(root, 1)]
    while pending:
        node, height = pending.pop()
        if height > TALLEST:
            raise InvalidExpression(position=node.position, problem="too many operators in a row; split it in two.")
        if isinstance(node, Call):
            pending += [(argument, height + 1) for argument in node.arguments]


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _sees(self, *words: str) -> bool:
        return self._next.kind in (TokenKind.SYMBOL, TokenKind.KEYWORD) and self._next.text in words

    def _expect(self, word: str, why: str) -> Token:
        if not self._sees(word):
            raise InvalidExpression(
                position=self._next.position, problem=f"expected {word!r} {why}, found {self._next.shown}."
            )
        return self._take()

    def expect_end(self) -> None:
        if self._next.kind is not TokenKind.END:
            problem = f"expected an operator such as + or `and`, or the end, found {self._next.shown}."
            raise InvalidExpression(position=self._next.position, problem=problem)

    def expression(self, least: int) -> Node:
        """Parse what binds at least as tightly as ``least``."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidExpression(position=self._next.position, problem="it is nested too deeply; split it in two.")
        left = self._prefix(least)
        left = self._tail(left, least)
        self._depth -= 1
        return left

    def _tail(self, left: Node, least: int) -> Node:
        longer = self._longer(left, least)
        while longer is not None:
            left, longer = longer, self._longer(longer, least)
        return left

    def _longer(self, left: Node, least: int) -> Node | None:
        """Return ``left`` with the operator that follows it and its right side, or None when none follows."""
        token = self._next
        if token.kind not in (TokenKind.SYMBOL, TokenKind.KEYWORD):
            return None
        if token.text == "**" and least <= _POWER:
            self._take()
            return Call("**", (left, self.expression(_SIGN)), token.position)
        if _BINARY.get(token.text, -1) >= least:
            self._take()
            return Call(token.text, (left, self.expression(_BINARY[token.text] + 1)), token.position)
        return self._comparison(left) if least <= _COMPARED and self._compares() else None

    def _compares(self) -> bool:
        return self._next.text in _COMPARISONS or self._sees("in", "between", "is", "not")

    def _prefix(self, least: int) -> Node:
        if self._sees("not"):
            token = self._take()
            if least > _NOT:
                raise InvalidExpression(position=token.position, problem="put `not` and what follows it in brackets.")
            return Call("not", (self.expression(_NOT),), token.position)
        if self._sees("-", "+"):
            token = self._take()
            return _signed(token, self.expression(_SIGN))
        return self._primary()

    def _comparison(self, left: Node) -> Node:
        node = self._one_comparison(left)
        if self._compares():
            problem = "comparisons cannot be chained. Write `a < b and b < c`, or `b between a and c`."
            raise InvalidExpression(position=self._next.position, problem=problem)
        return node

    def _one_comparison(self, left: Node) -> Node:
        token = self._take()
        if token.text in _COMPARISONS:
            return Call(_COMPARISONS[token.text], (left, self.expression(_COMPARED + 1)), token.position)
        if token.text == "is":
            return self._is_null(left, token)
        if token.text != "not":
            return self._among(left, token)
        if not self._sees("in", "between"):
            problem = f"expected `in` or `between` after `not`, found {self._next.shown}."
            raise InvalidExpression(position=self._next.position, problem=problem)
        return Call("not", (self._among(left, self._take()),), token.position)

    def _among(self, left: Node, token: Token) -> Node:
        if token.text == "in":
            self._expect("(", "after `in`")
            return Call("in", (left, *self._items("in a list of values")), token.position)
        low = self.expression(_COMPARED + 1)
        self._expect("and", "between the two limits of `between`")
        return Call("between", (left, low, self.expression(_COMPARED + 1)), token.position)

    def _is_null(self, left: Node, token: Token) -> Node:
        is_negated = self._sees("not")
        if is_negated:
            self._take()
        self._expect("null", "after `is`")
        node = Call("is_missing", (left,), token.position)
        return Call("not", (node,), token.position) if is_negated else node

    def _items(self, why: str) -> list[Node]:
        """Parse what stands between brackets, of which the first is taken already."""
        items: list[Node] = []
        while not self._sees(")"):
            if items:
                self._expect(",", f"or ')' {why}")
            if len(items) == MOST_ITEMS:
                raise InvalidExpression(position=self._next.position, problem=f"more than {MOST_ITEMS} values.")
            items.append(self.expression(0))
        self._take()
        return items

    def _primary(self) -> Node:
        token = self._take()
        if token.kind is TokenKind.NUMBER:
            return Constant(_number(token), token.position)
        if token.kind is TokenKind.TEXT:
            return Constant(token.text, token.position)
        if token.kind is TokenKind.QUOTED:
            return Name(token.text, token.position)
        if token.kind is TokenKind.NAME:
            return self._named(token)
        if token.kind is TokenKind.KEYWORD and token.text in ("null", "true", "false"):
            return Constant({"null": None, "true": True, "false": False}[token.text], token.position)
        if token.kind is TokenKind.SYMBOL and token.text == "(":
            return self._bracketed()
        self._at -= 1
        problem = f"expected a column, a value or a function, found {token.shown}."
        raise InvalidExpression(position=token.position, problem=problem)

    def _bracketed(self) -> Node:
        node = self.expression(0)
        self._expect(")", "to close the bracket")
        return node

    def _named(self, token: Token) -> Node:
        if not self._sees("("):
            return Name(token.text, token.position)
        self._take()
        return Call(token.text, tuple(self._items(f"in the call of {token.text}")), token.position)


def _signed(token: Token, node: Node) -> Node:
    if isinstance(node, Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return Constant(-node.value if token.text == "-" else node.value, token.position)
    return Call("negative" if token.text == "-" else "positive", (node,), token.position)


def _number(token: Token) -> int | float:
    number = float(token.text)
    if number in (float("inf"), float("-inf")):
        raise InvalidExpression(position=token.position, problem=f"{token.shown} is too large for a number.")
    return int(token.text) if token.text.isdecimal() and number <= 2**53 else number
