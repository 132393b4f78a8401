"""Contracts in the flow: inferred, set, kept as versions, checked on arrival, asked before a training."""

import io
from pathlib import Path

import pytest

from core.datasets.contracts.service import ContractService
from core.datasets.service import DatasetService
from core.errors import ContractFails, ContractNotFound, Denied, InvalidContract, ProjectNotFound
from core.records.access import Actor, Role
from core.records.contract import Draft, ExpressionCheck, Outcome, RangeCheck, RowsCheck, TypeCheck
from core.records.dataset import ColumnKind, DatasetVersion
from storage.memory import MemoryBlobs, MemoryStore
from tests.builders import FakeClock, project

ANN = Actor(name="ann", role=Role.SCIENTIST)
VIEWER = Actor(name="eve", role=Role.VIEWER)
GOOD = "id,tenure,plan,churn\n" + "".join(
    f"{n:04d}-AB,{n % 72},{'basic' if n % 3 else 'full'},{'Yes' if n % 4 else 'No'}\n" for n in range(40)
)
DRAFT = Draft(checks=(RangeCheck(column="tenure", minimum=0, maximum=72), RowsCheck(minimum=10)))


class House:
    def __init__(self) -> None:
        self.store, self.blobs, self.clock = MemoryStore(), MemoryBlobs(), FakeClock()
        with self.store.write() as work:
            work.projects.add(project(id_column="id"))
            work.commit()
        self.datasets = DatasetService(self.store, self.blobs, self.clock)
        self.contracts = ContractService(self.store, self.blobs, self.clock)

    def add(self, text: str = GOOD) -> DatasetVersion:
        return self.datasets.add_version(ANN, "churn", "customers", io.BytesIO(text.encode()), "c.csv").version


@pytest.fixture
def house() -> House:
    return House()


def test_a_version_passes_the_contract_inferred_from_it(house: House) -> None:
    version = house.add()
    draft = house.contracts.infer(version)
    assert {check.key: check.sentence for check in draft.checks} == {
        "type:id": "id holds text",
        "nulls:id": "id is never missing",
        "unique:id": "id is unique",
        "pattern:id": "id matches [0-9]{4}-[A-Z]{2}",
        "type:tenure": "tenure holds whole numbers",
        "nulls:tenure": "tenure is never missing",
        "range:tenure": "tenure lies between 0 and 59",
        "type:plan": "plan holds text",
        "nulls:plan": "plan is never missing",
        "values:plan": "plan is one of basic, full",
        "type:churn": "churn holds text",
        "nulls:churn": "churn is never missing",
        "values:churn": "churn is one of No, Yes",
        "rows": "at least 20 rows",
        "columns": "no other columns",
    }
    house.contracts.set(ANN, "churn", "customers", draft)
    assert house.contracts.check(ANN, version).outcome is Outcome.PASSES


def test_contracts_are_versions_and_the_same_content_makes_no_new_one(house: House) -> None:
    house.add()
    first = house.contracts.set(ANN, "churn", "customers", DRAFT, "first")
    assert house.contracts.set(ANN, "churn", "customers", DRAFT, "again") == first
    second = house.contracts.set(ANN, "churn", "customers", Draft(checks=DRAFT.checks[:1]))
    assert (first.number, second.number, second.author) == (1, 2, "ann")
    assert house.contracts.history("churn", "customers") == [second, first]
    with house.store.read() as work:
        events = [event for event in work.events.find("churn") if event.action == "contract.set"]
    assert [event.details["contract"] for event in events] == [2, 1]


def test_every_new_version_is_checked_as_it_arrives(house: House) -> None:
    assert house.contracts.result("churn", house.add().ref) is None
    house.contracts.set(ANN, "churn", "customers", DRAFT)
    fine = house.add(GOOD + "0040-AB,72,full,Yes\n")
    bad = house.add(GOOD + "0040-AB,73,full,Yes\n0041-AB,-1,full,Yes\n")
    results = {str(result.ref): result for result in house.contracts.results("churn")}
    assert {ref: result.outcome for ref, result in results.items()} == {
        "customers@2": Outcome.PASSES,
        "customers@3": Outcome.FAILS,
    }
    broken = results[str(bad.ref)].failed[0]
    assert (broken.count, [sample.values for sample in broken.sample]) == (
        2,
        [
            {"tenure": 73, "id": "0040-AB", "churn": "Yes"},
            {"tenure": -1, "id": "0041-AB", "churn": "Yes"},
        ],
    )
    assert house.contracts.result("churn", fine.ref) == results[str(fine.ref)]


def test_a_failing_version_is_trained_on_only_with_a_reason(house: House) -> None:
    house.contracts.set(ANN, "churn", "customers", DRAFT)
    bad = house.add(GOOD + "0040-AB,73,full,Yes\n")
    with pytest.raises(ContractFails) as refused:
        house.contracts.require_trainable(bad)
    assert "customers@1 fails its contract (version 1): tenure lies between 0 and 72: 1 of 41" in refused.value.message
    assert house.contracts.require_trainable(bad, "known outlier") == "fails, contract 1"


def test_a_version_nobody_checked_is_checked_before_its_training(house: House) -> None:
    bad = house.add(GOOD + "0040-AB,73,full,Yes\n")
    assert house.contracts.require_trainable(bad, look=True) == ""
    house.contracts.set(ANN, "churn", "customers", DRAFT)
    assert house.contracts.require_trainable(bad) == ""
    with pytest.raises(ContractFails):
        house.contracts.require_trainable(bad, look=True)
    house.contracts.set(ANN, "churn", "customers", Draft(checks=DRAFT.checks[1:]))
    assert house.contracts.require_trainable(bad, look=True) == "passes, contract 2"


def test_a_file_is_checked_without_being_kept(house: House, tmp_path: Path) -> None:
    house.contracts.set(ANN, "churn", "customers", DRAFT)
    (tmp_path / "new.csv").write_text("id,tenure\n1,99\n")
    result = house.contracts.check_file("churn", "customers", tmp_path / "new.csv", "new.csv")
    assert (result.outcome, len(result.failed), house.contracts.results("churn")) == (Outcome.FAILS, 2, [])


def test_what_cannot_be_set_is_refused(house: House) -> None:
    house.add()
    with pytest.raises(Denied):
        house.contracts.set(VIEWER, "churn", "customers", DRAFT)
    with pytest.raises(ProjectNotFound):
        house.contracts.set(ANN, "nope", "customers", DRAFT)
    with pytest.raises(InvalidContract, match="no check at all"):
        house.contracts.set(ANN, "churn", "customers", Draft())
    unknown = RangeCheck(column="age", minimum=0)
    with pytest.raises(InvalidContract, match="customers@1 has no column 'age'"):
        house.contracts.set(ANN, "churn", "customers", Draft(checks=(unknown,)))
    with pytest.raises(InvalidContract, match="Character 1 of the expression"):
        house.contracts.set(ANN, "churn", "customers", Draft(checks=(ExpressionCheck(expression="age > 3"),)))
    later = Draft(checks=(TypeCheck(column="age", type=ColumnKind.INTEGER), unknown))
    assert house.contracts.set(ANN, "churn", "customers", later).number == 1


def test_without_a_contract_there_is_nothing_to_check(house: House) -> None:
    version = house.add()
    with pytest.raises(ContractNotFound):
        house.contracts.check(ANN, version)
    house.contracts.set(ANN, "churn", "customers", DRAFT)
    with pytest.raises(Denied):
        house.contracts.check(VIEWER, version)
