"""How much a table may hold: beyond it, a small file could fill the disk or choke what reads it."""

from dataclasses import dataclass
from typing import NoReturn

from core.errors import NotATable


@dataclass(frozen=True)
class Limits:
    """The most that is read of one table.

    ``line`` is in bytes; ``decoded`` in bytes once unpacked, of an archive as of a Parquet file; ``ratio`` is how many
    times larger than itself an archive may become; ``sheet_cells`` bounds a sheet, which its reader holds whole.
    """

    columns: int = 10_000
    cells: int = 2_000_000_000
    line: int = 16 << 20
    decoded: int = 20_000_000_000
    ratio: int = 200
    sheet_cells: int = 10_000_000

    def check_size(self, rows: int, columns: int, name: str) -> None:
        """Refuse a table of too many columns or cells.

        Raises:
            NotATable: it has too many, with the limit.
        """
        if columns > self.columns:
            raise NotATable(
                name=name, problem=f"it has {columns:,} columns; at most {self.columns:,} are read. Leave some out."
            )
        if rows * columns > self.cells:
            found = f"it has {rows:,} rows of {columns:,} columns"
            raise NotATable(name=name, problem=f"{found}; at most {self.cells:,} cells are read. Split it.")

    def refuse_decoded(self, name: str) -> NoReturn:
        """Refuse what unpacks to more than the limit.

        Raises:
            NotATable: always.
        """
        raise NotATable(
            name=name,
            problem=f"unpacked it takes more than {self.decoded / 1e9:g} GB (PILOTHOUSE_UNPACKED_MB). Split it, or "
            "leave out columns with long texts.",
        )


LIMITS = Limits()
