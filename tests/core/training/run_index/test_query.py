"""The language of queries: what it means, and what it says when it is not followed."""

import pytest

from core.records.run_query import AllOf, AnyOf, Comparison, FieldGroup, NotSo, Operator, RunField
from core.training.run_index.query import read
from core.training_errors import InvalidQuery

AUC = RunField(group=FieldGroup.METRICS, name="roc_auc")
DEPTH = RunField(group=FieldGroup.PARAMS, name="max_depth")
DATA = RunField(group=FieldGroup.RUN, name="data")


def test_conditions_are_joined_as_in_sql() -> None:
    above = Comparison(field=AUC, operator=Operator.MORE, values=(0.8,))
    shallow = Comparison(field=DEPTH, operator=Operator.AT_MOST, values=(10.0,))
    here = Comparison(field=DATA, operator=Operator.EQUAL, values=("customers@3",))
    text = 'metrics.roc_auc > 0.8 and params.max_depth <= 10 and data = "customers@3"'
    assert read(text) == AllOf(parts=(above, shallow, here))
    assert read("metrics.roc_auc>.8 OR NOT (params.max_depth<=1e1 and data=='customers@3')") == AnyOf(
        parts=(above, NotSo(part=AllOf(parts=(shallow, here))))
    )


def test_an_empty_query_asks_for_nothing() -> None:
    assert read("  ") is None


def test_moments_are_read_in_utc() -> None:
    found = read("started >= '2026-03-01T10:00+02:00'")
    assert isinstance(found, Comparison)
    assert found.values == ("2026-03-01T08:00:00+00:00",)


WRONG = {
    "roc_auc > 0.8": (1, "there is no field 'roc_auc'. Write metrics.roc_auc."),
    "metrics.roc_auc >": (18, "here should stand a value, not the end."),
    "metrics.roc_auc > high": (19, "here should stand a value, not 'high'. Texts stand in quotes."),
    "metrics.roc_auc > 'a'": (19, "metrics.roc_auc is compared with a number, not with 'a'."),
    "params.max_depth > 'a'": (20, "params.max_depth can only be larger or smaller than a number, not 'a'."),
    "metrics. > 1": (10, "after metrics. should stand a name, not '>'."),
    "data ~ 'a'": (6, "'~' means nothing here. Write `contains`."),
    "data 'a'": (6, "after data should stand one of = != < <= > >= in contains is, not 'a'."),
    "data > 'a'": (6, "data cannot be larger or smaller. Use =, != or contains."),
    "data = 'a": (8, "the text starting with ' never ends."),
    "(data = 'a'": (1, "this parenthesis is never closed."),
    "data = 'a' name = 'b'": (12, "after a whole condition stands 'name'. Join conditions with `and` or `or`."),
    "data = 'a' and": (15, "here should stand what is compared, such as metrics.roc_auc or data, not the end."),
    "data in 'a'": (9, "after `in` should stand values in parentheses, not 'a'."),
    "data in ('a' 'b')": (14, "after a value should stand `,` or `)`, not 'b'."),
    "data is 'a'": (9, "after `is` should stand `null` or `not null`, not 'a'."),
    "data not 'a'": (10, "after `not` should stand `in`, not 'a'."),
    "started > 'soon'": (11, "'soon' is no date. Write one such as '2026-03-01' or '2026-03-01T09:30'."),
    "status = 'done'": (10, "there is no status 'done': finished, running, failed or stopped."),
    "starred = 1": (11, "starred is compared with true or false, not with '1'."),
    "took contains 'a'": (6, "took is no text, so that it cannot contain something."),
    "metrics.a > 1 & data = 'a'": (15, "'&' means nothing here. Write `and`."),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_query_is_told_where_and_what_to_write(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        read(text)
    position, problem = WRONG[text]
    assert (refused.value.position, refused.value.message) == (
        position,
        f"Character {position} of the query: {problem}",
    )


def test_near_names_are_offered_and_depth_is_bounded() -> None:
    with pytest.raises(InvalidQuery, match="Did you mean estimator"):
        read("estimater = 'ridge'")
    with pytest.raises(InvalidQuery, match="more than 50 parentheses"):
        read("(" * 100 + "data = 'a'" + ")" * 100)
    with pytest.raises(InvalidQuery, match="too long"):
        read("data = 'a' and " * 200)
