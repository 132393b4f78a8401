"""The table of tests."""

import pytest

from core.monitoring import methods
from core.records.dataset import ColumnKind


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (ColumnKind.INTEGER, "ks_distance"),
        (ColumnKind.NUMBER, "ks_distance"),
        (ColumnKind.TEXT, "jensenshannon"),
        (ColumnKind.BOOLEAN, "jensenshannon"),
    ],
)
def test_each_kind_has_one_test(kind, key):
    assert methods.method_for(kind).key == key


def test_dates_have_no_test():
    assert methods.method_for(ColumnKind.DATETIME) is None


@pytest.mark.parametrize("method", methods.METHODS, ids=lambda method: method.key)
def test_every_test_says_in_one_place_what_its_number_means(method):
    assert method.definition == methods.definition(method.key)
    assert method.definition.endswith(".")
    assert methods.title(method.key) == method.title


def test_a_threshold_is_what_matters_and_psi_is_raised_by_what_chance_gives():
    ks, psi = methods.BY_KEY["ks_distance"], methods.BY_KEY["psi"]
    assert ks.threshold({}, (200, 200)) == 0.08
    assert ks.threshold({}, (200, 200), 0.2) == 0.2
    assert psi.threshold({"bins": 10.0}, (200, 300)) == pytest.approx(0.1 + 9 * (1 / 200 + 1 / 300))
    assert psi.threshold({"bins": 4.0}, (200, 300), 0.25) == pytest.approx(0.25 + 3 * (1 / 200 + 1 / 300))


def test_a_distance_has_the_p_value_of_its_kind_beside_it_and_a_p_value_is_its_own():
    psi = methods.BY_KEY["psi"]
    assert methods.p_key(psi, ColumnKind.NUMBER) == "ks"
    assert methods.p_key(psi, ColumnKind.TEXT) == "contingency"
    assert methods.p_key(methods.BY_KEY["chisquare"], ColumnKind.TEXT) == "chisquare"


def test_the_tests_on_offer_fit_the_kind():
    assert [method.key for method in methods.offered(ColumnKind.NUMBER)] == [
        "ks_distance", "wasserstein", "psi", "psi_width", "jensenshannon", "ks",
    ]  # fmt: skip
    assert [method.key for method in methods.offered(ColumnKind.BOOLEAN)] == [
        "psi", "psi_width", "jensenshannon", "chisquare", "z",
    ]  # fmt: skip
    assert methods.offered(ColumnKind.DATETIME) == ()
