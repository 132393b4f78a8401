"""The truth that arrives later for served answers."""

from core.records.base import Moment, Record
from core.records.prediction import LoggedPrediction, Scalar


class Label(Record):
    """What came true for one prediction; of several for one id the one received last counts."""

    project: str
    prediction_id: str
    label: Scalar
    observed_at: Moment
    received_at: Moment
    received_by: str


class LabelReceipt(Record):
    """What became of labels that were handed in; ``unknown`` holds ids no answer was logged under."""

    added: int
    corrected: int
    repeated: int
    unknown: tuple[str, ...]


class LabelledPrediction(Record):
    """A served answer and what came true, as far as that is known."""

    prediction: LoggedPrediction
    label: Label | None


class LabelCoverage(Record):
    """How many of the answers of a time have a label."""

    predictions: int
    labelled: int

    @property
    def share(self) -> float | None:
        """The part that has one, None without answers."""
        return self.labelled / self.predictions if self.predictions else None
