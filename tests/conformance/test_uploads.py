from datetime import timedelta
from typing import Any

import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.dataset import ColumnKind
from core.records.origin import Origin
from core.records.reading import ColumnChoice, ReadingChoices
from core.records.upload import Upload
from tests.builders import START


def upload(**changes: Any) -> Upload:
    fields = {"id": "u1", "project": "churn", "filename": "März.csv", "size": 12, "author": "ann", "created_at": START}
    return Upload(**{**fields, **changes})


def test_an_upload_keeps_its_hash_and_its_choices(store: Store) -> None:
    choices = ReadingChoices(delimiter=";", columns={"d": ColumnChoice(kind=ColumnKind.DATETIME, date_format="%Y")})
    with store.write() as work:
        work.uploads.add(upload())
        work.uploads.add(upload(id="fetched", origin=Origin(url="sqlite:////x.db", query="SELECT 1")))
        work.uploads.complete("u1", "a" * 64, 13)
        work.uploads.choose("u1", choices)
        work.uploads.complete("gone", "a" * 64, 13)
        work.uploads.choose("gone", choices)
        work.commit()
    with store.read() as work:
        assert work.uploads.get("u1") == upload(sha256="a" * 64, size=13, choices=choices)
        assert work.uploads.get("gone") is None
        fetched = work.uploads.get("fetched")
        assert fetched is not None
        assert fetched.origin == Origin(url="sqlite:////x.db", query="SELECT 1")


def test_uploads_are_found_by_age_and_removed_once(store: Store) -> None:
    late = upload(id="u2", created_at=START + timedelta(hours=1))
    with store.write() as work:
        work.uploads.add(upload())
        work.uploads.add(late)
        assert work.uploads.find(before=START + timedelta(minutes=1)) == [upload()]
        assert work.uploads.find(before=START) == []
        assert work.uploads.find() == [upload(), late]
        work.uploads.remove("u1")
        work.uploads.remove("u1")
        work.commit()
    with store.read() as work:
        assert work.uploads.find() == [late]


def test_an_upload_belongs_to_a_project_and_goes_with_it(store: Store) -> None:
    with store.write() as work:
        work.uploads.add(upload())
        with pytest.raises(ProjectNotFound):
            work.uploads.add(upload(id="u2", project="nosuch"))
        work.projects.delete("churn")
        assert work.uploads.find() == []
