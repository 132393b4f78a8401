"""How columns of a table go together, and what tells the target too well."""

import numpy as np
import pyarrow as pa
import pytest

from core.datasets.profile.source import HeldTable
from core.datasets.profile.table import profile
from core.records.dataset import Profile
from core.records.profile import Associations, FindingKind, Severity
from core.records.project import Task
from tests.builders import project

ROWS = 400
RANDOM = np.random.default_rng(11)
CHURN = np.array(["No", "Yes"])[(np.arange(ROWS) % 4 == 0).astype(int)]
NOISE = RANDOM.normal(size=ROWS)
SCORE = np.where(CHURN == "Yes", 5.0, -5.0) + NOISE


def table(**columns: object) -> pa.Table:
    return pa.table({"churn": CHURN, "noise": NOISE, **columns})


def described(data: pa.Table, **changes: object) -> Profile:
    return profile(HeldTable(data), project(target="churn", **changes))


def associations(data: pa.Table, **changes: object) -> Associations:
    found = described(data, **changes).associations
    assert found is not None
    return found


def test_a_column_that_separates_the_classes_is_suspected_and_comes_first() -> None:
    found = described(table(score=SCORE, reason=np.where(CHURN == "Yes", "price", None)))
    assert found.associations is not None
    links = {link.name: link for link in found.associations.links}
    assert links["reason"].suspicion == "whether it is missing tells the target"
    assert links["score"].suspicion == "alone it separates the classes with a ROC AUC of 1.000"
    assert links["noise"].suspicion == ""
    assert links["noise"].explained < 0.05
    serious = [finding for finding in found.findings if finding.severity is Severity.SERIOUS]
    assert {finding.columns for finding in serious} == {("reason",), ("score",)}
    assert all(finding.kind is FindingKind.LEAKAGE for finding in serious)
    assert found.findings[0] in serious


def test_a_measured_target_is_leaked_by_a_column_of_the_same_order() -> None:
    data = pa.table({"churn": NOISE, "copy": np.exp(NOISE) + RANDOM.normal(size=ROWS) * 1e-3, "other": SCORE[::-1]})
    links = {link.name: link for link in associations(data, task=Task.REGRESSION, positive=None).links}
    assert "rank correlation" in links["copy"].suspicion or "explains" in links["copy"].suspicion
    assert links["other"].suspicion == ""


def test_the_matrix_names_the_strength_of_each_pair_by_kinds() -> None:
    found = associations(table(double=NOISE * 2, colour=["red", "blue"] * (ROWS // 2)))
    place = {name: number for number, name in enumerate(found.columns)}
    assert found.columns[0] == "churn"
    assert found.matrix[place["noise"]][place["double"]] == 1.0
    assert found.pearson[place["noise"]][place["double"]] == 1.0
    assert found.pearson[place["noise"]][place["colour"]] is None
    assert found.matrix[place["churn"]][place["colour"]] == pytest.approx(0.5759, abs=1e-4)
    assert [(pair.first, pair.second) for pair in found.alike] in ([("noise", "double")], [("double", "noise")])
    assert found.left_out == 0


def test_only_the_columns_that_say_most_are_in_the_matrix_of_a_wide_table() -> None:
    wide = {f"x{place}": RANDOM.normal(size=ROWS) for place in range(80)}
    found = associations(table(score=SCORE, **wide))
    assert len(found.columns) == len(found.matrix) == len(found.matrix[0]) == 30
    assert found.columns[:2] == ("churn", "score")
    assert found.left_out == 53
    assert len(found.links) == 82


def test_identifiers_and_free_texts_say_nothing() -> None:
    found = associations(table(row=np.arange(ROWS), name=[f"n{place}" for place in range(ROWS)], same=["x"] * ROWS))
    assert found.columns == ("churn", "noise")


def test_classes_out_of_balance_and_missing_targets_are_told() -> None:
    churn = ["Yes"] * 10 + ["No"] * 380 + [None] * 10
    found = described(pa.table({"churn": churn, "noise": NOISE}))
    assert found.classes == (("No", 380), ("Yes", 10))
    texts = {finding.kind: finding.text for finding in found.findings}
    assert texts[FindingKind.TARGET].startswith("The target 'churn' is missing in 10 rows (2%)")
    assert "'Yes' is 3% (10 rows)" in texts[FindingKind.BALANCE]


def test_a_target_of_one_value_is_serious() -> None:
    found = described(pa.table({"churn": ["No"] * 60, "x": NOISE[:60]}))
    assert found.findings[0].text == "The target 'churn' has one value only: there is nothing to learn."


def test_few_rows_and_tables_without_the_target_have_no_links() -> None:
    assert described(table().slice(0, 40)).associations is None
    other = profile(HeldTable(pa.table({"a": NOISE, "b": SCORE})), project(target="churn"))
    assert other.target is None
    assert other.associations is not None
    assert other.associations.links == ()
