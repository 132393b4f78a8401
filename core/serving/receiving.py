"""Request bodies off the wire: declared, counted as they come, bounded in size, time and all together."""

import asyncio
import zlib
from typing import TYPE_CHECKING

from core.errors import InvalidRequest
from core.serving_errors import BodyTooLarge, BodyTooSlow, Overloaded, UnsupportedMedia

if TYPE_CHECKING:
    from core.serving.front import Receive

LARGEST_BODY = 16 * 1024 * 1024
ALL_BODIES = 8 * LARGEST_BODY
"""Bytes of bodies that may be under way at once; more are told to come back."""

BODY_S = 30.0
PACKED = frozenset({b"gzip", b"x-gzip"})
CODINGS = frozenset({b"identity", *PACKED})
JSON, CSV = "application/json", "text/csv"


class Bodies:
    """Reads bodies; knows how many bytes of them are under way."""

    def __init__(self) -> None:
        self._under_way = 0
        self._readers = 0

    async def read(self, headers: dict[bytes, bytes], receive: "Receive", kinds: tuple[str, ...] = (JSON,)) -> bytes:
        """Read a body of one of the media types ``kinds``.

        Raises:
            UnsupportedMedia: it is not declared as one of them; this also keeps pages of other sites from posting
                here.
            BodyTooLarge: it is larger than 16 MiB.
            BodyTooSlow: it did not arrive within 30 seconds.
            InvalidRequest: the connection ended before it was whole.
            Overloaded: the bodies of others take all the room there is for them.
        """
        coding = headers.get(b"content-encoding", b"identity").strip().lower()
        if media_type(headers) not in kinds or coding not in CODINGS:
            raise UnsupportedMedia
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > LARGEST_BODY:
            raise BodyTooLarge(limit=LARGEST_BODY)
        self._readers += 1
        try:
            async with asyncio.timeout(BODY_S):
                body = await self._read(receive)
        except TimeoutError as error:
            raise BodyTooSlow(seconds=int(BODY_S)) from error
        finally:
            self._readers -= 1
        return await asyncio.to_thread(_unpacked, body) if coding in PACKED else body

    async def _read(self, receive: "Receive") -> bytes:
        chunks: list[bytes] = []
        size = 0
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise InvalidRequest(problem="the connection ended before the body was whole")
                chunk: bytes = message.get("body", b"")
                chunks.append(chunk)
                size += len(chunk)
                self._under_way += len(chunk)
                if size > LARGEST_BODY:
                    raise BodyTooLarge(limit=LARGEST_BODY)
                if self._under_way > ALL_BODIES:
                    raise Overloaded(waiting=self._readers)
                if not message.get("more_body", False):
                    return b"".join(chunks) if len(chunks) > 1 else chunk
        finally:
            self._under_way -= size


def _unpacked(body: bytes) -> bytes:
    """Unpack a gzip body, never further than a body may be long.

    Raises:
        BodyTooLarge: it unpacks to more.
        InvalidRequest: it is no gzip, or cut off.
    """
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(body, LARGEST_BODY + 1)
    except zlib.error as error:
        raise InvalidRequest(problem=f"the body is no gzip ({error})") from error
    if len(content) > LARGEST_BODY:
        raise BodyTooLarge(limit=LARGEST_BODY)
    if not unpacker.eof or unpacker.unused_data:
        raise InvalidRequest(problem="the body is no whole gzip: its end is missing, or there is more behind it")
    return content


def media_type(headers: dict[bytes, bytes]) -> str:
    """Return what a body is declared to be, without parameters."""
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
