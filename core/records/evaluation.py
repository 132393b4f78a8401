"""What a run found on its held-out rows, as plain data to be drawn."""

from core.records.base import Record

Point = tuple[float, float]
Band = tuple[float, float]


class Dependence(Record):
    """The mean answer when a feature is set to each of ``values`` in turn, a line for each of ``names``.

    A line is the probability of a class, or the predicted number under an empty name.
    """

    feature: str
    values: tuple[float | str, ...]
    names: tuple[str, ...]
    lines: tuple[tuple[float, ...], ...]


class Slice(Record):
    """Held-out rows of one kind, by one feature or by two, and how wrong the answers to them are.

    ``error`` is the share of wrong answers, or the mean absolute error, with its 95 % interval; ``others`` the same
    for all other rows. ``p_value`` is adjusted for all slices looked at (Holm).
    """

    feature: str
    value: str
    second_feature: str = ""
    second_value: str = ""
    rows: int
    error: float
    interval: Band
    others: float
    p_value: float

    @property
    def title(self) -> str:
        """Which rows they are, in words."""
        first = f"{self.feature} is {self.value}"
        return f"{first} and {self.second_feature} is {self.second_value}" if self.second_feature else first


class GroupFigures(Record):
    """How the model treats the held-out rows of one group; figures that the rows do not define are left out."""

    column: str
    group: str
    rows: int
    figures: dict[str, float]


class Evaluation(Record):
    """What a run found on its hold-out.

    ``metrics`` hold-out values, ``intervals`` their 95 % intervals by ``interval_method``; ``train_metrics`` the same
    on the training rows, ``folds`` on each fold of them; ``baseline`` the same for always giving the answer that is
    best without looking at any column; ``importances`` (feature, drop of the primary metric when shuffled: mean,
    standard deviation), largest first. ``confusion`` rows are true classes, columns predicted ones, in the order of
    ``classes``. ``roc``, ``pr`` and ``gain`` are (x, y) points; ``calibration`` (mean probability, share of positives,
    rows) of bins. ``thresholds`` are (threshold, true positives, false positives, true negatives, false negatives) on
    the held-out rows, ``validation`` the same on out-of-fold answers to the training rows, ``fold_thresholds`` those
    that each fold chose on inner folds; ``threshold`` is the one in
    force and ``threshold_reason`` says why. ``residuals`` are (predicted, actual) pairs, at most 2,000;
    ``residual_counts`` (lower edge, upper edge, rows) and ``residual_quantiles`` (normal, found) of all of them.
    """

    metrics: dict[str, float]
    train_metrics: dict[str, float]
    baseline: dict[str, float] = {}
    intervals: dict[str, Band] = {}
    interval_method: str = ""
    folds: dict[str, tuple[float, ...]] = {}
    rows_train: int
    rows_test: int
    classes: tuple[str, ...] = ()
    positive: str | None = None
    confusion: tuple[tuple[int, ...], ...] = ()
    roc: tuple[Point, ...] = ()
    pr: tuple[Point, ...] = ()
    gain: tuple[Point, ...] = ()
    calibration: tuple[tuple[float, float, int], ...] = ()
    threshold: float | None = None
    threshold_reason: str = ""
    thresholds: tuple[tuple[float, int, int, int, int], ...] = ()
    validation: tuple[tuple[float, int, int, int, int], ...] = ()
    fold_thresholds: tuple[float, ...] = ()
    residuals: tuple[Point, ...] = ()
    residual_counts: tuple[tuple[float, float, int], ...] = ()
    residual_quantiles: tuple[Point, ...] = ()
    importances: tuple[tuple[str, float, float], ...] = ()
    dependence: tuple[Dependence, ...] = ()
    slices: tuple[Slice, ...] = ()
    fairness: tuple[GroupFigures, ...] = ()
    warnings: tuple[str, ...] = ()
