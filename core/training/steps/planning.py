"""From a recipe and a schema to transformers: each step checked against the columns the steps before it leave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import InvalidExpression, InvalidInput, InvalidPreparation
from core.records import preparation as recipe
from core.records.dataset import Column, ColumnKind
from core.records.preparation import BinMethod, DatePart, Encoding, Fill, Outline, Scaling, StepFault
from core.records.project import Task
from core.training.steps.casting import cast, quoted
from core.training.steps.schema import Schema

if TYPE_CHECKING:
    from core.training.steps.base import Step

NUMBERS = (ColumnKind.INTEGER, ColumnKind.NUMBER)
FILLED = (*NUMBERS, ColumnKind.BOOLEAN, ColumnKind.TEXT)
TEXT = (ColumnKind.TEXT,)
MOMENTS = (ColumnKind.DATETIME,)


@dataclass(frozen=True)
class Plan:
    """Unfitted transformers in order, and the schema they leave."""

    steps: "tuple[tuple[str, Step], ...]"
    schema: Schema


@dataclass(frozen=True)
class Circumstances:
    """What steps depend on beside the columns: the task, and the seed of what is drawn."""

    task: Task
    seed: int = 0


def plan(columns: Sequence[Column], steps: Sequence[recipe.Step], task: Task, seed: int = 0) -> Plan:
    """Return the transformers of a recipe for a table of ``columns``.

    Raises:
        InvalidPreparation: a step does not fit the columns at its place; with its number.
    """
    schema = Schema({column.name: column.kind for column in columns})
    made = []
    for number, step in enumerate(steps, start=1):
        try:
            transformer = _PLANNERS[type(step)](step, schema, Circumstances(task, seed))
        except InvalidInput as fault:
            place = fault.position if isinstance(fault, InvalidExpression) else None
            raise InvalidPreparation(number=number, step=step.do, problem=fault.message, position=place) from fault
        if transformer is not None:
            made.append((f"{number}_{step.do}", transformer))
    return Plan(tuple(made), schema)


def outline(columns: Sequence[Column], steps: Sequence[recipe.Step], task: Task) -> Outline:
    """Return what a recipe makes of ``columns``; faulty steps are told and passed over, so that all faults show."""
    given = list(columns)
    after, sound, faults = [], list[recipe.Step](), []
    schema = Schema({column.name: column.kind for column in given})
    for number, step in enumerate(steps, start=1):
        try:
            schema = plan(given, [*sound, step], task).schema
            sound.append(step)
        except InvalidPreparation as fault:
            faults.append(StepFault(number=number, problem=fault.problem, position=fault.position))
        after.append(schema.columns)
    kept, left_out = finish(schema)
    return Outline(after=tuple(after), columns=kept, left_out=left_out, faults=tuple(faults))


def finish(schema: Schema) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return the columns a model gets in the end, and the moments left out since a step has read them."""
    left_out = tuple(name for name, kind in schema.kinds.items() if kind in MOMENTS and name in schema.read)
    return tuple(column for column in schema.columns if column.name not in left_out), left_out


def needed(columns: Sequence[Column], steps: Sequence[recipe.Step]) -> tuple[str, ...]:
    """Return which of ``columns`` the steps name or read, in the order of the table; faults are not this one's care."""
    origin = {column.name: column.name for column in columns}
    kinds = {column.name: column for column in columns}
    found: set[str] = set()
    for step in steps:
        found |= {origin[name] for name in _reads(step, kinds) if name in origin}
        if isinstance(step, recipe.Rename):
            moved = {new: origin.pop(old) for old, new in step.names.items() if old in origin}
            kinds |= {
                new: kinds[old].model_copy(update={"name": new}) for old, new in step.names.items() if old in kinds
            }
            origin |= moved
        elif isinstance(step, recipe.Derive):
            origin.pop(step.name, None)
    return tuple(column.name for column in columns if column.name in found)


def _reads(step: recipe.Step, kinds: dict[str, Column]) -> Sequence[str]:
    if isinstance(step, recipe.Drop):
        return ()
    if isinstance(step, recipe.Rename):
        return tuple(step.names)
    if isinstance(step, recipe.Derive):
        from core.datasets.expressions.tokens import TokenKind, tokenize

        try:
            return [t.text for t in tokenize(step.expression) if t.kind in (TokenKind.NAME, TokenKind.QUOTED)]
        except InvalidExpression:
            return ()
    if isinstance(step, recipe.Dates) and not step.columns:
        return [name for name, column in kinds.items() if column.kind is ColumnKind.DATETIME]
    return step.columns


def _drop(step: recipe.Drop, schema: Schema, _: Circumstances) -> "Step":
    from core.training.steps.columns import DropColumns

    for name in step.columns:
        if name in schema.kinds:
            schema.remove(name)
    return DropColumns(list(step.columns))


def _rename(step: recipe.Rename, schema: Schema, _: Circumstances) -> "Step":
    from core.training.steps.columns import RenameColumns

    schema.require(list(step.names))
    left = [name for name in schema.kinds if name not in step.names]
    new = list(step.names.values())
    taken = next((name for name in new if name in left or new.count(name) > 1 or not name), None)
    if taken is not None:
        raise InvalidInput(problem=f"the new name {taken!r} is taken or empty; choose another.")
    schema.rename(step.names)
    return RenameColumns(list(step.names), new)


