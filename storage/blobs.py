"""Content-addressed bytes in a folder, or behind any fsspec URL with a local copy."""

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import BlobCorrupt, BlobNotFound, ExtraMissing, InvalidSetting, Unavailable
from core.ports.blobs import BlobStore
from storage.known_files import sync_folder

CHUNK = 1 << 20
NAME = re.compile(r"[0-9a-f]{64}")
READ_ONLY = 0o444


class FileBlobs:
    """A :class:`core.ports.blobs.BlobStore` in a folder: ``ab/cdef...`` for the SHA-256 ``abcdef...``.

    Blobs are read-only files. A corrupt one stays where it is, for whoever wants to look at it, but is never handed
    out; putting the right bytes again mends it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"

    def put(self, source: BinaryIO) -> tuple[str, int]:
        """Store everything ``source`` yields; return (SHA-256, size in bytes).

        Raises:
            Unavailable: the disk did not take it; nothing is left behind.
        """
        try:
            return self._put(source)
        except OSError as error:
            problem = (
                f"The bytes could not be stored ({error.strerror or error}). Nothing was kept; mend that, then retry."
            )
            raise Unavailable(problem=problem) from error

    def put_bytes(self, content: bytes) -> str:
        """Store ``content``; return its SHA-256.

        Raises:
            Unavailable: the disk did not take it; nothing is left behind.
        """
        return self.put(io.BytesIO(content))[0]

    def read(self, sha256: str) -> bytes:
        """Return the bytes.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name.
        """
        try:
            content = self._file(sha256).read_bytes()
        except FileNotFoundError as error:
            raise BlobNotFound(sha256=sha256) from error
        _check(sha256, hashlib.sha256(content).hexdigest())
        return content

    def path(self, sha256: str) -> Path:
        """Return the file that holds the verified bytes.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name.
        """
        file = self._file(sha256)
        try:
            with file.open("rb") as stored:
                found = hashlib.file_digest(stored, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise BlobNotFound(sha256=sha256) from error
        _check(sha256, found)
        return file

    def exists(self, sha256: str) -> bool:
        """Tell whether the blob is there, without reading it."""
        return NAME.fullmatch(sha256) is not None and self._file(sha256).exists()

    def delete(self, sha256: str) -> None:
        """Remove the blob; one that is not there is fine."""
        if self.exists(sha256):
            file = self._file(sha256)
            file.unlink(missing_ok=True)
            sync_folder(file.parent)

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob."""
        for file in self._root.glob("[0-9a-f][0-9a-f]/*"):
            name = file.parent.name + file.name
            if NAME.fullmatch(name):
                yield name

    def _file(self, sha256: str) -> Path:
        if not NAME.fullmatch(sha256):
            raise BlobNotFound(sha256=sha256)
        return self._root / sha256[:2] / sha256[2:]

    def _put(self, source: BinaryIO) -> tuple[str, int]:
        self._incoming.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._incoming)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                sha256, size = _copy(source, target)
                os.fchmod(target.fileno(), READ_ONLY)
                target.flush()
                os.fsync(target.fileno())
            self._keep(part, self._file(sha256))
        finally:
            part.unlink(missing_ok=True)
        return sha256, size

    def _keep(self, part: Path, file: Path) -> None:
        if not file.parent.exists():
            file.parent.mkdir(exist_ok=True)
            sync_folder(self._root)
        part.replace(file)
        sync_folder(file.parent)


