"""What stands in held-out rows, found in a dataset version by the hashes that tell which rows they are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.records.comparison import RowContents
from core.records.dataset import Column
from core.training.holdout import RowSplit, row_hashes


def contents(frame: pd.DataFrame, columns: Sequence[Column], split: RowSplit, hashes: Sequence[str]) -> RowContents:
    """Return the rows of a table that have these hashes, each once; those it does not have are left out.

    Args:
        frame: the whole table.
        columns: all its columns.
        split: that of a run trained on it, which says what rows are known by.
        hashes: hexadecimal, as :class:`core.records.comparison.Flips` names rows.
    """
    used = [column for column in columns if column.name in split.columns]
    names = tuple(column.name for column in columns)
    if len(used) < len(split.columns):
        return RowContents(columns=names, rows={})
    wanted = np.array([int(one, 16) for one in hashes], dtype=np.uint64)
    found = row_hashes(frame, used)
    kept = np.flatnonzero(np.isin(found, wanted))
    texts = frame.iloc[kept][list(names)].astype(object)
    rows = {
        f"{int(found[place]):016x}": tuple(None if pd.isna(value) else str(value) for value in row)
        for place, row in zip(kept, texts.itertuples(index=False), strict=True)
    }
    return RowContents(columns=names, rows=rows)
