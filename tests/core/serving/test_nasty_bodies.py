import json
from typing import Any

import pytest

from tests.bundles import RECORD
from tests.core.serving.served import Client

PREDICT = "/projects/churn/predict"
BATCH = "/projects/churn/predict/batch"


RECORD_JSON = json.dumps(RECORD).encode()
NASTY: list[bytes] = [
    b"",
    b" ",
    b"null",
    b"true",
    b"0",
    b'""',
    b"[]",
    b"{}",
    b"{",
    b"}",
    b"[{}]",
    b"\x00",
    b"\xff\xfe",
    b"\x80\x04\x95N.",
    b"\xef\xbb\xbf" + RECORD_JSON,
    RECORD_JSON + b"{",
    RECORD_JSON.decode().encode("utf-16"),
    RECORD_JSON.replace(b"3", b"NaN"),
    RECORD_JSON.replace(b"3", b"Infinity"),
    RECORD_JSON.replace(b"3", b"-Infinity"),
    RECORD_JSON.replace(b"70.5", b"1e999"),
    RECORD_JSON.replace(b"70.5", b"-1e999"),
    RECORD_JSON.replace(b"3", b"9" * 400),
    RECORD_JSON.replace(b"3", b"9" * 5000),
    RECORD_JSON.replace(b"3", b"18446744073709551615"),
    RECORD_JSON.replace(b"3", b"3.5"),
    RECORD_JSON.replace(b"3", b'"3"'),
    RECORD_JSON.replace(b"3", b"true"),
    RECORD_JSON.replace(b"3", b"null"),
    RECORD_JSON.replace(b"3", b"[3]"),
    RECORD_JSON.replace(b"3", b'{"$gt": 0}'),
    RECORD_JSON.replace(b"3", b"0x3"),
    RECORD_JSON.replace(b"3", b"+3"),
    RECORD_JSON.replace(b'"basic"', b"1"),
    RECORD_JSON.replace(b'"basic"', b"null"),
    RECORD_JSON.replace(b'"basic"', b'"\\ud800"'),
    RECORD_JSON.replace(b'"basic"', b'"\xff"'),
    RECORD_JSON.replace(b'"basic"', b"'basic'"),
    RECORD_JSON.replace(b'"tenure"', b'"Tenure"'),
    RECORD_JSON.replace(b'"tenure"', b"tenure"),
    RECORD_JSON.replace(b'"tenure"', b'"__class__"'),
    RECORD_JSON[:-1] + b', "x": 1}',
    RECORD_JSON[:-1] + b', "": 1}',
    RECORD_JSON[:-1] + b', "__proto__": {}}',
    RECORD_JSON[:-1] + b', "prediction_id": 5}',
    RECORD_JSON[:-1] + b', "prediction_id": ""}',
    RECORD_JSON[:-1] + b', "prediction_id": "' + b"x" * 201 + b'"}',
    RECORD_JSON[:-1] + b', "prediction_id": "a\\u0000b"}',
    RECORD_JSON[:-1] + b', "prediction_id": "\\ud800", "y": NaN}',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b"[" * 100_000 + b"NaN",
    b"{" + b",".join(b'"k%d": 1' % number for number in range(20_000)) + b"}",
    b'{"tenure": "' + b"x" * 1_000_000 + b'"}',
    b'{"records": []}',
]
NASTY_BATCHES: list[bytes] = [
    b"[]",
    b"null",
    b'{"records": null}',
    b'{"records": {}}',
    b'{"records": [null]}',
    b'{"records": [[]]}',
    b'{"records": [1, "x", {}]}',
    b'{"records": [NaN]}',
    b'{"records": [{"tenure": NaN}]}',
    b'{"rows": []}',
    b'{"records": [], "version": 2}',
    b'{"records": [{"prediction_id": "a"}, {"prediction_id": "a"}]}',
    b'{"records": [{"prediction_id": []}]}',
]


@pytest.mark.parametrize("body", NASTY, ids=range(len(NASTY)))
def test_a_nasty_body_is_refused_in_our_shape(client: Client, body: bytes) -> None:
    reply = client.raw(PREDICT, body)
    assert reply.status == 422, reply.body[:300]
    assert reply.error["message"]
    assert len(reply.error["details"]) <= 20
    assert len(reply.body) < 20_000


@pytest.mark.parametrize("body", NASTY_BATCHES, ids=range(len(NASTY_BATCHES)))
def test_a_nasty_batch_is_refused_in_our_shape(client: Client, body: bytes) -> None:
    reply = client.raw(BATCH, body)
    assert reply.status == 422, reply.body[:300]
    assert reply.error["details"]


@pytest.mark.parametrize(
    "record",
    [
        {**RECORD, "monthly charges": 1.7e308},
        {**RECORD, "monthly charges": -1.7e308},
        {**RECORD, "monthly charges": 5e-324},
        {**RECORD, "tenure": 2**63 - 1},
        {**RECORD, "tenure": -(2**63)},
        {**RECORD, "tenure": 3.0},
        {**RECORD, "plan": ""},
        {**RECORD, "plan": "x" * 100_000},
        {**RECORD, "plan": "\x00"},
        {**RECORD, "plan": "</script><img src=x onerror=alert(1)>"},
        {**RECORD, "prediction_id": "Größe 🚲 </script>"},
        {**RECORD, "prediction_id": None},
    ],
)
def test_an_extreme_but_legal_record_is_answered_with_finite_json(client: Client, record: dict[str, Any]) -> None:
    for path in (PREDICT, "/projects/bikes/predict"):
        reply = client.post(path, record)
        assert reply.status == 200, reply.body[:300]
        json.loads(reply.body, parse_constant=pytest.fail)
