"""Deleting a dataset version on its screen, with what hangs on it said first."""

import pytest

from core.errors import DatasetNotFound
from core.platform import Platform
from core.records.dataset import DatasetRef
from tests.pages.acting import screen, sound


def test_a_version_is_deleted_after_its_impact_was_shown_and_one_that_serves_is_refused(grown: Platform) -> None:
    at = screen("datasets", project="phones", dataset="customers@1")
    sound(at.button(key="datasets.delete").click().run())
    said = "\n".join(entry.value for entry in at.markdown)
    assert "is serving now: promote another version first" in said
    assert "datasets.delete.ask.confirm" not in [button.key for button in at.button]

    at.query_params["dataset"] = "customers@2"
    at.run()
    sound(at.button(key="datasets.delete").click().run())
    said = "\n".join(entry.value for entry in at.markdown)
    assert "The original file and the typed table" in said
    assert "1 report that compare with it" in said
    at.text_area(key="datasets.delete.ask.reason").input("asked for by the customer")
    sound(at.button(key="datasets.delete.ask.confirm").click().run())
    assert "dataset" not in at.query_params
    with pytest.raises(DatasetNotFound, match="asked for by the customer"):
        grown.datasets.get("phones", DatasetRef(name="customers", number=2))
    assert [version.number for version in grown.datasets.versions("phones")] == [1]
