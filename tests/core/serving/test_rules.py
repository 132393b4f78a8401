"""The contract of the data, asked of requests."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import InvalidRequest
from core.records.contract import (
    Check,
    Contract,
    ExpressionCheck,
    NullsCheck,
    PatternCheck,
    RangeCheck,
    Requests,
    Severity,
    UniqueCheck,
    ValuesCheck,
)
from core.records.dataset import Column, ColumnKind
from core.records.model import FeatureInput
from core.serving.rules import compiled
from core.settings import Settings
from storage.memory import MemoryBlobs
from storage.segments import SegmentLog
from tests.builders import START
from tests.bundles import RECORD, stored
from tests.core.serving.served import Client, House, house, serving

PREDICT = "/projects/churn/predict"
BATCH = "/projects/churn/predict/batch"
RANGE = RangeCheck(column="tenure", minimum=0, maximum=72)
PLANS = ValuesCheck(column="plan", values=("basic", "gold"), severity=Severity.WARN)


def contract(requests: Requests, *checks: Check, number: int = 1) -> Contract:
    return Contract(
        project="churn",
        dataset="customers",
        number=number,
        checks=checks,
        requests=requests,
        note="",
        author="ann",
        created_at=START + timedelta(seconds=number),
    )


@pytest.mark.parametrize(
    ("check", "kind", "values", "broken"),
    [
        (RangeCheck(column="x", minimum=1, maximum=2.5), ColumnKind.NUMBER, [1, 2.5, 2.6, None], [0, 0, 1, 0]),
        (RangeCheck(column="x", maximum=2), ColumnKind.INTEGER, [-9, 3], [0, 1]),
        (RangeCheck(column="x", minimum="2026-01-01"), ColumnKind.DATETIME, ["2025-12-31T23:00:00", None], [1, 0]),
        (RangeCheck(column="x", minimum="2026-01-01T00:00:00Z"), ColumnKind.DATETIME, ["2026-01-01T00:00:00"], [0]),
        (ValuesCheck(column="x", values=("a", 1)), ColumnKind.TEXT, ["a", "1", "b", None], [0, 0, 1, 0]),
        (ValuesCheck(column="x", values=(1, 2)), ColumnKind.INTEGER, [1, 3], [0, 1]),
        (ValuesCheck(column="x", values=(True,)), ColumnKind.BOOLEAN, [True, False], [0, 1]),
        (ValuesCheck(column="x", values=("2026-01-01",)), ColumnKind.DATETIME, ["2026-01-01T00:00:00"], [0]),
        (PatternCheck(column="x", pattern="[a-z]+"), ColumnKind.TEXT, ["ab", "ab1", None], [0, 1, 0]),
        (NullsCheck(column="x", share=0), ColumnKind.TEXT, ["a", None], [0, 1]),
    ],
)
def test_values_are_judged_as_those_of_a_dataset(
    check: Check, kind: ColumnKind, values: list[object], broken: list[int]
) -> None:
    feature = FeatureInput(column=Column(name="x", kind=kind, nullable=True), example=None)
    manifest = stored(MemoryBlobs()).manifest.model_copy(update={"features": (feature,)})
    rules = compiled(contract(Requests.WARN, check), manifest)
    assert rules is not None
    warned = rules.judge([{"x": value} for value in values], batch=True)
    assert [len(said) for said in warned] == broken


def test_what_speaks_of_whole_tables_or_of_no_input_is_not_asked() -> None:
    manifest = stored(MemoryBlobs()).manifest
    checks = (
        UniqueCheck(columns=("tenure",)),
        NullsCheck(column="plan", share=0.1),
        RangeCheck(column="other", minimum=0),
    )
    assert compiled(contract(Requests.REFUSE, *checks), manifest) is None
    assert compiled(contract(Requests.IGNORE, RANGE), manifest) is None
    assert compiled(None, manifest) is None


def test_a_refusal_names_columns_count_and_what_to_do() -> None:
    rules = compiled(contract(Requests.REFUSE, RANGE, PLANS), stored(MemoryBlobs()).manifest)
    assert rules is not None
    rows = [RECORD, {**RECORD, "tenure": 99}, {**RECORD, "tenure": -1, "plan": "new"}]
    with pytest.raises(
        InvalidRequest, match=r"2 values of tenure break contract 1 of customers. Send values"
    ) as caught:
        rules.judge(rows, batch=True)
    assert caught.value.details == (
        ("records[1].tenure", "99 breaks the contract: tenure lies between 0 and 72"),
        ("records[2].tenure", "-1 breaks the contract: tenure lies between 0 and 72"),
    )
    said = ("plan: new breaks the contract: plan is one of basic, gold",)
    assert rules.judge([{**RECORD, "plan": "new"}], batch=True) == [said]


@pytest.mark.parametrize(
    ("expression", "record", "broken"),
    [
        ("tenure <= 10 or plan != 'basic'", {"tenure": 11, "plan": "basic"}, True),
        ("tenure <= 10 or plan != 'basic'", {"tenure": 11, "plan": "gold"}, False),
        ("tenure > 3", {"tenure": None}, False),
        ("tenure > 3", {}, False),
    ],
)
def test_an_expression_across_inputs_is_asked_and_nothing_is_broken_without_an_answer(
    expression: str, record: dict[str, object], broken: bool
) -> None:
    rules = compiled(contract(Requests.WARN, ExpressionCheck(expression=expression)), stored(MemoryBlobs()).manifest)
    assert rules is not None
    assert [bool(said) for said in rules.judge([record], batch=False)] == [broken]


def test_a_broken_expression_names_the_values_it_looked_at() -> None:
    check = ExpressionCheck(expression="tenure <= 10 or plan != 'basic'")
    rules = compiled(contract(Requests.REFUSE, check), stored(MemoryBlobs()).manifest)
    assert rules is not None
    with pytest.raises(InvalidRequest) as caught:
        rules.judge([{**RECORD, "tenure": 11, "plan": "basic"}], batch=False)
    said = "tenure = 11, plan = basic break the contract: tenure <= 10 or plan != 'basic'"
    assert caught.value.details == (("tenure", said),)


@pytest.mark.parametrize("expression", ["other > 1", "tenure >", "tenure + 1"])
def test_an_expression_the_inputs_of_the_model_cannot_answer_is_not_asked(expression: str) -> None:
    check = ExpressionCheck(expression=expression)
    assert compiled(contract(Requests.REFUSE, check), stored(MemoryBlobs()).manifest) is None


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> House:
    made = house(settings, log=SegmentLog(tmp_path / "predictions"))
    made.add_project()
    made.promote(1, stored(made.blobs).sha256)
    return made


@pytest.fixture
def client(served: House) -> Iterator[Client]:
    with serving(served) as connected:
        yield connected


def put(served: House, client: Client, found: Contract) -> None:
    """Keep a contract and wait until the API follows it."""
    with served.store.write() as work:
        work.contracts.add(found)
        work.commit()
    revision = served.store.revision()
    while served.serving.rules._revision != revision:
        client.get("/livez")


def test_the_api_refuses_or_warns_as_the_contract_says_and_follows_its_changes(client: Client, served: House) -> None:
    strange = {**RECORD, "tenure": 99, "prediction_id": "p1"}
    assert "warnings" not in client.post(PREDICT, strange).document
    put(served, client, contract(Requests.REFUSE, RANGE))
    reply = client.post(PREDICT, strange)
    assert (reply.status, reply.error["details"][0]["field"]) == (422, "tenure")
    assert client.post(BATCH, {"records": [RECORD, RECORD]}).status == 200
    reply = client.post(BATCH, {"records": [RECORD, {**RECORD, "tenure": 99}]})
    assert (reply.status, reply.error["details"][0]["field"]) == (422, "records[1].tenure")
    put(served, client, contract(Requests.WARN, RANGE, number=2))
    said = ["tenure: 99 breaks the contract: tenure lies between 0 and 72"]
    assert client.post(PREDICT, {**strange, "prediction_id": "p2"}).document["warnings"] == said
    told = client.post(BATCH, {"records": [RECORD, {**RECORD, "tenure": 99, "prediction_id": "p3"}]}).document
    assert ["warnings" in one for one in told["predictions"]] == [False, True]
    logged = {one.prediction_id: list(one.warnings) for one in served.log.read("churn")}
    assert [said[0] in logged[name] for name in ("p1", "p2", "p3")] == [False, True, True]
    put(served, client, contract(Requests.IGNORE, RANGE, number=3))
    assert "warnings" not in client.post(PREDICT, strange).document


def test_rules_are_compiled_without_pandas() -> None:
    code = "import sys, core.serving.rules; print({'pandas', 'pandera', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
