"""The scoring API tried against its own OpenAPI document: what fits it and what does not, never a fault of ours."""

import logging
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.core.serving.served import Client

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 3
"""Requests an operation is tried with of each kind; the whole document takes seconds so."""


@schemathesis.serializer("application/zip")
def _as_it_is(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fits", "does not fit"])
def test_whatever_is_sent_is_answered_as_the_document_says(
    client: Client, mode: GenerationMode, caplog: pytest.LogCaptureFixture
) -> None:
    base = f"http://127.0.0.1:{client.port}"
    document = schemathesis.openapi.from_dict(client.get("/openapi.json").document)
    with requests.Session() as session:
        tried = [_tried(result.ok(), mode, base, session) for result in document.get_all_operations()]
    assert len(tried) >= 20
    assert sum(tried) >= EXAMPLES * 6
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def _tried(operation: Any, mode: GenerationMode, base: str, session: requests.Session) -> int:
    """Send what is generated for one operation; return how many requests that were."""
    sent = 0

    @seed(1)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        nonlocal sent
        sent += 1
        response = case.call(base_url=base, session=session)
        case.validate_response(response, checks=CHECKS)

    is_refutable = bool(operation.body) and not operation.path.endswith("/versions")  # any bytes fit an archive
    if mode is GenerationMode.POSITIVE or is_refutable:
        ask()
    return sent