class RemoteBlobs:
    """A :class:`core.ports.blobs.BlobStore` on an fsspec file system; ``cache`` holds verified local copies."""

    def __init__(self, files: Any, root: str, cache: FileBlobs) -> None:
        self._files = files
        self._root = root.rstrip("/")
        self._cache = cache

    def put(self, source: BinaryIO) -> tuple[str, int]:
        """Store everything ``source`` yields; return (SHA-256, size in bytes).

        Raises:
            Unavailable: the store did not take it.
        """
        sha256, size = self._cache.put(source)
        address = self._address(sha256)
        try:
            self._files.makedirs(address.rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(self._cache.path(sha256)), address)
        except OSError as error:
            raise _unreachable(error) from error
        return sha256, size

    def put_bytes(self, content: bytes) -> str:
        """Store ``content``; return its SHA-256.

        Raises:
            Unavailable: the store did not take it.
        """
        return self.put(io.BytesIO(content))[0]

    def read(self, sha256: str) -> bytes:
        """Return the bytes.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name.
            Unavailable: the store does not answer.
        """
        try:
            return self._cache.read(sha256)
        except (BlobNotFound, BlobCorrupt):
            self._fetch(sha256)
        return self._cache.read(sha256)

    def path(self, sha256: str) -> Path:
        """Return a local copy that holds the verified bytes.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name.
            Unavailable: the store does not answer.
        """
        try:
            return self._cache.path(sha256)
        except (BlobNotFound, BlobCorrupt):
            self._fetch(sha256)
        return self._cache.path(sha256)

    def exists(self, sha256: str) -> bool:
        """Tell whether the blob is there, without reading it.

        Raises:
            Unavailable: the store does not answer.
        """
        try:
            return NAME.fullmatch(sha256) is not None and bool(self._files.exists(self._address(sha256)))
        except OSError as error:
            raise _unreachable(error) from error

    def delete(self, sha256: str) -> None:
        """Remove the blob and its local copy; one that is not there is fine.

        Raises:
            Unavailable: the store does not answer.
        """
        self._cache.delete(sha256)
        if self.exists(sha256):
            try:
                self._files.rm_file(self._address(sha256))
            except OSError as error:
                raise _unreachable(error) from error

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob.

        Raises:
            Unavailable: the store does not answer.
        """
        try:
            addresses = self._files.find(self._root) if self._files.exists(self._root) else []
        except OSError as error:
            raise _unreachable(error) from error
        for address in addresses:
            name = "".join(str(address).split("/")[-2:])
            if NAME.fullmatch(name):
                yield name

    def _fetch(self, sha256: str) -> None:
        try:
            with self._files.open(self._address(sha256), "rb") as remote:
                found, _ = self._cache.put(remote)
        except FileNotFoundError as error:
            raise BlobNotFound(sha256=sha256) from error
        except OSError as error:
            raise _unreachable(error) from error
        if found != sha256:
            self._cache.delete(found)
        _check(sha256, found)

    def _address(self, sha256: str) -> str:
        if not NAME.fullmatch(sha256):
            raise BlobNotFound(sha256=sha256)
        return f"{self._root}/{sha256[:2]}/{sha256[2:]}"


def open_blobs(url: str, cache: Path | None = None) -> BlobStore:
    """Open the store behind ``url``: a folder for ``file://`` or a plain path, else what fsspec knows by the scheme.

    ``cache`` is the folder for local copies of remote blobs; None: one for this URL in the user's cache folder.

    Raises:
        InvalidSetting: the URL cannot be used.
        ExtraMissing: the package for this kind of store is not installed.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme == "file":
        return FileBlobs(_folder(rest if separator else url))
    import fsspec

    try:
        files, root = fsspec.core.url_to_fs(url)
    except ImportError as error:
        command = f"pip install 'fsspec[{scheme}]'"
        raise ExtraMissing(feature=f"Storing bytes in {scheme}://", command=command) from error
    except ValueError as error:
        raise InvalidSetting(name="PILOTHOUSE_BLOB_URL", problem=str(error)) from error
    return RemoteBlobs(files, root, FileBlobs(cache or _own_cache(url)))


def _folder(path: str) -> Path:
    if not Path(path).is_absolute():
        problem = f"{path!r} is no folder's full path; write file:///var/lib/pilothouse/blobs"
        raise InvalidSetting(name="PILOTHOUSE_BLOB_URL", problem=problem)
    return Path(path)


def _own_cache(url: str) -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder / "pilothouse" / "blobs" / hashlib.sha256(url.encode()).hexdigest()[:16]


def _copy(source: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _check(sha256: str, found: str) -> None:
    if found != sha256:
        raise BlobCorrupt(sha256=sha256, found=found)


def _unreachable(error: OSError) -> Unavailable:
    return Unavailable(problem=f"The blob store cannot be reached: {error}. Try again when it answers.")
