"""A new model is compiled, and compared with scikit-learn before its compiled form may ever serve."""

import hashlib
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ExtraMissing
from core.records.base import JsonObject
from core.records.model import CompiledForm, ModelManifest
from core.training.answers import numbers, probabilities
from core.training.compiled import edges, engine, form, parity
from core.training.compiled.compiler import Compiled, compile_pipeline
from core.training.compiled.engine import Model
from core.training.compiled.form import Array
from core.training.compiled.reading_models import Ensemble
from core.training.compiled.unsupported import Unsupported
from core.training.preprocessing import model_frame

logger = logging.getLogger(__name__)

BASES = 20
"""Rows of the hold-out that edge cases vary."""


def compiled(manifest: ModelManifest, pipeline: Any, held_out: pd.DataFrame) -> tuple[CompiledForm, bytes | None]:
    """Compile ``pipeline``, compare on all held-out rows and on edge cases; return the bytes when it answered alike.

    What has no compiled form, or answers differently anywhere, is told with its reason; scikit-learn answers then. What
    is compared is loaded from the bytes that are returned.
    """
    try:
        made = compile_pipeline(pipeline, _columns(manifest))
        content = form.dump(made.form)
        comparison = _Comparison(manifest, pipeline, engine.load(content))
        rows, difference = comparison.run(held_out, made)
    except Unsupported as reason:
        return CompiledForm(reason=f"{reason}."), None
    except ExtraMissing as missing:
        return CompiledForm(reason=missing.message), None
    except Exception as error:
        logger.exception("the model of run %s could not be compiled", manifest.run_id)
        return CompiledForm(reason=f"compiling failed unexpectedly ({type(error).__name__})."), None
    kind, sha256 = made.form.document["model"]["kind"], hashlib.sha256(content).hexdigest()
    return CompiledForm(kind=kind, sha256=sha256, size=len(content), rows=rows, difference=difference), content


def _columns(manifest: ModelManifest) -> list[Any]:
    return [feature.column for feature in manifest.features]


class _Comparison:
    """The fitted pipeline and its compiled form, asked the same."""

    def __init__(self, manifest: ModelManifest, pipeline: Any, model: Model) -> None:
        self._manifest = manifest
        self._pipeline = pipeline
        self._model = model

    def run(self, held_out: pd.DataFrame, made: Compiled) -> tuple[int, float]:
        """Return how many rows were compared, and the largest difference.

        Raises:
            Unsupported: the answers differ; the reason says how.
        """
        known = edges.records_of(held_out)
        records = [*known, *self._edges(known, made)]
        worst = max(self._compare(part) for part in (known, records[len(known) :]))
        extreme = edges.too_large(self._manifest.features, known[0])
        for record in extreme:
            self._compare_extreme(record)
        return len(records) + len(extreme), worst

    def _compare(self, records: Sequence[JsonObject]) -> float:
        """Compare many records at once, or one by one when scikit-learn refuses some of them."""
        try:
            wanted = self._fitted(self._frame(records))
        except (ValueError, TypeError):
            return max(self._compare_extreme(record) for record in records)
        return parity.compare(self._manifest, self._model, records, wanted)

    def _edges(self, known: Sequence[JsonObject], made: Compiled) -> list[JsonObject]:
        bases = known[:BASES]
        found = edges.around(self._manifest.features, bases[len(bases) // 2])
        if isinstance(made.source, Ensemble):
            found += edges.on_thresholds(made.source, made.preparation, bases)
        return found

    def _compare_extreme(self, record: JsonObject) -> float:
        refused = parity.refuses(self._model, record)
        try:
            wanted = self._fitted(self._frame([record]))
        except (ValueError, TypeError, OverflowError):
            if not refused:
                raise Unsupported("the compiled form answers a value that scikit-learn refuses") from None
            return 0.0
        if refused:
            raise Unsupported("the compiled form refuses an extreme value that scikit-learn answers")
        return parity.compare(self._manifest, self._model, [record], wanted)

    def _frame(self, records: Sequence[JsonObject]) -> pd.DataFrame:
        columns = _columns(self._manifest)
        table = {one.name: pd.Series([record[one.name] for record in records], dtype=object) for one in columns}
        return model_frame(pd.DataFrame(table), columns)

    def _fitted(self, frame: pd.DataFrame) -> Array:
        with np.errstate(all="ignore"):
            if self._manifest.classes:
                return probabilities(self._pipeline, frame)
            return numbers(self._pipeline, frame)[:, np.newaxis]
