"""What a project names and a table does not have is said, with what may have been meant."""

import pytest

from core.datasets.fit import meant, misfits, names_class
from core.records.dataset import Column, ColumnKind
from tests.builders import column_profile, dataset_version, project


def version(kind=ColumnKind.TEXT, top=(("Ja", 3), ("Nein", 9)), distinct=2):
    names = {"Ausfall": kind, "Antragsdatum": ColumnKind.DATETIME, "Kunde": ColumnKind.INTEGER}
    made = dataset_version(columns=tuple(Column(name=name, kind=k, nullable=False) for name, k in names.items()))
    target = column_profile("Ausfall", kind, distinct=distinct, top=top)
    profile = made.profile.model_copy(update={"columns": (target,)})
    return made.model_copy(update={"profile": profile})


def test_a_table_that_has_all_of_it_is_told_nothing_of():
    fitting = project(target="Ausfall", positive="Ja", id_column="Kunde", time_column="Antragsdatum")
    assert misfits(fitting, version()) == ()


def test_each_missing_column_is_named_with_the_nearest():
    wrong = project(target="Ausfal", positive="Ja", id_column="kunde", time_column="when")
    assert misfits(wrong, version()) == (
        "The target 'Ausfal' is not in customers@1. Did you mean 'Ausfall'?",
        "The id column 'kunde' is not in customers@1. Did you mean 'Kunde'?",
        "The time column 'when' is not in customers@1.",
    )


def test_a_positive_class_that_no_row_has_is_named_with_the_values():
    wrong = project(target="Ausfall", positive="ja")
    assert misfits(wrong, version()) == (
        "The positive class 'ja' is no value of 'Ausfall' in customers@1, which has 'Ja', 'Nein'. Did you mean 'Ja'?",
    )


@pytest.mark.parametrize(
    ("kind", "top", "distinct", "positive"),
    [
        (ColumnKind.INTEGER, (("0", 9), ("1", 3)), 2, "1.0"),
        (ColumnKind.BOOLEAN, (("false", 9), ("true", 3)), 2, "True"),
        (ColumnKind.TEXT, (("a", 9), ("b", 3)), 40, "unseen among the most frequent"),
        (ColumnKind.NUMBER, (), 2, "1"),
    ],
)
def test_a_positive_class_in_another_spelling_or_beyond_the_profile_is_no_fault(kind, top, distinct, positive):
    assert misfits(project(target="Ausfall", positive=positive), version(kind, top, distinct)) == ()


def test_nothing_near_is_not_offered():
    assert meant("amount", ["Ausfall", "Kunde"]) == ""
    assert not names_class("x", 1)
