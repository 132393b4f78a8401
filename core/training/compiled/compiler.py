"""From a fitted pipeline to the form that answers without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.records.dataset import Column
from core.training.compiled import linear, making_bits, making_trees, preparation, reading_models, reading_steps
from core.training.compiled.form import Form
from core.training.compiled.preparation import Preparation
from core.training.compiled.reading_models import Ensemble, Weights
from core.training.compiled.unsupported import Unsupported
from core.training.fitted import MODEL, PREPARE


@dataclass(frozen=True)
class Compiled:
    """A compiled pipeline, and the parts it was made of."""

    form: Form
    preparation: Preparation
    source: Weights | Ensemble


def compile_pipeline(pipeline: Any, columns: Sequence[Column]) -> Compiled:
    """Compile a pipeline of preparation and model.

    Raises:
        Unsupported: a part of it has no compiled form; the reason names it.
    """
    names = [name for name, _ in pipeline.steps]
    if names != [PREPARE, MODEL]:
        raise Unsupported(f"the pipeline has other steps than preparation and model ({', '.join(names)})")
    source = reading_models.read(pipeline.named_steps[MODEL])
    prepared = reading_steps.read(pipeline.named_steps[PREPARE], columns)
    part, model = preparation.to_form(prepared), _made(source, prepared)
    document = {"preparation": part.document, **model.document}
    return Compiled(Form(document, {**part.arrays, **model.arrays}), prepared, source)


def _made(source: Weights | Ensemble, prepared: Preparation) -> Form:
    if isinstance(source, Weights):
        document = {"model": {"kind": linear.KIND, "link": source.link}}
        return Form(document, {"weights": source.weights, "intercepts": source.intercepts})
    return making_bits.make(source, prepared) or making_trees.make(source, prepared.width)
