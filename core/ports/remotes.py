"""DVC remotes: where other tools keep and find data by its MD5."""

from pathlib import Path
from typing import Protocol


class DataRemotes(Protocol):
    """Any remote DVC knows, by its URL: a folder, S3, GCS, Azure, SSH; objects lie under ``files/md5``.

    Every method raises ``ExtraMissing`` when the packages for that kind of URL are not installed, ``InvalidInput`` when
    the URL cannot be used, and ``Unavailable`` when the remote does not answer.
    """

    def push(self, url: str, file: Path, md5: str) -> bool:
        """Keep a file under its MD5; False when the remote has it already."""
        ...

    def fetch(self, url: str, md5: str, target: Path) -> None:
        """Write the object to ``target``; its bytes are not checked.

        Raises:
            NotFound: the remote does not have it.
        """
        ...
