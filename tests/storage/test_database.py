from pathlib import Path

from tests.storage.actors import in_a_process, write_on_a_full_disk
from tests.storage.test_schema import query


def test_a_full_disk_is_reported_and_leaves_a_sound_file(ready: str, file: Path) -> None:
    assert in_a_process(write_on_a_full_disk, ready) == 0
    assert query(file, "PRAGMA integrity_check") == [("ok",)]