def _cast(step: recipe.Cast, schema: Schema, _: Circumstances) -> "Step | None":
    from core.training.steps.columns import derive

    if not step.columns:
        raise InvalidInput(problem="name the columns whose kind is to change.")
    schema.require(step.columns)
    texts = {name: cast(name, schema.kinds[name], step.to, step.format) for name in step.columns}
    needed = {name: text for name, text in texts.items() if text is not None}
    transformer = derive(list(needed), list(needed.values()), schema.columns)
    for name in needed:
        schema.change(name, step.to)
    return transformer if needed else None


def _impute(step: recipe.Impute, schema: Schema, _: Circumstances) -> "Step":
    from core.training.steps.numbers import FillMissing

    by_number = step.fill in (Fill.MEDIAN, Fill.MEAN)
    is_text = step.fill is Fill.CONSTANT and isinstance(step.value, str)
    kinds = NUMBERS if by_number else FILLED if step.fill is Fill.MOST_FREQUENT else TEXT if is_text else FILLED[:3]
    if step.fill is Fill.CONSTANT and step.value is None:
        raise InvalidInput(problem="give the value to fill in.")
    names = schema.chosen(step.columns, kinds)
    texts = [name for name in names if schema.kinds[name] is ColumnKind.TEXT]
    if step.indicator:
        for name in names:
            schema.add(f"{name}_missing", ColumnKind.BOOLEAN)
    for name in names:
        if schema.kinds[name] is ColumnKind.INTEGER and step.fill is not Fill.MOST_FREQUENT:
            schema.kinds[name] = ColumnKind.NUMBER
    return FillMissing(names, texts, step.fill.value, step.value, indicator=step.indicator)


def _derive(step: recipe.Derive, schema: Schema, _: Circumstances) -> "Step":
    from core.datasets import expressions
    from core.training.steps.columns import derive

    expression = expressions.compile(step.expression, schema.columns)
    transformer = derive([step.name], [step.expression], schema.columns)
    schema.add(step.name, expression.kind)
    schema.read |= set(expression.columns)
    return transformer


def _dates(step: recipe.Dates, schema: Schema, _: Circumstances) -> "Step":
    from core.training.steps.columns import derive

    names = schema.chosen(step.columns, MOMENTS)
    if not step.parts:
        raise InvalidInput(problem="choose at least one part, such as month.")
    made = {f"{name}_{part.value}": _part(name, part) for name in names for part in step.parts}
    transformer = derive(list(made), list(made.values()), schema.columns)
    for name in made:
        schema.add(name, ColumnKind.INTEGER)
    schema.read |= set(names)
    return transformer


def _part(name: str, part: DatePart) -> str:
    return f"{part.value}({quoted(name)})"


def _bins(step: recipe.Bins, schema: Schema, _: Circumstances) -> "Step":
    from core.training.steps.numbers import BinNumbers

    if not step.columns:
        raise InvalidInput(problem="name the columns to sort into bins.")
    edges = list(step.edges)
    if step.method is BinMethod.EDGES and (not edges or sorted(set(edges)) != edges):
        raise InvalidInput(problem="give the edges between the bins, rising.")
    names = schema.chosen(step.columns, NUMBERS)
    kind = ColumnKind.TEXT if step.labels else ColumnKind.INTEGER
    for name in names:
        if step.keep:
            schema.add(f"{name}_bin", kind)
        else:
            schema.change(name, kind)
    return BinNumbers(names, step.method.value, edges, step.count, labels=step.labels, keep=step.keep)


def _group_rare(step: recipe.GroupRare, schema: Schema, _: Circumstances) -> "Step":
    from core.training.steps.categories import GroupRareCategories

    return GroupRareCategories(schema.chosen(step.columns, TEXT), step.least_share, step.into)


def _encode(step: recipe.Encode, schema: Schema, around: Circumstances) -> "Step | None":
    from core.training.steps.categories import EncodeByTable, EncodeByTarget

    names = schema.chosen(step.columns, TEXT)
    if step.method is Encoding.ONE_HOT:
        schema.one_hot |= dict.fromkeys(names, step.max_categories)
        return None
    if step.method is Encoding.TARGET and around.task is Task.MULTICLASS:
        raise InvalidInput(
            problem="a target encoding needs a binary or a regression project. Use one-hot or frequency."
        )
    if len(set(step.order)) < len(step.order):
        raise InvalidInput(problem="a category stands twice in the order.")
    for name in names:
        schema.change(name, ColumnKind.INTEGER if step.method is Encoding.ORDINAL else ColumnKind.NUMBER)
    if step.method is Encoding.TARGET:
        kind = "binary" if around.task is Task.BINARY else "continuous"
        return EncodeByTarget(names, kind, step.smooth, around.seed)
    return EncodeByTable(names, step.method.value, list(step.order))


def _scale(step: recipe.Scale, schema: Schema, _: Circumstances) -> "Step":
    from core.training.steps.numbers import ScaleByLog, ScaleByQuantile, ScaleNumbers

    names = schema.chosen(step.columns, NUMBERS)
    for name in names:
        schema.change(name, ColumnKind.NUMBER)
    # A logarithm mends the shape of a column, not its scale: linear models still want it standardised.
    if step.method is Scaling.LOG:
        return ScaleByLog(names)
    schema.scaled |= set(names)
    return ScaleByQuantile(names) if step.method is Scaling.QUANTILE else ScaleNumbers(names, step.method.value)


_PLANNERS: dict[type, Callable[[Any, Schema, Circumstances], "Step | None"]] = {
    recipe.Drop: _drop,
    recipe.Rename: _rename,
    recipe.Cast: _cast,
    recipe.Impute: _impute,
    recipe.Derive: _derive,
    recipe.Dates: _dates,
    recipe.Bins: _bins,
    recipe.GroupRare: _group_rare,
    recipe.Encode: _encode,
    recipe.Scale: _scale,
}
