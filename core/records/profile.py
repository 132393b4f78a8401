"""What a profile says beyond the figures of a column: findings in words, outliers, steps in time, associations."""

from enum import StrEnum

from core.records.base import Record


class Severity(StrEnum):
    """How much a finding matters: a serious one spoils models, a remark is good to know."""

    SERIOUS = "serious"
    WARNING = "warning"
    REMARK = "remark"


class FindingKind(StrEnum):
    """What was found."""

    DOUBT = "doubt"
    LEAKAGE = "leakage"
    TARGET = "target"
    VOID = "void"
    CONSTANT = "constant"
    IDENTIFIER = "identifier"
    MISSING = "missing"
    DUPLICATES = "duplicates"
    BALANCE = "balance"
    GAPS = "gaps"
    ALIKE = "alike"
    OUTLIERS = "outliers"
    CARDINALITY = "cardinality"
    READING = "reading"


class Finding(Record):
    """What a careful reader would frown at, in a sentence; ``columns`` are those it is about, at most 50."""

    kind: FindingKind
    severity: Severity
    text: str
    columns: tuple[str, ...] = ()


class Outliers(Record):
    """Values outside of Tukey's fences, one and a half interquartile ranges below and above the quartiles."""

    low: float
    high: float
    below: int
    above: int


class Lengths(Record):
    """How many characters the texts of a column have."""

    least: int
    mean: float
    most: int


class Gap(Record):
    """A stretch of time without a row: the moments on both sides as text, and its length."""

    after: str
    before: str
    seconds: float


class Steps(Record):
    """How moments follow each other.

    ``typical_s`` is the median distance of neighbouring moments in seconds. Steps are regular when nine of ten are
    within 15 percent of it. A gap is then longer than one and a half, else than twenty typical steps. In tables too
    large to be sorted, whole days are looked at.
    """

    typical_s: float
    is_regular: bool
    gaps: int
    longest: tuple[Gap, ...] = ()


class TargetLink(Record):
    """How much of the target's uncertainty a column explains, from 0 to 1.

    That is mutual information over the target's entropy: numbers in at most ten bins of equal frequency, the 50 most
    frequent categories and the rest as one, missing as a category, corrected for chance (Miller and Madow).
    ``suspicion`` says why the column may leak the target; empty when there is no reason.
    """

    name: str
    explained: float
    suspicion: str = ""


class Pair(Record):
    """Two columns that say nearly the same."""

    first: str
    second: str
    value: float


class Associations(Record):
    """How columns go together, on ``rows`` rows spread evenly over the table.

    ``matrix`` holds for each pair of ``columns`` the strength of their association: Spearman's correlation of two
    numeric columns (-1 to 1), the correlation ratio of a number and a category, Cramer's V without bias of two
    categories (0 to 1). ``pearson`` holds the linear correlation, None where a column is no number. ``left_out``
    columns are not in the matrix: it shows the ones that say most about the target.
    """

    rows: int
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    matrix: tuple[tuple[float | None, ...], ...]
    pearson: tuple[tuple[float | None, ...], ...]
    left_out: int
    links: tuple[TargetLink, ...] = ()
    alike: tuple[Pair, ...] = ()
