"""Recipes as YAML."""

import pytest

from core.errors import InvalidInput
from core.records.preparation import Derive, Encode, Encoding
from core.training import recipes
from tests.core.training.steps.recipes import STEPS


def test_a_recipe_comes_back_from_its_file_as_it_was_written():
    text = recipes.write(STEPS, "why \N{SNOWMAN}")
    assert text.startswith("note: why \N{SNOWMAN}\nsteps:\n- do: rename\n  names:\n    total charges: charges\n")
    assert "format" not in text
    assert recipes.read(text) == STEPS


def test_a_bare_list_of_steps_is_a_recipe():
    text = "- {do: derive, name: r, expression: a / b}\n- {do: encode, method: frequency}\n"
    assert recipes.read(text) == (Derive(name="r", expression="a / b"), Encode(method=Encoding.FREQUENCY))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: [", "no YAML in line 1"),
        ("hello", "a list of steps"),
        ("", "a list of steps"),
        ("- do: nothing", "Step 1 cannot be read"),
        ("- {do: drop, columns: [a]}\n- {do: derive, name: r}", "Step 2 cannot be read: expression: Field required"),
        ("- {do: drop, columns: [a], colour: red}", "Step 1 cannot be read: colour: Extra inputs"),
        ("- {do: bins, columns: [a], count: 1}", "Step 1 cannot be read: count: Input should be greater"),
        ("- 7", "Step 1 cannot be read"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("!!python/object/apply:os.system ['true']", "no YAML"),
        ("x" * 300_000, "longer than 200,000"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_in_a_sentence(text, said):
    with pytest.raises(InvalidInput) as caught:
        recipes.read(text)
    assert said in caught.value.message
