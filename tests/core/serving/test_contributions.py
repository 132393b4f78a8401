import pytest

from core.serving.contributions import explain


def test_contributions_of_a_sum_are_its_terms() -> None:
    found = explain(
        {"a": 3, "b": 5, "c": 1}, {"a": 1, "b": 1, "c": 1}, lambda rows: [2 * r["a"] + r["b"] for r in rows]
    )
    assert (found.usual, found.answer) == (3, 11)
    assert found.by_input == (("a", 4.0), ("b", 4.0))


def test_what_two_inputs_do_together_is_shared_and_everything_adds_up() -> None:
    found = explain({"a": 1, "b": 1}, {"a": 0, "b": 0}, lambda rows: [r["a"] * r["b"] for r in rows])
    assert found.by_input == (("a", 0.5), ("b", 0.5))
    assert found.answer - found.usual == pytest.approx(sum(value for _, value in found.by_input))


def test_the_usual_record_is_moved_by_nothing() -> None:
    assert explain({"a": 1}, {"a": 1}, lambda rows: [7.0]).by_input == ()
