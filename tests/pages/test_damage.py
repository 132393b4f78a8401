"""Damaged bytes on the screens that need them."""

from core.platform import Platform
from core.records.access import LOCAL
from core.records.dataset import DatasetRef
from pages.home import attention
from tests.pages.acting import screen


def test_a_damaged_table_is_shown_until_it_is_made_again(grown: Platform) -> None:
    version = grown.datasets.get("phones", DatasetRef(name="customers", number=2))
    file = grown.blobs.path(version.parquet_sha256)
    file.chmod(0o600)
    content = file.read_bytes()
    file.write_bytes(content[:100] + b"\0" + content[101:])
    at = screen("datasets", project="phones", dataset="customers@2")
    assert any("do not match their hash" in entry.value for entry in at.error)
    at.query_params["tab"] = "source"
    said = at.run().error[0].value.replace("\\", "").replace("\u2060", "")
    assert "The typed table of customers@2 is damaged and was set aside" in said
    found = [(item.project, item.label, item.screen, item.params) for item in attention.items()]
    assert ("phones", "Damaged", "datasets", {"dataset": "customers@2"}) in found
    assert grown.integrity.check(LOCAL, repair=True).open == ()
    assert not at.run().error
