"""What computes the answers of a version: its compiled form, or the fitted pipeline."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from core.records.model import ModelManifest
from core.training.answers import Answers, answers_of
from core.training.compiled import engine

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from core.training.compiled.engine import Model


class Backend(Protocol):
    """Computes; safe to share between threads."""

    kind: str
    """What answers, in one word, for people."""

    def answer(self, records: Sequence[Mapping[str, Any]]) -> Answers:
        """Answer records that were checked, in their order.

        Raises:
            ValueError: a value is too extreme for the model.
        """
        ...


class Compiled:
    """A compiled form, in this process."""

    kind = "compiled"

    def __init__(self, manifest: ModelManifest, model: "Model") -> None:
        """Take a form that was verified already."""
        self._manifest = manifest
        self._model = model

    def answer(self, records: Sequence[Mapping[str, Any]]) -> Answers:
        """Answer records."""
        return answers_of(self._manifest, engine.answer(self._model, records))


class Fitted:
    """The fitted scikit-learn pipeline, in this process."""

    kind = "scikit-learn"

    def __init__(self, manifest: ModelManifest, pipeline: "Pipeline") -> None:
        """Take a pipeline that was verified already."""
        self._manifest = manifest
        self._pipeline = pipeline

    def answer(self, records: Sequence[Mapping[str, Any]]) -> Answers:
        """Answer records."""
        from core.training.tables import answer

        return answer(self._manifest, self._pipeline, records)
