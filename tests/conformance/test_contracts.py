import pytest

from core.errors import Conflict, ContractNotFound, ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.contract import (
    CheckResult,
    Contract,
    ContractResult,
    Outcome,
    RangeCheck,
    Requests,
    SampleRow,
    Severity,
    TypeCheck,
    UniqueCheck,
    ValuesCheck,
)
from core.records.dataset import ColumnKind, DatasetRef
from tests.builders import START


def contract(**changes: object) -> Contract:
    fields = {
        "project": "churn",
        "dataset": "customers",
        "number": 1,
        "checks": (
            TypeCheck(column="tenure", type=ColumnKind.INTEGER),
            RangeCheck(column="tenure", minimum=0, maximum=72.5, severity=Severity.WARN),
            ValuesCheck(column="plan", values=("a", 1, 1.5, True)),
            UniqueCheck(columns=("id", "month")),
        ),
        "requests": Requests.WARN,
        "note": "first",
        "author": "ann",
        "created_at": START,
    }
    return Contract.model_validate({**fields, **changes})


def result(**changes: object) -> ContractResult:
    broken = CheckResult(
        key="range:tenure",
        kind="range",
        columns=("tenure",),
        sentence="tenure is at least 0",
        severity=Severity.FAIL,
        passed=False,
        count=2,
        share=0.5,
        observed="2 of 4 values break it",
        sample=(SampleRow(row=3, values={"tenure": -1, "plan": None}),),
    )
    fields = {
        "project": "churn",
        "dataset": "customers",
        "number": 2,
        "contract": 1,
        "outcome": Outcome.FAILS,
        "rows": 4,
        "checks": (broken,),
        "checked_at": START,
    }
    return ContractResult.model_validate({**fields, **changes})


def test_contract_versions_come_back_as_stored_newest_first(store: Store) -> None:
    first, second = contract(), contract(number=2, requests=Requests.IGNORE)
    with store.write() as work:
        for item in (first, second, contract(dataset="other", number=7), contract(project="bikes", number=9)):
            work.contracts.add(item)
        work.commit()
    with store.read() as work:
        assert work.contracts.history("churn", "customers") == [second, first]
        assert work.contracts.newest("churn", "customers") == second
        assert work.contracts.get("churn", "customers", 1) == first
        assert work.contracts.newest("churn", "nothing") is None
        with pytest.raises(ContractNotFound):
            work.contracts.get("churn", "customers", 3)


def test_a_number_is_given_once_and_a_project_is_needed(store: Store) -> None:
    with store.write() as work:
        work.contracts.add(contract())
        with pytest.raises(Conflict):
            work.contracts.add(contract(note="another"))
        with pytest.raises(ProjectNotFound):
            work.contracts.add(contract(project="nope"))
        with pytest.raises(ProjectNotFound):
            work.contracts.add_result(result(project="nope"))


def test_a_result_replaces_the_one_of_the_same_version_and_contract(store: Store) -> None:
    again = result(outcome=Outcome.PASSES, checks=(), rows=5)
    with store.write() as work:
        work.contracts.add_result(result())
        work.contracts.add_result(again)
        work.commit()
    with store.read() as work:
        assert work.contracts.result("churn", DatasetRef(name="customers", number=2)) == again


def test_results_are_those_under_the_highest_contract(store: Store) -> None:
    ref = DatasetRef(name="customers", number=2)
    with store.write() as work:
        for item in (result(contract=2, rows=9), result(contract=1), result(number=1), result(project="bikes")):
            work.contracts.add_result(item)
        assert work.contracts.result("churn", ref) == result(contract=2, rows=9)
        assert work.contracts.result("churn", ref, 1) == result(contract=1)
        assert work.contracts.result("churn", ref, 3) is None
        assert work.contracts.results("churn") == [result(number=1), result(contract=2, rows=9)]
        work.contracts.forget("churn", ref)
        assert work.contracts.results("churn") == [result(number=1)]
        assert len(work.contracts.results("bikes")) == 1


def test_deleting_a_project_takes_its_contracts_and_results(store: Store) -> None:
    with store.write() as work:
        for name in ("churn", "bikes"):
            work.contracts.add(contract(project=name))
            work.contracts.add_result(result(project=name))
        work.projects.delete("churn")
        work.commit()
    with store.read() as work:
        assert (work.contracts.history("churn", "customers"), work.contracts.results("churn")) == ([], [])
        assert (len(work.contracts.history("bikes", "customers")), len(work.contracts.results("bikes"))) == (1, 1)
