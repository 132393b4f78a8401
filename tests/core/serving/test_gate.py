import pytest

from core.errors import Overloaded
from core.serving.gate import Gate


def test_a_full_gate_turns_the_next_away_and_opens_when_one_leaves() -> None:
    gate = Gate(1)
    with gate.place(), pytest.raises(Overloaded), gate.place():
        pass
    with gate.place():
        pass


def test_a_place_is_given_back_after_an_error() -> None:
    gate = Gate(1)
    with pytest.raises(ValueError, match="no"), gate.place():
        raise ValueError("no")
    with gate.place():
        pass
