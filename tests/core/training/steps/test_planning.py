import pytest

from core.errors import InvalidPreparation
from core.records.dataset import Column, ColumnKind
from core.records.preparation import Bins, Cast, Dates, Derive, Drop, Encode, Impute, Rename, Scale
from core.records.project import Task
from core.training.steps.planning import needed, outline, plan
from tests.core.training.steps import recipes
from tests.core.training.steps.test_steps import COLUMNS

FAULTS = [
    (Derive(name="r", expression="n / x"), "Character 5 of the expression: there is no column 'x'"),
    (Derive(name="n", expression="i + 1"), "there is a column 'n' already"),
    (Cast(columns=("d",), to="number"), "'d' is datetime, which cannot become number. Take date parts"),
    (Cast(columns=(), to="number"), "name the columns"),
    (Rename(names={"n": "t"}), "the new name 't' is taken"),
    (Rename(names={"x": "y"}), "there is no column 'x' at this point. There are: n, i, t, f, d."),
    (Impute(columns=("t",)), "'t' is text, not number"),
    (Impute(columns=("n",), fill="constant"), "give the value"),
    (Bins(columns=("n",), method="edges", edges=(2, 1)), "rising"),
    (Bins(columns=("n", "n")), "named twice"),
    (Scale(columns=("t",)), "'t' is text, not number"),
    (Encode(columns=("n",)), "'n' is number, not text"),
    (Encode(columns=("t",), order=("a", "a"), method="ordinal"), "twice in the order"),
    (Dates(columns=("n",)), "'n' is number, not datetime"),
    (Dates(columns=("d",), parts=()), "at least one part"),
]


@pytest.mark.parametrize(("step", "said"), FAULTS, ids=[said[:30] for _, said in FAULTS])
def test_a_step_that_does_not_fit_is_told_with_its_number(step, said):
    with pytest.raises(InvalidPreparation) as caught:
        plan(COLUMNS, [Drop(columns=()), step], Task.BINARY)
    assert caught.value.number == 2
    assert said in caught.value.message
    assert caught.value.message.startswith(f"Step 2 of the preparation ({step.do}) cannot be taken: ")


def test_a_target_encoding_of_several_classes_is_refused():
    with pytest.raises(InvalidPreparation, match="binary or a regression"):
        plan(COLUMNS, [Encode(method="target")], Task.MULTICLASS)


def test_the_outline_shows_columns_after_each_step_and_all_faults_at_once():
    steps = [
        Derive(name="r", expression="n / x"),
        Dates(columns=("d",), parts=("hour",)),
        Scale(columns=("t",)),
        Derive(name="big", expression="n > 1"),
    ]
    found = outline(COLUMNS, steps, Task.BINARY)
    assert [(fault.number, fault.position) for fault in found.faults] == [(1, 5), (3, None)]
    assert [len(columns) for columns in found.after] == [5, 6, 6, 7]
    assert [(column.name, column.kind.value) for column in found.columns] == [
        ("n", "number"),
        ("i", "integer"),
        ("t", "text"),
        ("f", "boolean"),
        ("d_hour", "integer"),
        ("big", "boolean"),
    ]
    assert found.left_out == ("d",)


def test_the_columns_a_recipe_reads_are_known_by_their_raw_names():
    assert needed(COLUMNS, [Rename(names={"n": "m"}), Derive(name="r", expression="m / `i`")]) == ("n", "i")
    assert needed(COLUMNS, [Derive(name="r", expression="1"), Scale(columns=("r",)), Dates()]) == ("d",)
    assert needed(COLUMNS, [Drop(columns=("t",))]) == ()
    assert "since" in needed(recipes.COLUMNS, recipes.STEPS)


def test_kinds_follow_the_steps():
    columns = plan(recipes.COLUMNS, recipes.STEPS, Task.BINARY).schema.columns
    kinds = {column.name: column.kind for column in columns}
    assert kinds["visits"] is kinds["charges"] is kinds["city"] is ColumnKind.NUMBER
    assert kinds["per_month"] is kinds["size"] is kinds["since_month"] is ColumnKind.INTEGER
    assert kinds["tenure_bin"] is kinds["contract"] is ColumnKind.TEXT
    assert kinds["charges_missing"] is ColumnKind.BOOLEAN
    assert "senior" not in kinds
    assert Column(name="since_year", kind=ColumnKind.NUMBER, nullable=True) in columns
