"""Where the scoring API takes pushed versions: counted, hashed and spooled as they come; nothing halfway is kept."""

import asyncio
import base64
import hashlib
import re
import tempfile
from typing import IO, Protocol

import orjson

from core.errors import InvalidRequest
from core.records.access import Actor
from core.records.elsewhere import Arrival
from core.records.job import Job
from core.serving.front import EXCHANGE, Exchange, Receive, Scope
from core.serving.keys import Keys
from core.serving.receiving import media_type
from core.serving_errors import BodyTooLarge, BodyTooSlow, InvalidArchive, NotAnArchive, Overloaded
from core.settings import Settings

AT_ONCE = 2
"""Versions that may be under way at once."""

ARRIVE_S = 600.0
ZIP = "application/zip"
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")


class TakesVersions(Protocol):
    """The part of the arrivals the API needs."""

    def admit(self, actor: Actor, project: str) -> object:
        """Let pass who may push to the project."""
        ...

    def take(self, actor: Actor, project: str, file: IO[bytes], size: int, *, key: str = "", sender: str = "") -> Job:
        """Keep a version and queue what proves it."""
        ...

    def told(self, actor: Actor, project: str, job_id: str) -> Arrival:
        """Return how far a pushed version is."""
        ...


class Door:
    """Takes versions, a few at once, beside the lanes of predictions."""

    def __init__(self, arrivals: TakesVersions, keys: Keys, settings: Settings) -> None:
        self._arrivals = arrivals
        self._keys = keys
        self._folder = settings.home
        self._limit = settings.upload_mb * 1_000_000
        self._inside = 0

    async def take(self, scope: Scope, receive: Receive, project: str) -> bytes:
        """Take a version in; its sender asks later how it stands.

        Raises:
            KeyRefused, Denied, ProjectNotFound: it may not come, and is not read.
            NotAnArchive, BodyTooLarge, BodyTooSlow, InvalidArchive, UnsafeModel: it was not kept.
            Overloaded: others are coming in.
        """
        exchange: Exchange = scope[EXCHANGE]
        headers = exchange.headers
        actor = await asyncio.to_thread(self._admitted, headers, project)
        wanted = _digest(headers)
        if self._inside >= AT_ONCE:
            raise Overloaded(waiting=self._inside)
        self._inside += 1
        try:
            with tempfile.TemporaryFile(dir=self._folder) as file:
                size, found = await self._spooled(headers, receive, file)
                if found != wanted:
                    raise InvalidArchive(problem="its SHA-256 is not that of Content-Digest.")
                key = headers.get(b"idempotency-key", b"").decode("latin-1")
                sender = scope["client"][0] if scope.get("client") else ""
                job = await asyncio.to_thread(
                    self._arrivals.take,
                    actor,
                    project,
                    file,
                    size,
                    key=key if _KEY.fullmatch(key) else "",
                    sender=sender,
                )
        finally:
            self._inside -= 1
        return orjson.dumps({"job_id": job.id, "ask": f"/projects/{project}/versions/pushed/{job.id}"})

    def told(self, authorization: str, project: str, job_id: str) -> Arrival:
        """Tell how far a pushed version is.

        Raises:
            KeyRefused, Denied, ProjectNotFound, JobNotFound: it is not told.
        """
        return self._arrivals.told(self._keys.actor(authorization), project, job_id[:64])

    def _admitted(self, headers: dict[bytes, bytes], project: str) -> Actor:
        actor = self._keys.actor(headers.get(b"authorization", b"").decode("latin-1"))
        self._arrivals.admit(actor, project)
        return actor

    async def _spooled(self, headers: dict[bytes, bytes], receive: Receive, file: IO[bytes]) -> tuple[int, bytes]:
        """Write the body to ``file``; return its size and SHA-256."""
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit:
            raise BodyTooLarge(limit=self._limit)
        try:
            async with asyncio.timeout(ARRIVE_S):
                return await self._written(receive, file)
        except TimeoutError as error:
            raise BodyTooSlow(seconds=int(ARRIVE_S)) from error

    async def _written(self, receive: Receive, file: IO[bytes]) -> tuple[int, bytes]:
        digest, size = hashlib.sha256(), 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise InvalidRequest(problem="the connection ended before the version was whole")
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > self._limit:
                raise BodyTooLarge(limit=self._limit)
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
            if not message.get("more_body", False):
                return size, digest.digest()


def _digest(headers: dict[bytes, bytes]) -> bytes:
    """Return the SHA-256 the sender states.

    Raises:
        NotAnArchive: the body is declared as something else, or no hash is stated.
    """
    stated = _DIGEST.fullmatch(headers.get(b"content-digest", b"").decode("latin-1").strip())
    if media_type(headers) != ZIP or stated is None:
        raise NotAnArchive
    return base64.b64decode(stated[1])
