"""What a run was computed with, and what came of computing it again."""

from enum import StrEnum

from core.records.base import Moment, Record


class MathLibrary(Record):
    """A library of numeric kernels as it was loaded: ``threads`` it may use, ``architecture`` it chose."""

    name: str
    version: str | None
    threads: int
    architecture: str | None = None


class CodeVersion(Record):
    """Which Pilothouse computed: its release, the commit when it is a checkout, and the hash of what trains."""

    release: str
    commit: str | None
    sha256: str


class EnvironmentLock(Record):
    """Everything around a run that can change a figure.

    ``packages`` are all installed distributions by name; ``system`` is operating system, machine and C library.
    """

    python: str
    system: str
    processor: str
    cores: int
    threads: str
    packages: dict[str, str]
    libraries: tuple[MathLibrary, ...]
    code: CodeVersion


class ReproductionOutcome(StrEnum):
    """What a rerun showed."""

    IDENTICAL = "identical"
    EQUAL = "equal"
    DIFFERENT = "different"


class InputDifference(Record):
    """An input that is not what it was; ``relevant`` tells whether it takes part in computing."""

    name: str
    before: str | None
    now: str | None
    relevant: bool = True


class Reproduction(Record):
    """The stored answer of one rerun of a run; ``id`` is that of its job.

    ``largest`` is the largest difference between a figure then and now, relative to the larger of it and 1, and
    ``where`` names the figure; both are empty when nothing could be compared. ``metrics`` and ``rows`` count what was.
    """

    id: str
    project: str
    run_id: str
    outcome: ReproductionOutcome
    differences: tuple[InputDifference, ...] = ()
    largest: float | None = None
    where: str = ""
    metrics: int = 0
    rows: int = 0
    summary: str
    actor: str
    created_at: Moment
