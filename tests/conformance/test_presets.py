from typing import Any

import pytest

from core.errors import PresetNotFound, ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.training import Preset
from tests.builders import START


def preset(**changes: Any) -> Preset:
    fields: dict[str, Any] = {
        "project": "churn",
        "name": "deep",
        "estimator": "random_forest",
        "params": {"max_depth": 30, "ccp_alpha": 0.5, "bootstrap": True, "max_samples": None, "criterion": "gini"},
        "created_at": START,
        "created_by": "ann",
    }
    return Preset(**{**fields, **changes})


def test_a_preset_comes_back_with_each_value_in_its_kind(store: Store) -> None:
    with store.write() as work:
        work.presets.save(preset())
        work.commit()
    with store.read() as work:
        found = work.presets.get("churn", "deep")
    assert found == preset()
    assert [type(value) for value in found.params.values()] == [int, float, bool, type(None), str]


def test_a_preset_of_the_same_name_is_replaced_in_its_project_only(store: Store) -> None:
    with store.write() as work:
        work.presets.save(preset())
        work.presets.save(preset(project="bikes"))
        work.presets.save(preset(params={"max_depth": 3}, created_by="bob"))
        work.commit()
    with store.read() as work:
        assert work.presets.get("churn", "deep").params == {"max_depth": 3}
        assert work.presets.get("churn", "deep").created_by == "bob"
        assert work.presets.get("bikes", "deep") == preset(project="bikes")


def test_presets_are_listed_by_name_within_their_project(store: Store) -> None:
    with store.write() as work:
        for name in ("quick", "deep", "a-1"):
            work.presets.save(preset(name=name))
        work.presets.save(preset(name="other", project="bikes"))
        assert [item.name for item in work.presets.find("churn")] == ["a-1", "deep", "quick"]


def test_an_unknown_preset_names_those_there_are(store: Store) -> None:
    with store.write() as work:
        with pytest.raises(PresetNotFound, match=r"has no preset 'fast'\. It has: none"):
            work.presets.get("churn", "fast")
        work.presets.save(preset())
        with pytest.raises(PresetNotFound, match="It has: deep"):
            work.presets.delete("churn", "fast")


def test_a_deleted_preset_is_gone(store: Store) -> None:
    with store.write() as work:
        work.presets.save(preset())
        work.presets.delete("churn", "deep")
        assert work.presets.find("churn") == []


def test_a_preset_of_an_unknown_project_is_refused(store: Store) -> None:
    with store.write() as work, pytest.raises(ProjectNotFound):
        work.presets.save(preset(project="nope"))
