import math

import numpy as np
import pytest

from core.records.reproduction import (
    CodeVersion,
    EnvironmentLock,
    InputDifference,
    MathLibrary,
    ReproductionOutcome,
)
from core.training import differences
from core.training.differences import Gap
from tests.builders import training_spec


def lock(**changes: object) -> EnvironmentLock:
    fields = {
        "python": "CPython 3.11.7",
        "system": "Linux x86_64 glibc 2.36",
        "processor": "EPYC",
        "cores": 2,
        "threads": "1",
        "packages": {"numpy": "2.4.6", "streamlit": "1.67.0"},
        "libraries": (MathLibrary(name="openblas", version="0.3.30", threads=1, architecture="Haswell"),),
        "code": CodeVersion(release="0.1.0", commit="c" * 40, sha256="d" * 64),
    }
    return EnvironmentLock.model_validate({**fields, **changes})


def arrows(found: tuple[InputDifference, ...]) -> list[tuple[str, str | None, str | None, bool]]:
    return [(one.name, one.before, one.now, one.relevant) for one in found]


def test_the_same_environment_has_no_difference():
    assert differences.environments(lock(), lock()) == ()


def test_another_commit_with_the_same_training_code_is_no_difference():
    code = CodeVersion(release="0.1.0", commit="e" * 40, sha256="d" * 64)
    assert differences.environments(lock(), lock(code=code)) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"packages": {"numpy": "2.5.0", "streamlit": "1.67.0"}},
            [("package numpy", "2.4.6", "2.5.0", True)],
        ),
        ({"packages": {"numpy": "2.4.6"}}, [("package streamlit", "1.67.0", None, False)]),
        ({"python": "CPython 3.12.1"}, [("python", "CPython 3.11.7", "CPython 3.12.1", True)]),
        ({"threads": ""}, [("threads", "1", "unset", True)]),
        ({"cores": 8}, [("cores", "2", "8", False)]),
        (
            {"code": CodeVersion(release="0.1.0", commit=None, sha256="e" * 64)},
            [("code", "d" * 12, "e" * 12, True)],
        ),
        (
            {"libraries": (MathLibrary(name="openblas", version="0.3.30", threads=2, architecture="Haswell"),)},
            [("library openblas", "0.3.30 Haswell 1 threads", "0.3.30 Haswell 2 threads", True)],
        ),
    ],
)
def test_each_input_that_differs_is_named(changes, expected):
    assert arrows(differences.environments(lock(), lock(**changes))) == expected


def test_what_takes_part_in_computing_is_named_first():
    found = differences.environments(lock(), lock(cores=8, packages={"numpy": "3", "streamlit": "2"}))
    assert [one.name for one in found] == ["package numpy", "cores", "package streamlit"]


def test_a_spec_that_was_altered_is_told_field_by_field():
    asked = training_spec(params={"C": 1.0, "tol": 0.1})
    held = training_spec(params={"C": 2.0, "tol": 0.1}, seed=7)
    assert arrows(differences.specs(asked, held)) == [("parameter C", "1.0", "2.0", True), ("seed", "0", "7", True)]


def test_figures_are_compared_by_name_relative_to_their_size():
    assert differences.figures({"a": 1.0, "b": 2.0, "only": 1.0}, {"a": 1.0, "b": 2.0}) == (2, Gap())
    assert differences.figures({"a": 0.5, "rmse": 1000.0}, {"a": 0.5, "rmse": 1001.0}) == (2, Gap(0.001, "rmse"))
    assert differences.figures({"a": 0.5}, {"a": math.nan})[1] == Gap(math.inf, "a")


def test_answers_must_be_the_same_bits_to_have_no_gap():
    one = np.array([[0.25, 0.75], [0.5, 0.5]])
    assert differences.answers(one, one.copy()) == Gap()
    assert differences.answers(one, one + 0.125) == Gap(0.125, "the answers to the held-out rows")
    assert differences.answers(one, one[:1]).size == math.inf


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0.0, ReproductionOutcome.IDENTICAL),
        (1e-9, ReproductionOutcome.EQUAL),
        (1.1e-9, ReproductionOutcome.DIFFERENT),
        (math.inf, ReproductionOutcome.DIFFERENT),
    ],
)
def test_the_largest_gap_decides(size, expected):
    assert differences.outcome(Gap(size, "x")) is expected


def test_the_answer_is_said_in_words():
    changed = (InputDifference(name="package numpy", before="1.2", now="1.3"),)
    words = differences.in_words
    assert words(ReproductionOutcome.IDENTICAL, (), Gap(), 4, 1200) == (
        "Identical: 4 figures and the answers to 1,200 held-out rows are equal bit for bit."
    )
    assert "although not every input is the same (package numpy 1.2 → 1.3)" in words(
        ReproductionOutcome.IDENTICAL, changed, Gap(), 4, 1200
    )
    assert words(ReproductionOutcome.EQUAL, (), Gap(2e-12, "log_loss"), 4, 9) == (
        "Equal within 1e-09: the largest difference is 2e-12, in log_loss."
    )
    assert words(ReproductionOutcome.DIFFERENT, changed, Gap(0.5, "f1"), 4, 9).startswith(
        "Different: package numpy 1.2 → 1.3. Of the figures, the largest difference is 0.5, in f1"
    )
    assert "does not repeat itself" in words(ReproductionOutcome.DIFFERENT, (), Gap(0.5, "f1"), 4, 9)
