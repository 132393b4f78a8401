"""From an origin to a file of this machine."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.data_errors import OriginRefused, OriginUnreachable
from core.datasets.limits import Limits
from core.datasets.origins import addresses, web
from core.datasets.origins.reach import CLOUDS, FILES, Reach, file_path
from core.errors import AppError, ExtraMissing, NotATable
from core.ports.outside import OutsideDatabase
from core.records.origin import Origin

_CHUNK = 1 << 20
_ROWS = 20_000
_DRIVERS = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs",
    "adl": "adlfs", "sftp": "paramiko", "ssh": "paramiko", "smb": "smbprotocol", "oci": "ocifs", "oss": "ossfs",
    "hf": "huggingface-hub", "webdav": "webdav4",
}  # fmt: skip
"""The package by which fsspec reads a kind of address."""

Told = Callable[[float], None]
"""Is told the share (0 to 1) that is here; may raise to stop."""


@dataclass(frozen=True)
class Fetched:
    """What was fetched: its name, SHA-256 and size in bytes."""

    filename: str
    sha256: str
    size: int


class Fetcher:
    """Fetches what the rules allow, with secrets that are looked up and never told."""

    def __init__(self, databases: OutsideDatabase, reach: Reach, secrets: Mapping[str, str], limits: Limits) -> None:
        """``secrets`` are what ``${NAME}`` in addresses stands for."""
        self._databases = databases
        self._reach = reach
        self._secrets = secrets
        self._limits = limits

    def check(self, origin: Origin) -> Origin:
        """Return an origin that can be kept and may be asked.

        Raises:
            OriginRefused, OriginUnreachable: it cannot, or may not.
        """
        kept = addresses.checked(origin)
        url = addresses.resolved(kept.url, self._secrets)
        check = self._reach.check if kept.query is None else self._reach.check_database
        check(url, kept.url)
        return kept

    def fetch(self, origin: Origin, target: Path, told: Told) -> Fetched:
        """Write what the origin has now to ``target``; memory does not grow with it.

        Raises:
            OriginRefused, OriginUnreachable: it may not be asked, refuses, or does not answer.
            ExtraMissing: the package for such addresses is not installed.
            NotATable: the answer of a database is no table.
        """
        kept = self.check(origin)
        url = addresses.resolved(kept.url, self._secrets)
        try:
            if kept.query is not None:
                return self._query(url, kept, kept.query, target, told)
            with self._opened(url, kept.url) as (source, size):
                return self._copy(source, size, kept, target, told)
        except AppError as error:
            facts = {
                name: addresses.masked(fact, self._secrets) if isinstance(fact, str) else fact
                for name, fact in error.facts.items()
            }
            raise type(error)(**facts) from None

    def _query(self, url: str, origin: Origin, query: str, target: Path, told: Told) -> Fetched:
        from core.datasets.origins.spool import Spool

        name = addresses.file_name(origin)
        spool = Spool(target, name)
        rows = 0
        try:
            for names, part in self._databases.ask(url, query, _ROWS):
                rows += len(part)
                self._limits.check_size(rows, len(names), name)
                spool.write(names, part)
                told(0.5)
        finally:
            spool.close()
        if not rows:
            raise NotATable(name=name, problem="the query answers without a row.")
        with target.open("rb") as file:
            return Fetched(name, hashlib.file_digest(file, "sha256").hexdigest(), target.stat().st_size)

    @contextmanager
    def _opened(self, url: str, shown: str) -> Iterator[tuple[Any, int | None]]:
        scheme = addresses.scheme(url)
        if scheme in FILES:
            path = file_path(url)
            with path.open("rb") as file:
                yield file, path.stat().st_size
        elif scheme in ("http", "https"):
            with web.opened(url, shown, self._reach) as found:
                yield found
        else:
            with _with_fsspec(url, scheme, shown) as found:
                yield found

    def _copy(self, source: Any, size: int | None, origin: Origin, target: Path, told: Told) -> Fetched:
        digest, written = hashlib.sha256(), 0
        try:
            with target.open("wb") as file:
                while chunk := source.read(_CHUNK):
                    written += len(chunk)
                    if written > self._limits.decoded:
                        self._limits.refuse_decoded(addresses.file_name(origin))
                    digest.update(chunk)
                    file.write(chunk)
                    told(written / size if size else 0.5)
        except (OSError, EOFError) as error:
            raise OriginUnreachable(origin=origin.url, problem=f"the transfer broke off ({error})") from None
        if size is not None and written != size:
            problem = f"the transfer ended after {written:,} of {size:,} bytes"
            raise OriginUnreachable(origin=origin.url, problem=problem)
        return Fetched(addresses.file_name(origin), digest.hexdigest(), written)


@contextmanager
def _with_fsspec(url: str, scheme: str, shown: str) -> Iterator[tuple[Any, int | None]]:
    import fsspec

    try:
        files, path = fsspec.core.url_to_fs(url)
        if files.isdir(path):
            raise OriginRefused(origin=shown, problem="it is a folder. Give the address of one file.")
        size = files.size(path)
        with files.open(path, "rb") as source:
            yield source, size
    except ImportError as error:
        package = _DRIVERS.get(scheme, f"fsspec[{scheme}]")
        where = "cloud store" if scheme in CLOUDS else "server"
        raise ExtraMissing(
            feature=f"Fetching from the {where} {scheme}://", command=f"pip install {package}"
        ) from error
    except FileNotFoundError:
        raise OriginRefused(origin=shown, problem="there is nothing at that address.") from None
    except PermissionError:
        problem = "access was denied. Check the credentials in the environment of Pilothouse."
        raise OriginRefused(origin=shown, problem=problem) from None
    except (OSError, ValueError) as error:
        raise OriginUnreachable(origin=shown, problem=str(error) or type(error).__name__) from None
    except AppError:
        raise
    except Exception as error:  # noqa: BLE001 - each driver has errors of its own, which may quote credentials
        raise OriginUnreachable(origin=shown, problem=type(error).__name__) from None
