"""The columns of a table on its way through a recipe, and what is decided about them for the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.errors import InvalidInput
from core.records.dataset import Column, ColumnKind


@dataclass
class Schema:
    """Columns by name, in order, while steps are planned one after the other.

    ``scaled`` are numbers that are not scaled again, ``one_hot`` tells how many categories a text column may have at
    most, ``read`` are the moments some step reads.
    """

    kinds: dict[str, ColumnKind]
    scaled: set[str] = field(default_factory=set)
    one_hot: dict[str, int] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns as records; any value may be missing."""
        return tuple(Column(name=name, kind=kind, nullable=True) for name, kind in self.kinds.items())

    def chosen(self, names: Sequence[str], kinds: Iterable[ColumnKind]) -> list[str]:
        """Return the columns a step works on: those named, or all of ``kinds`` when none is.

        Raises:
            InvalidInput: a named column does not exist, is named twice, or is of another kind.
        """
        allowed = frozenset(kinds)
        if not names:
            found = [name for name, kind in self.kinds.items() if kind in allowed]
            if not found:
                raise InvalidInput(problem=f"there is no {_listed(allowed)} column at this point.")
            return found
        self.require(names)
        wrong = next((name for name in names if self.kinds[name] not in allowed), None)
        if wrong is not None:
            raise InvalidInput(problem=f"{wrong!r} is {self.kinds[wrong].value}, not {_listed(allowed)}.")
        return list(names)

    def require(self, names: Sequence[str]) -> None:
        """Check that columns exist and are named once.

        Raises:
            InvalidInput: one does not, or is named twice.
        """
        missing = [repr(name) for name in names if name not in self.kinds]
        if missing:
            raise InvalidInput(problem=f"there is no column {', '.join(missing[:5])} at this point. {self._having()}")
        if len(set(names)) < len(names):
            raise InvalidInput(problem="a column is named twice.")

    def add(self, name: str, kind: ColumnKind) -> None:
        """Add a column at the end.

        Raises:
            InvalidInput: there is one of that name.
        """
        if name in self.kinds:
            raise InvalidInput(problem=f"there is a column {name!r} already; choose another name.")
        self.kinds[name] = kind

    def remove(self, name: str) -> None:
        """Take a column away."""
        del self.kinds[name]
        self._forget(name)

    def change(self, name: str, kind: ColumnKind) -> None:
        """Give a column another kind, and with it other values."""
        self.kinds[name] = kind
        self._forget(name)

    def rename(self, names: dict[str, str]) -> None:
        """Call columns otherwise, where they stand."""
        self.kinds = {names.get(name, name): kind for name, kind in self.kinds.items()}
        self.scaled = {names.get(name, name) for name in self.scaled}
        self.one_hot = {names.get(name, name): most for name, most in self.one_hot.items()}
        self.read = {names.get(name, name) for name in self.read}

    def _forget(self, name: str) -> None:
        self.scaled.discard(name)
        self.one_hot.pop(name, None)
        self.read.discard(name)

    def _having(self) -> str:
        names = list(self.kinds)
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        return f"There are: {', '.join(names[:12])}{more}."


def _listed(kinds: frozenset[ColumnKind]) -> str:
    if kinds == {ColumnKind.INTEGER, ColumnKind.NUMBER}:
        return "number"
    return " or ".join(kind.value for kind in ColumnKind if kind in kinds)
