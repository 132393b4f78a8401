"""What is known of one prediction, and what of many."""

from core.records.base import Moment, Record
from core.records.label import Label
from core.records.model import Deployment
from core.records.prediction import LoggedPrediction


class PredictionQuery(Record):
    """Which logged answers are looked for; None and "" leave that out.

    ``value`` is found in the answer or in any input, as text.
    """

    since: Moment | None = None
    until: Moment | None = None
    version: int | None = None
    cohort: str = ""
    client: str = ""
    value: str = ""
    warned: bool = False
    limit: int = 200


class PredictionStory(Record):
    """All that is known under one prediction id.

    ``answers`` are what was served under it (an id can be asked twice), ``shadows`` what candidates computed beside,
    ``labels`` what came true, oldest first, and ``champion`` what served when it was answered last.
    """

    prediction_id: str
    answers: tuple[LoggedPrediction, ...]
    shadows: tuple[LoggedPrediction, ...]
    labels: tuple[Label, ...]
    champion: Deployment | None


class Step(Record):
    """What one cohort answered in one stretch of time, all processes together."""

    at: Moment
    version: int
    cohort: str
    requests: int
    refused: int
    failed: int
    rows: int
    buckets: tuple[int, ...]
