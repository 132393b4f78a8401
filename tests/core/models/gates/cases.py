"""Cases made by hand: known answers to known rows."""

import numpy as np
import pandas as pd

from core.models.gates.case import Case, Served
from core.models.gates.material import Material, Pairing
from core.records.model import ModelManifest
from core.records.project import Task
from core.training.measures import Outcome
from storage.memory import MemoryBlobs
from tests import bundles
from tests.builders import project

MANIFEST: ModelManifest = bundles.stored(MemoryBlobs()).manifest
ACTUAL = np.tile([0, 1], 200)


def outcome(score: np.ndarray, actual: np.ndarray = ACTUAL) -> Outcome:
    """A binary outcome from the probability of the positive class."""
    scores = np.column_stack([1 - score, score])
    return Outcome(Task.BINARY, actual, (score >= 0.5).astype(np.int64), scores, 1)


def noisy(strength: float, seed: int = 1) -> Outcome:
    """Answers that tell the classes apart the better the larger ``strength``."""
    noise = np.random.default_rng(seed).normal(size=len(ACTUAL))
    return outcome(1 / (1 + np.exp(-(strength * (2 * ACTUAL - 1) + noise))))


def case(challenger: Outcome, champion: Outcome | None = None, frame: pd.DataFrame | None = None, **changes) -> Case:
    rows = len(challenger.actual)
    table = pd.DataFrame({"plan": np.where(np.arange(rows) < 100, "gold", "basic")}) if frame is None else frame
    pairing = None if champion is None else Pairing(champion, challenger, np.arange(rows), "")
    fields = {
        "project": project(),
        "version": 2,
        "manifest": MANIFEST,
        "champion": 0 if champion is None else 1,
        "material": Material(MANIFEST, challenger, table, pairing),
        "served": Served(ms=2.0, mb=1.5),
    }
    return Case(**{**fields, **changes})
