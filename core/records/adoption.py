"""Adopting a run that another program logged to the same MLflow: what is asked, and what came of it."""

from enum import StrEnum

from pydantic import Field

from core.records.base import Record
from core.records.dataset import DatasetRef


class HeldOut(StrEnum):
    """Which rows of a dataset version an adopted model did not learn from, as its author says."""

    NONE = "none"
    SPLIT = "split"
    ALL = "all"


class AdoptionRequest(Record):
    """What a person says of a run from outside.

    ``dataset`` holds the rows that it is judged on and that drift is measured against. With ``held_out`` split they are
    the rows that scikit-learn's ``train_test_split(test_size=..., random_state=seed)`` holds out, stratified for
    classes. ``classes`` are the target's names of the model's classes, in the model's order, where it calls them
    otherwise; ``threshold`` is the probability from which a binary answer is positive.
    """

    project: str
    run_id: str
    dataset: DatasetRef
    held_out: HeldOut = HeldOut.NONE
    test_size: float = Field(default=0.2, gt=0.0, lt=1.0)
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    classes: tuple[str, ...] = ()
    threshold: float = Field(default=0.5, gt=0.0, lt=1.0)


class LoggedModel(Record):
    """What MLflow says of a model that another program logged; nothing of the model itself was read.

    ``file`` is the name of the model's file, ``inputs`` its columns and their types in MLflow's words, empty when no
    signature was logged; ``example`` names the file of an input example.
    """

    file: str
    scikit_learn: str
    inputs: tuple[tuple[str, str], ...] = ()
    example: str | None = None


class Adoption(Record):
    """How a run became a version: kept with the run.

    ``estimator`` is the class of its model, ``original_sha256`` the hash of the file that was logged, ``claimed`` the
    metrics its author logged.
    """

    request: AdoptionRequest
    estimator: str
    original_sha256: str
    claimed: dict[str, float]
    author: str


class AdoptionResult(Record):
    """What an adopt job returns."""

    run_id: str
    version: int
    metrics: dict[str, float]
