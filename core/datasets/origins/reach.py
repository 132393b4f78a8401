"""What data may be fetched from: the world, but this machine and its network only where that gives nobody more rights.

While AUTH is off, whoever asks sits at this machine and can read its files anyway. Once people sign in from elsewhere,
files and private addresses are theirs to fetch only where the operator has named them; the addresses by which clouds
hand out their machines' keys are nobody's unless named.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from core.data_errors import OriginRefused, OriginUnreachable

_METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200"), ip_address("168.63.129.16")})
CLOUDS = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "oss", "hf"})
HOSTED = frozenset({"http", "https", "ftp", "sftp", "ssh", "webhdfs", "hdfs", "smb", "webdav"})
FILES = frozenset({"file", "local"})
Address = IPv4Address | IPv6Address


class Reach:
    """Decides about addresses; ``allowed`` are beginnings of addresses that may be fetched although they are near."""

    def __init__(self, *, is_open: bool, allowed: Sequence[str] = ()) -> None:
        """``is_open``: files and private networks may be fetched."""
        self._is_open = is_open
        self._allowed = [urlsplit(prefix) for prefix in allowed]

    def check(self, url: str, shown: str) -> None:
        """Let an address of files pass, or not.

        Args:
            url: the address with its secrets.
            shown: the same without them, for the message.

        Raises:
            OriginRefused: nothing may be fetched from there.
            OriginUnreachable: its host has no address.
        """
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        if "::" in url.partition("?")[0] and "[" not in parts.netloc:
            raise OriginRefused(
                origin=shown, problem="chained addresses are not fetched. Give that of the file itself."
            )
        if scheme in FILES:
            self.check_file(file_path(url), shown)
        elif scheme in HOSTED:
            self.check_host(parts, shown)
        elif scheme not in CLOUDS:
            known = ", ".join(sorted(FILES | HOSTED | CLOUDS))
            raise OriginRefused(origin=shown, problem=f"nothing is fetched by {scheme}://. Known are: {known}.")

    def check_database(self, url: str, shown: str) -> None:
        """Let the address of a database pass, or not.

        Raises:
            OriginRefused, OriginUnreachable: as :meth:`check`.
        """
        parts = urlsplit(url)
        if parts.scheme.partition("+")[0].lower() in ("sqlite", "duckdb"):
            self.check_file(Path(unquote(parts.path[1:])), shown)
        elif parts.hostname:
            self.check_host(parts, shown)
        elif not self._is_named(parts):
            self._refuse(shown, "it is on this machine")

    def check_file(self, path: Path, shown: str) -> None:
        """Let a file of this machine pass, or not.

        Raises:
            OriginRefused: it may not be fetched, or there is none.
        """
        real = path.resolve()
        folders = [
            file_path(prefix.geturl()).resolve() for prefix in self._allowed if prefix.scheme in (*FILES, "sqlite")
        ]
        if not self._is_open and not any(real.is_relative_to(folder) for folder in folders):
            self._refuse(shown, "it is a file of this machine")
        if not real.is_file():
            raise OriginRefused(origin=shown, problem="there is no such file.")

    def check_host(self, parts: SplitResult, shown: str) -> list[tuple[socket.AddressFamily, str]]:
        """Return the addresses of the host, all of which may be asked.

        Raises:
            OriginRefused: one of them may not.
            OriginUnreachable: the host has none.
        """
        found = _addresses(parts.hostname or "", shown)
        if not self._is_named(parts):
            for _, text in found:
                self._check_address(ip_address(text.partition("%")[0]), shown)
        return found

    def _check_address(self, address: Address, shown: str) -> None:
        plain = getattr(address, "ipv4_mapped", None) or address
        if plain.is_link_local or plain.is_unspecified or plain.is_multicast or plain in _METADATA:
            problem = f"{plain} is an address of the network itself, where clouds keep the keys of machines."
            raise OriginRefused(origin=shown, problem=problem)
        if not self._is_open and not plain.is_global:
            self._refuse(shown, f"{plain} is not public")

    def _is_named(self, parts: SplitResult) -> bool:
        return any(_covers(prefix, parts) for prefix in self._allowed)

    def _refuse(self, shown: str, reason: str) -> None:
        raise OriginRefused(
            origin=shown,
            problem=f"{reason}. Whoever runs Pilothouse can allow it: PILOTHOUSE_SOURCES lists what may be fetched "
            "near by.",
        )


def file_path(url: str) -> Path:
    """Return the path in a ``file://`` address."""
    return Path(unquote(urlsplit(url).path))


def _covers(prefix: SplitResult, parts: SplitResult) -> bool:
    """Tell whether ``parts`` lies under ``prefix``; names are compared whole, paths by whole steps."""
    same = (prefix.scheme.lower(), prefix.hostname, prefix.port) == (parts.scheme.lower(), parts.hostname, parts.port)
    path = prefix.path.rstrip("/")
    is_plain = ".." not in unquote(parts.path).split("/")
    return same and is_plain and (parts.path == path or parts.path.startswith(f"{path}/"))


def _addresses(host: str, shown: str) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OriginUnreachable(origin=shown, problem=f"the name {host!r} leads nowhere") from error
    return [(family, str(address[0])) for family, _, _, _, address in found]
