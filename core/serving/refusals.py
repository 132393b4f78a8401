"""The one shape of every error the scoring API answers with."""

from http import HTTPStatus
from typing import Any

import orjson
from pydantic import BaseModel

from core.errors import AppError, InvalidRequest

RETRY_S = "1"


class Detail(BaseModel):
    """One field at fault."""

    field: str
    problem: str


class ErrorInfo(BaseModel):
    """What went wrong, for people (message) and programs (code)."""

    code: str
    message: str
    details: list[Detail]
    request_id: str


class ErrorAnswer(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorInfo


class Refusal:
    """An error answer: status, body and headers."""

    def __init__(
        self, status: int, code: str, message: str, request_id: str, details: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """``details`` are (field, problem) pairs."""
        self.status = status
        self.headers = {"content-type": "application/json"}
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            self.headers["retry-after"] = RETRY_S
        if status == HTTPStatus.UNAUTHORIZED:
            self.headers["www-authenticate"] = "Bearer"
        document: dict[str, Any] = {
            "code": code,
            "message": message,
            "details": [{"field": field, "problem": problem} for field, problem in details],
            "request_id": request_id,
        }
        self.body = orjson.dumps({"error": document})

    @classmethod
    def of(cls, error: AppError, request_id: str) -> "Refusal":
        """Return the answer to one of our own errors, whose sentence is meant to be read."""
        details = error.details if isinstance(error, InvalidRequest) else ()
        return cls(error.status, error.code, error.message, request_id, details)

    @classmethod
    def of_status(cls, status: int, request_id: str, path: str) -> "Refusal":
        """Return the answer to what the router refused: an unknown path, a wrong method."""
        if status == HTTPStatus.NOT_FOUND:
            return cls(status, "not_found", f"There is nothing at {path[:200]!r}. See /docs.", request_id)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            message = "This path does not take that method; the header Allow says which. See /docs."
            return cls(status, "method_not_allowed", message, request_id)
        return cls(status, HTTPStatus(status).name.lower(), HTTPStatus(status).phrase + ".", request_id)

    @classmethod
    def unexpected(cls, request_id: str) -> "Refusal":
        """Return the answer to a fault of ours: nothing of it is shown but where to look."""
        message = f"Something failed inside. The server's log has the details under request id {request_id}."
        return cls(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", message, request_id)
