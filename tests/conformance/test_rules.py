from datetime import timedelta

import pytest

from core.errors import Conflict, ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.rule import (
    Answer,
    Condition,
    Decision,
    Evaluation,
    Finding,
    QuietHours,
    RetrainingRule,
    RuleMode,
    Sign,
    Signal,
)
from core.retraining_errors import RuleNotFound, SuggestionNotFound
from tests.builders import START


def rule(**changes: object) -> RetrainingRule:
    fields = {
        "id": "r1",
        "project": "churn",
        "conditions": (Condition(sign=Sign.DRIFT), Condition(sign=Sign.ROWS, of="customers", amount=500)),
        "needed": 2,
        "mode": RuleMode.ACT,
        "quiet": QuietHours(start="22:00", end="06:00", timezone="Europe/Berlin"),
        "enabled": True,
        "since": START,
        "look_at": START + timedelta(hours=1),
        "created_at": START,
        "created_by": "ann",
    }
    return RetrainingRule.model_validate({**fields, **changes})


def evaluation(**changes: object) -> Evaluation:
    fields = {
        "id": "e1",
        "rule_id": "r1",
        "project": "churn",
        "at": START,
        "decision": Decision.SUGGESTED,
        "reason": "drift",
        "findings": (Finding(sign=Sign.DRIFT, met=True, reason="drift"),),
    }
    return Evaluation.model_validate({**fields, **changes})


def signal(**changes: object) -> Signal:
    fields = {"id": "s1", "project": "churn", "name": "nightly", "note": "loaded", "at": START, "by": "ann"}
    return Signal.model_validate({**fields, **changes})


def keep(store: Store, *rules: RetrainingRule) -> None:
    with store.write() as work:
        for item in rules:
            work.rules.add(item)
        work.commit()


def test_a_rule_comes_back_as_it_was_stored_and_as_it_was_changed(store: Store) -> None:
    keep(store, rule(), rule(id="r2", project="bikes", quiet=None, look_at=None))
    with store.read() as work:
        assert work.rules.get("r1") == rule()
        assert [item.id for item in work.rules.find()] == ["r2", "r1"]
        assert work.rules.find("bikes") == [rule(id="r2", project="bikes", quiet=None, look_at=None)]
    changed = rule(enabled=False, seen="x", needed=1)
    with store.write() as work:
        work.rules.update(changed)
        work.commit()
    with store.read() as work:
        assert work.rules.get("r1") == changed


def test_a_rule_needs_its_project_and_an_id_of_its_own(store: Store) -> None:
    keep(store, rule())
    with store.write() as work:
        with pytest.raises(Conflict):
            work.rules.add(rule())
        with pytest.raises(ProjectNotFound):
            work.rules.add(rule(id="r2", project="nope"))


def test_what_is_not_there_cannot_be_read_changed_or_removed(store: Store) -> None:
    keep(store, rule())
    with store.write() as work:
        for call in (
            lambda: work.rules.get("r2"),
            lambda: work.rules.update(rule(id="r2")),
            lambda: work.rules.update(rule(project="bikes")),
            lambda: work.rules.remove("r2"),
        ):
            with pytest.raises(RuleNotFound):
                call()
        with pytest.raises(SuggestionNotFound):
            work.rules.evaluation("e1")
        assert not work.rules.answer(evaluation())


def test_removing_a_rule_keeps_its_evaluations(store: Store) -> None:
    keep(store, rule())
    with store.write() as work:
        work.rules.record(evaluation())
        work.rules.remove("r1")
        work.commit()
    with store.read() as work:
        assert work.rules.find() == []
        assert work.rules.evaluations("churn") == [evaluation()]


def test_evaluations_are_found_newest_first_by_rule_and_by_decision(store: Store) -> None:
    looks = [
        evaluation(),
        evaluation(id="e2", decision=Decision.NOT_MET),
        evaluation(id="e3", rule_id="r2", decision=Decision.ACTED, job_id="j1"),
        evaluation(id="e4", project="bikes"),
    ]
    with store.write() as work:
        for look in looks:
            work.rules.record(look)
        with pytest.raises(Conflict):
            work.rules.record(evaluation())
        with pytest.raises(ProjectNotFound):
            work.rules.record(evaluation(id="e5", project="nope"))
        work.commit()
    with store.read() as work:
        assert work.rules.evaluations("churn") == [looks[2], looks[1], looks[0]]
        assert work.rules.evaluations("churn", "r1", limit=1) == [looks[1]]
        assert work.rules.evaluations("churn", decisions=(Decision.ACTED, Decision.SUGGESTED)) == [looks[2], looks[0]]
        assert work.rules.evaluations("churn", waiting=True) == [looks[0]]
        assert work.rules.evaluation("e3") == looks[2]


def test_a_suggestion_is_answered_once(store: Store) -> None:
    answered = evaluation(answer=Answer.ACCEPTED, answered_by="bob", answered_at=START, job_id="j1")
    with store.write() as work:
        work.rules.record(evaluation())
        assert work.rules.answer(answered)
        assert not work.rules.answer(answered.model_copy(update={"answer": Answer.DISMISSED}))
        work.commit()
    with store.read() as work:
        assert work.rules.evaluation("e1") == answered
        assert work.rules.evaluations("churn", waiting=True) == []


def test_a_signal_counts_once_for_its_project(store: Store) -> None:
    with store.write() as work:
        assert work.rules.signal(signal())
        assert not work.rules.signal(signal(note="again"))
        assert work.rules.signal(signal(project="bikes"))
        assert work.rules.signal(signal(id="s2", at=START + timedelta(hours=1)))
        with pytest.raises(ProjectNotFound):
            work.rules.signal(signal(project="nope"))
        work.commit()
    with store.read() as work:
        assert [item.id for item in work.rules.signals("churn")] == ["s2", "s1"]
        assert work.rules.signals("churn", START + timedelta(minutes=1)) == [
            signal(id="s2", at=START + timedelta(hours=1))
        ]
        assert work.rules.signals("churn", limit=1)[0].id == "s2"
