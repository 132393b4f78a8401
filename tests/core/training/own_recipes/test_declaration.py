import pytest

from core.training.own_recipes.declaration import parameters_of, understood
from core.training.own_recipes.service import declared
from core.training_errors import InvalidRecipe

HEAD = "from typing import Annotated, Literal, Optional\nfrom pydantic import BaseModel, Field\n"
FIT = "def fit(X, y, params, seed):\n    return None\n"


def schema(**fields: object) -> dict[str, object]:
    return {"type": "object", "properties": fields}


def test_kinds_limits_and_help_become_our_parameters():
    found = parameters_of(
        schema(
            depth={"type": "integer", "default": 3, "minimum": 1, "maximum": 9, "description": "How deep."},
            rate={"type": "number", "default": 1, "exclusiveMinimum": 0, "maximum": 1},
            fast={"type": "boolean", "default": True},
            metric={"type": "string", "enum": ["a", "b"], "default": "a"},
            limit={"anyOf": [{"type": "integer", "exclusiveMaximum": 5}, {"type": "null"}], "default": None},
        )
    )
    told = [(p.name, p.kind, p.default, p.low, p.high, p.closed, p.optional) for p in found]
    assert told == [
        ("depth", "int", 3, 1, 9, "both", False),
        ("rate", "float", 1.0, 0, 1, "right", False),
        ("fast", "bool", True, None, None, "both", False),
        ("metric", "choice", "a", None, None, "both", False),
        ("limit", "int", None, None, 5, "left", True),
    ]
    assert (found[0].help, found[3].choices) == ("How deep.", ("a", "b"))


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"type": "integer"}, "has no default"),
        ({"type": "string", "default": "x"}, "no form can ask for"),
        ({"type": "array", "default": []}, "no form can ask for"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}], "default": 1}, "several types"),
    ],
)
def test_what_no_form_can_ask_for_is_refused(field, said):
    with pytest.raises(InvalidRecipe, match=said):
        parameters_of(schema(x=field))


def test_a_declaration_of_another_shape_is_refused():
    with pytest.raises(InvalidRecipe, match="tasks"):
        understood({"title": "t", "summary": "", "tasks": ["poetry"], "scaled": False, "schema_": {}})


def test_a_file_is_read_by_another_process():
    text = (
        '"""Learns nothing."""\n' + HEAD + 'TASKS = ("binary",)\nSCALED = True\n'
        "class Params(BaseModel):\n    depth: Annotated[int, Field(ge=1, description='How deep.')] = 2\n" + FIT
    )
    found = declared("learns_nothing", text.encode())
    assert (found.title, found.summary, found.tasks, found.scaled) == (
        "Learns nothing",
        "Learns nothing.",
        ("binary",),
        True,
    )
    (depth,) = parameters_of(found.schema_)
    assert (depth.name, depth.kind, depth.default, depth.low, depth.help) == ("depth", "int", 2, 1, "How deep.")


def test_a_dataclass_declares_as_well():
    text = (
        "from dataclasses import dataclass\nfrom typing import Annotated, Literal\nfrom pydantic import Field\n"
        "@dataclass\nclass Params:\n    k: Annotated[int, Field(ge=1, le=50)] = 5\n"
        "    weights: Literal['uniform', 'distance'] = 'uniform'\n" + FIT
    )
    k, weights = parameters_of(declared("near", text.encode()).schema_)
    assert (k.kind, k.low, k.high) == ("int", 1, 50)
    assert weights.choices == ("uniform", "distance")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 +", "SyntaxError"),
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("import sys; sys.exit(3)", "SystemExit"),
        (FIT, "declares no class Params"),
        (HEAD + "class Params(BaseModel):\n    a: int = 1\n", r"no function fit\(X, y, params, seed\)"),
        (HEAD + "class Params(BaseModel):\n    a: int = 1\ndef fit(X, y): ...\n", r"no function fit\(X, y, params"),
        ("import os; os._exit(0)", "ended without an answer"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_in_words(text, said):
    with pytest.raises(InvalidRecipe, match=said):
        declared("bad", text.encode())
