"""When a project counts as drifted, what such a rule would have done, and what people say of a drift."""

from enum import StrEnum

from pydantic import Field

from core.records.base import Moment, Record


class Correction(StrEnum):
    """How p-values are adjusted for the number of columns looked at."""

    FDR = "fdr"
    HOLM = "holm"
    NONE = "none"


class ColumnRule(Record):
    """What a rule says of columns: the test (None: by their kind), and the distance from which one counts as drifted
    (None: the test's own). ``ignored`` columns are shown but take no part in the verdict."""

    test: str | None = None
    threshold: float | None = Field(default=None, gt=0)
    ignored: bool = False


class RuleDraft(Record):
    """When a project counts as drifted.

    A column has drifted when its distance reaches its threshold *and* chance gives such a distance in fewer than
    ``significance`` of cases, adjusted for the number of columns (``correction``), on at least ``min_rows`` values a
    side. A window has drifted when ``share`` of what was tested has: of the features' importance for the champion
    with ``weighted``, else of their number; or when the target or the prediction has, with ``answers``. The rule fires
    when ``windows_drifted`` of the last ``windows`` windows have.
    """

    numbers: ColumnRule = ColumnRule()
    categories: ColumnRule = ColumnRule()
    columns: dict[str, ColumnRule] = {}
    missing: float = Field(default=0.1, gt=0, le=1)
    significance: float = Field(default=0.05, gt=0, lt=1)
    correction: Correction = Correction.FDR
    min_rows: int = Field(default=200, ge=5)
    weighted: bool = True
    share: float = Field(default=0.5, gt=0, le=1)
    answers: bool = True
    windows_drifted: int = Field(default=1, ge=1)
    windows: int = Field(default=1, ge=1, le=60)
    retrain_rate: float = Field(default=0.0, ge=0)


class DriftRule(RuleDraft):
    """A rule as it was kept: immutable, ``number`` counts within the project from 1; 0 is the one that everyone starts
    with and nobody kept."""

    project: str
    number: int
    note: str = ""
    created_at: Moment
    created_by: str


class BackTest(Record):
    """What a rule would have done over stored windows: which fired, and which of these had a drop in performance.

    ``fired`` are ids of reports; ``drops`` those with a measured drop among all windows, ``known`` how many windows
    have a measured performance.
    """

    windows: int
    days: float
    fired: tuple[str, ...]
    drops: tuple[str, ...]
    known: int
    sentence: str


class ReviewDecision(StrEnum):
    """What a reviewer says of a drift."""

    EXPECTED = "expected"
    INVESTIGATE = "investigate"
    RETRAIN = "retrain"


class DriftReview(Record):
    """What a person said of a report, or of one column in it (``column`` is empty for the whole)."""

    id: str
    project: str
    report: str
    column: str
    decision: ReviewDecision
    note: str
    job_id: str | None = None
    created_at: Moment
    created_by: str


class Cost(Record):
    """What drift costs beside what retraining costs.

    ``lost`` is the sum over windows of what answers like those at training would have been worth more, ``windows`` how
    many had a measured performance; ``retraining`` is the measured time of the last retraining or training, ``hours``,
    times the project's rate. None where it is not known; ``sentence`` says what to do about it.
    """

    lost: float | None
    windows: int
    hours: float | None
    retraining: float | None
    sentence: str
