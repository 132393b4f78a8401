"""Signals from outside, told to the scoring API."""

import pytest

from core.records.access import LOCAL
from tests.core.serving.served import Client, House

SIGNALS = "/projects/churn/retraining/signals"


def test_a_signal_is_stored_once_by_its_id(client: Client, served: House) -> None:
    told = {"id": "load-7", "name": "nightly", "note": "loaded 500 rows"}
    assert client.post(SIGNALS, told).document == {"accepted": True, "repeated": False}
    assert client.post(SIGNALS, told).document == {"accepted": False, "repeated": True}
    with served.store.read() as work:
        found = [item for item in work.rules.signals("churn") if item.id == "load-7"]
    assert [(item.name, item.note, item.by) for item in found] == [("nightly", "loaded 500 rows", LOCAL.name)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"[]", ""),
        (b'{"colour": "red"}', "colour"),
        (b'{"note": 7}', "note"),
        (b'{"id": "a\\u0000b"}', "id"),
    ],
)
def test_a_body_that_is_no_signal_is_refused(client: Client, body: bytes, field: str) -> None:
    reply = client.raw(SIGNALS, body)
    assert (reply.status, reply.error["details"][0]["field"]) == (422, field)


def test_a_signal_for_an_unknown_project_is_refused(client: Client) -> None:
    assert client.post("/projects/nope/retraining/signals", {}).error["code"] == "project_not_found"
