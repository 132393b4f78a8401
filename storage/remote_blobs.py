"""Content-addressed bytes behind any fsspec URL, with verified local copies."""

import hashlib
import io
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import BlobCorrupt, BlobNotFound, ExtraMissing, InvalidSetting, Unavailable
from core.ports.blobs import BlobStore, BlobWatch, Unwatched
from storage.blobs import ASIDE, CHUNK, NAME, FileBlobs, check


class _CopyWatch(Unwatched):
    """Passes on that a blob is being kept; a damaged copy is only fetched again."""

    def __init__(self, watch: BlobWatch) -> None:
        self.keeping = watch.keeping  # type: ignore[method-assign]


class RemoteBlobs:
    """A :class:`core.ports.blobs.BlobStore` on an fsspec file system; ``cache`` is the folder of local copies.

    A corrupt object moves to ``quarantine/`` beside the others.
    """

    def __init__(self, files: Any, root: str, cache: Path, watch: BlobWatch | None = None) -> None:
        """``watch`` is told what happens here."""
        self._files = files
        self._root = root.rstrip("/")
        self._watch: BlobWatch = watch or Unwatched()
        self._cache = FileBlobs(cache, _CopyWatch(self._watch))

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
            is_mended = self._release(sha256)
        except OSError as error:
            raise _unreachable(error) from error
        if is_mended:
            self._watch.mended(sha256)
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
            BlobCorrupt: the stored bytes do not match their name; they are in quarantine.
            Unavailable: the store does not answer.
        """
        try:
            return self._cache.read(sha256)
        except (BlobNotFound, BlobCorrupt):
            self._fetch(sha256)
        return self._cache.read(sha256)

    def path(self, sha256: str) -> Path:
        """Return a local copy that holds the verified bytes; errors as in :meth:`read`."""
        try:
            return self._cache.path(sha256)
        except (BlobNotFound, BlobCorrupt):
            self._fetch(sha256)
        return self._cache.path(sha256)

    def verify(self, sha256: str) -> int:
        """Read the bytes of the store itself through; return their size; errors as in :meth:`read`."""
        found, size = self._digest(sha256)
        if found != sha256:
            self._set_aside(sha256)
            check(sha256, self._digest(sha256)[0])
        return size

    def exists(self, sha256: str) -> bool:
        """Tell whether the blob is there and not in quarantine, without reading it.

        Raises:
            Unavailable: the store does not answer.
        """
        if NAME.fullmatch(sha256) is None:
            return False
        self._watch.keeping(sha256)
        try:
            return bool(self._files.exists(self._address(sha256)))
        except OSError as error:
            raise _unreachable(error) from error

    def size(self, sha256: str) -> int:
        """Return the size in bytes.

        Raises:
            BlobNotFound: there is no such blob.
            Unavailable: the store does not answer.
        """
        try:
            return int(self._files.size(self._address(sha256)))
        except FileNotFoundError as error:
            raise self._absent(sha256) from error
        except OSError as error:
            raise _unreachable(error) from error

    def delete(self, sha256: str) -> None:
        """Remove the blob, its local copy and what of it is in quarantine; one that is not there is fine.

        Raises:
            Unavailable: the store does not answer.
        """
        self._cache.delete(sha256)
        if NAME.fullmatch(sha256) is None:
            return
        try:
            if self._files.exists(self._address(sha256)):
                self._files.rm_file(self._address(sha256))
            self._release(sha256)
        except OSError as error:
            raise _unreachable(error) from error

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob that is not in quarantine.

        Raises:
            Unavailable: the store does not answer.
        """
        for address in self._listing(self._root):
            name = "".join(address.split("/")[-2:])
            if NAME.fullmatch(name):
                yield name

    def quarantined(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob in quarantine.

        Raises:
            Unavailable: the store does not answer.
        """
        names = (ASIDE.fullmatch(address.rpartition("/")[2]) for address in self._listing(self._quarantine))
        yield from sorted({match[1] for match in names if match})

    def tidy(self, before: datetime) -> int:
        """Remove what puts that broke off before then left behind here; return how many files those were."""
        return self._cache.tidy(before)

    @property
    def _quarantine(self) -> str:
        return f"{self._root}/quarantine"

    def _listing(self, folder: str) -> list[str]:
        try:
            self._files.invalidate_cache()
            return [str(address) for address in self._files.find(folder)] if self._files.exists(folder) else []
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreachable(error) from error

    def _fetch(self, sha256: str) -> None:
        """Bring a copy, at the second try when the first came wrong: the wire may be at fault, not the store."""
        if self._copied(sha256) or self._copied(sha256):
            return
        self._set_aside(sha256)
        raise self._absent(sha256)

    def _copied(self, sha256: str) -> bool:
        try:
            with self._files.open(self._address(sha256), "rb") as remote:
                found, _ = self._cache.put(remote)
        except FileNotFoundError as error:
            raise self._absent(sha256) from error
        except OSError as error:
            raise _unreachable(error) from error
        if found != sha256:
            self._cache.delete(found)
        return found == sha256

    def _digest(self, sha256: str) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        try:
            with self._files.open(self._address(sha256), "rb") as remote:
                while chunk := remote.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except FileNotFoundError as error:
            raise self._absent(sha256) from error
        except OSError as error:
            raise _unreachable(error) from error
        return digest.hexdigest(), size

    def _absent(self, sha256: str) -> BlobNotFound | BlobCorrupt:
        found = next((ASIDE.fullmatch(address.rpartition("/")[2]) for address in self._aside(sha256)), None)
        return BlobCorrupt(sha256=sha256, found=found[2]) if found else BlobNotFound(sha256=sha256)

    def _set_aside(self, sha256: str) -> None:
        found, size = self._digest(sha256)
        if found == sha256:
            return
        try:
            self._files.makedirs(self._quarantine, exist_ok=True)
            self._release(sha256)
            self._files.mv(self._address(sha256), f"{self._quarantine}/{sha256}.{found}")
        except FileNotFoundError:
            return  # another reader was faster
        except OSError as error:
            raise _unreachable(error) from error
        self._watch.corrupt(sha256, found, size)

    def _aside(self, sha256: str) -> list[str]:
        return [name for name in self._listing(self._quarantine) if name.rpartition("/")[2].startswith(f"{sha256}.")]

    def _release(self, sha256: str) -> bool:
        addresses = self._aside(sha256)
        for address in addresses:
            self._files.rm_file(address)
        return bool(addresses)

    def _address(self, sha256: str) -> str:
        if not NAME.fullmatch(sha256):
            raise BlobNotFound(sha256=sha256)
        return f"{self._root}/{sha256[:2]}/{sha256[2:]}"


def open_blobs(url: str, cache: Path | None = None, watch: BlobWatch | None = None) -> BlobStore:
    """Open the store behind ``url``: a folder for ``file://`` or a plain path, else what fsspec knows by the scheme.

    ``cache`` is the folder for local copies of remote blobs; None: one for this URL in the user's cache folder.
    ``watch`` is told what happens in the store.

    Raises:
        InvalidSetting: the URL cannot be used.
        ExtraMissing: the package for this kind of store is not installed.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme == "file":
        return FileBlobs(_folder(rest if separator else url), watch)
    import fsspec

    try:
        files, root = fsspec.core.url_to_fs(url)
    except ImportError as error:
        command = f"pip install 'fsspec[{scheme}]'"
        raise ExtraMissing(feature=f"Storing bytes in {scheme}://", command=command) from error
    except ValueError as error:
        raise InvalidSetting(name="PILOTHOUSE_BLOB_URL", problem=str(error)) from error
    return RemoteBlobs(files, root, cache or _own_cache(url), watch)


def _folder(path: str) -> Path:
    if not Path(path).is_absolute():
        problem = f"{path!r} is no folder's full path; write file:///var/lib/pilothouse/blobs"
        raise InvalidSetting(name="PILOTHOUSE_BLOB_URL", problem=problem)
    return Path(path)


def _own_cache(url: str) -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder / "pilothouse" / "blobs" / hashlib.sha256(url.encode()).hexdigest()[:16]


def _unreachable(error: OSError) -> Unavailable:
    return Unavailable(problem=f"The blob store cannot be reached: {error}. Try again when it answers.")
