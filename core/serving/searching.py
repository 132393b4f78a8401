"""Looking for logged answers, and the whole story of one."""

from typing import Any

from core.ports.prediction_log import PredictionLog
from core.ports.unit_of_work import Store
from core.records.model import Alias
from core.records.prediction import LoggedPrediction
from core.records.story import PredictionQuery, PredictionStory

FEATURE = "features."


class SearchService:
    """Reads the prediction log for people."""

    def __init__(self, store: Store, log: PredictionLog, shadows: PredictionLog) -> None:
        self._store = store
        self._log = log
        self._shadows = shadows

    def find(self, project: str, query: PredictionQuery) -> list[LoggedPrediction]:
        """Return the newest answers a query asks for, newest first.

        Raises:
            ProjectNotFound: there is no such project.
        """
        with self._store.read() as work:
            work.projects.get(project)
        table = _chosen(self._log.frame(project, query.since, query.until), query)
        rows = table.slice(max(0, table.num_rows - query.limit)).to_pylist()
        return [_answer(row) for row in reversed(rows)]

    def story(self, project: str, prediction_id: str) -> PredictionStory | None:
        """Return all that is known under a prediction id, None when nothing was answered under it.

        Raises:
            ProjectNotFound: there is no such project.
        """
        answers = self._log.find(project, prediction_id)
        with self._store.read() as work:
            work.projects.get(project)
            if not answers:
                return None
            labels = work.labels.history(project, prediction_id)
            champion = work.deployments.at(project, Alias.CHAMPION, answers[-1].at)
        return PredictionStory(
            prediction_id=prediction_id,
            answers=tuple(answers),
            shadows=tuple(self._shadows.find(project, prediction_id)),
            labels=tuple(labels),
            champion=champion,
        )


def _chosen(table: Any, query: PredictionQuery) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if query.version is not None:
        table = table.filter(pc.equal(table["version"], query.version))
    for name in ("cohort", "client"):
        if wanted := getattr(query, name):
            table = table.filter(pc.equal(table[name], wanted))
    if query.warned:
        table = table.filter(pc.greater(pc.list_value_length(table["warnings"]), 0))
    if query.value:
        is_found = pa.array([False] * table.num_rows, pa.bool_())
        for name in ("prediction_id", "prediction", *(one for one in table.column_names if one.startswith(FEATURE))):
            texts = pc.cast(table[name], pa.string())
            hit = pc.match_substring(texts, query.value, ignore_case=True)
            is_found = pc.or_(is_found, pc.fill_null(hit, fill_value=False))
        table = table.filter(is_found)
    return table


def _answer(row: dict[str, Any]) -> LoggedPrediction:
    features = {name.removeprefix(FEATURE): value for name, value in row.items() if name.startswith(FEATURE)}
    known = {name: value for name, value in row.items() if not name.startswith(FEATURE)}
    return LoggedPrediction.model_validate({**known, "features": features})
