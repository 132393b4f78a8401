"""DVC remotes through the dvc library, which is an extra: imported when first used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import ExtraMissing, InvalidInput, NotFound, Unavailable

COMMAND = "make platform"


class DvcRemotes:
    """A :class:`core.ports.remotes.DataRemotes`; credentials and endpoints come from where DVC takes them, such as
    ``AWS_ACCESS_KEY_ID`` and ``AWS_ENDPOINT_URL``."""

    def push(self, url: str, file: Path, md5: str) -> bool:
        """Keep a file under its MD5; False when the remote has it already."""
        with _border(url):
            objects = _objects(url)
            if objects.exists(md5):
                return False
            objects.add(str(file), import_module("dvc.fs").localfs, md5)
            if not objects.exists(md5):
                raise Unavailable(problem=f"{url} did not keep what was sent to it. Look after the remote, then retry.")
        return True

    def fetch(self, url: str, md5: str, target: Path) -> None:
        """Write the object to ``target``; its bytes are not checked.

        Raises:
            NotFound: the remote does not have it.
        """
        with _border(url):
            objects = _objects(url)
            try:
                objects.fs.get_file(objects.oid_to_path(md5), str(target))
            except FileNotFoundError as error:
                raise NotFound(what=f"The object {md5} in {url}") from error


def _objects(url: str) -> Any:
    if url.startswith("file:"):  # DVC would take it for the name of a folder beside the others
        raise InvalidInput(problem=f"{url} is no DVC remote that can be used: name a folder by its path alone.")
    fs_of = import_module("dvc.fs")
    kind, config, path = fs_of.get_cloud_fs(None, url=url)
    if kind.protocol == "ssh" and not os.isatty(0):  # a password asked for where nobody answers never comes
        config["client_factory"] = import_module("asyncssh").SSHClient
    files = kind(**config)
    return import_module("dvc_data.hashfile.db").get_odb(files, files.join(path, "files", "md5"), hash_name="md5")


@contextmanager
def _border(url: str) -> Iterator[None]:
    """Turn what dvc and the file systems behind it raise into our errors."""
    try:
        fs_errors = import_module("dvc_objects.fs.errors")
        dvc_errors = import_module("dvc.exceptions")
        ssh_error = import_module("asyncssh").Error
    except ModuleNotFoundError as error:
        raise ExtraMissing(feature="Reaching DVC remotes", command=COMMAND) from error
    try:
        yield
    except (ImportError, fs_errors.RemoteMissingDepsError) as error:
        scheme = url.partition("://")[0]
        raise ExtraMissing(feature=f"Reaching {scheme}://", command=f"pip install dvc-{scheme}") from error
    except (fs_errors.ConfigError, dvc_errors.DvcException) as error:
        raise InvalidInput(problem=f"{url} is no DVC remote that can be used: {error}") from error
    except (OSError, ssh_error, fs_errors.AuthError) as error:
        raise Unavailable(problem=f"{url} cannot be reached: {error}. Look after it, then retry.") from error
