"""The rows of a window: some of them to look at, or all of them to train on."""

import io
from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.datasets.service import DatasetService
from core.errors import DatasetNotFound, NothingToCompare
from core.monitoring import windows
from core.ports.prediction_log import PredictionLog
from core.records.dataset import DatasetVersion
from core.records.label import Label
from core.records.monitor import MonitorReport
from core.records.project import Project

FEWEST = 50
"""Rows with a truth below which nothing can be trained."""

FEATURE = "features."


def telling(datasets: DatasetService, log: PredictionLog, report: MonitorReport, column: str) -> pd.DataFrame:
    """Return the rows that contribute most to the drift of a column, that column first."""
    found = next((one for one in report.columns if one.name == column and one.rows), None)
    if found is None:
        return pd.DataFrame()
    try:
        frame = _of_dataset(datasets, report, found.rows) if report.dataset else _of_log(log, report, found.rows)
    except DatasetNotFound:
        return pd.DataFrame()
    return frame[[column, *(name for name in frame.columns if name != column)]] if column in frame else frame


def _of_dataset(datasets: DatasetService, report: MonitorReport, rows: tuple[int, ...]) -> pd.DataFrame:
    version = datasets.resolve(report.project, report.dataset)
    parts = [datasets.preview(version, 1, row) for row in rows]
    return pd.concat(parts, ignore_index=True).set_index(pd.Index([row + 1 for row in rows], name="row"))


def _of_log(log: PredictionLog, report: MonitorReport, rows: tuple[int, ...]) -> pd.DataFrame:
    table = log.frame(report.project, report.since, report.until)
    kept = [row for row in rows if row < table.num_rows]
    # Days of the log that were removed since leave other rows at these places.
    if table.num_rows < report.rows_current or not kept:
        return pd.DataFrame()
    frame: pd.DataFrame = table.take(kept).to_pandas()
    names = {name: name.removeprefix(FEATURE) for name in frame.columns if name.startswith(FEATURE)}
    return frame[["prediction_id", *names]].rename(columns=names).set_index("prediction_id")


def of_dataset(
    datasets: DatasetService, project: Project, version: DatasetVersion, report: MonitorReport
) -> pd.DataFrame:
    """Return the rows of a dataset version that lie in the time of a window.

    Raises:
        NothingToCompare: the window has no time to find them by.
    """
    frame = datasets.frame(version)
    if report.since is None or report.until is None or project.time_column not in frame:
        raise NothingToCompare(
            problem=f"{report.current} has no time by which its rows could be found again; train on {version.ref}",
        )
    times = windows.moments(frame[project.time_column])
    ends = [np.datetime64(end.replace(tzinfo=None)) for end in (report.since, report.until)]
    found = frame[(times >= ends[0]) & (times < ends[1])]
    if len(found) < FEWEST:
        raise NothingToCompare(problem=f"{report.current} has {len(found):,} rows; a training needs at least {FEWEST}")
    return found


def of_predictions(
    log: PredictionLog, project: Project, labels: Mapping[str, Label], report: MonitorReport
) -> pd.DataFrame:
    """Return the inputs of logged predictions in the time of a window that have a label, with it as the target.

    Raises:
        NothingToCompare: there are too few.
    """
    table = log.frame(report.project, report.since, report.until)
    frame: pd.DataFrame = table.to_pandas()
    known = frame["prediction_id"].isin(list(labels))
    if int(known.sum()) < FEWEST:
        raise NothingToCompare(
            problem=f"{int(known.sum()):,} of the {len(frame):,} predictions of this window have a label, and a "
            f"training needs at least {FEWEST}. Add labels first",
        )
    names = {name: name.removeprefix(FEATURE) for name in frame.columns if name.startswith(FEATURE)}
    found = frame.loc[known, list(names)].rename(columns=names)
    truth = [labels[one].label for one in frame.loc[known, "prediction_id"]]
    return found.assign(**{project.target: truth})


def packed(frame: pd.DataFrame) -> io.BytesIO:
    """Return a table as a Parquet file."""
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    content.seek(0)
    return content
