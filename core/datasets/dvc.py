"""Dataset versions for people who work with DVC: `.dvc` files, and remotes to push to and pull from.

Pilothouse needs no Git repository for this. What was pushed is remembered as a `.dvc` file in the home, so that lost
bytes can be pulled again; each such file can be put into anybody's DVC project as it is.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.access.permissions import require
from core.datasets.service import DatasetService
from core.errors import BlobCorrupt, BlobNotFound, InvalidInput
from core.ports.blobs import BlobStore
from core.ports.remotes import DataRemotes
from core.records.access import Actor, Permission
from core.records.base import Record
from core.records.dataset import AddedVersion, DatasetVersion

CONFIG = """[core]
    no_scm = True
    analytics = false
    remote = pilothouse
['remote "pilothouse"']
    url = {url}
"""
OWN_REMOTE = "remote"
"""The folder that a written DVC project keeps its objects in when no other remote is named."""


class DvcFile(Record):
    """What a `.dvc` file says of its one file."""

    path: str
    md5: str
    size: int


class Pushed(Record):
    """One dataset version in a remote; ``is_new`` is False when it was there already."""

    version: str
    path: str
    md5: str
    size: int
    is_new: bool


@dataclass(frozen=True)
class DvcService:
    """Writes `.dvc` files, pushes and pulls."""

    datasets: DatasetService
    blobs: BlobStore
    remotes: DataRemotes
    folder: Path
    remote: str
    """The URL used when none is given; empty: there is none."""

    def export(self, version: DatasetVersion, target: Path, url: str | None = None) -> Path:
        """Make ``target`` a DVC project that pulls the original bytes of ``version``; return its `.dvc` file.

        Several versions can go to one folder. Without ``url`` the objects lie in the folder itself, linked to the
        stored bytes where the disk allows; a project that has a DVC configuration already keeps it.

        Raises:
            BlobNotFound, BlobCorrupt: the original cannot be trusted.
            ExtraMissing, InvalidInput, Unavailable: the remote cannot be used.
        """
        path = self.blobs.path(version.sha256)
        found = _described(version, path)
        if url:
            self.remotes.push(url, path, found.md5)
        else:
            _link(path, target / OWN_REMOTE / "files" / "md5" / found.md5[:2] / found.md5[2:])
        config = target / ".dvc" / "config"
        if not config.exists():
            config.parent.mkdir(parents=True, exist_ok=True)
            _write(config, CONFIG.format(url=url or f"../{OWN_REMOTE}"))
            _write(config.with_name(".gitignore"), "/cache\n/tmp\n/config.local\n")
        file = target / f"{found.path}.dvc"
        _write(file, _document(version, found))
        return file

    def push(self, actor: Actor, versions: Sequence[DatasetVersion], url: str | None = None) -> list[Pushed]:
        """Keep the original bytes of versions in a DVC remote, and remember that.

        Raises:
            Denied: the actor may not add data.
            InvalidInput: no remote is known.
            BlobNotFound, BlobCorrupt: an original cannot be trusted; those before it are pushed.
            ExtraMissing, Unavailable: the remote cannot be used.
        """
        require(actor, Permission.ADD_DATA)
        address, done = self._address(url), []
        for version in versions:
            path = self.blobs.path(version.sha256)
            found = _described(version, path)
            is_new = self.remotes.push(address, path, found.md5)
            _write(self._remembered(version, found.path), _document(version, found))
            done.append(Pushed(version=str(version.ref), **found.model_dump(), is_new=is_new))
        return done

    def pull(self, actor: Actor, versions: Sequence[DatasetVersion], url: str | None = None) -> list[str]:
        """Bring back the original bytes that are missing or damaged here; return the versions that are whole again.

        Raises:
            Denied: the actor may not add data.
            InvalidInput: no remote is known, a version was never pushed, or what the remote sent is something else.
            NotFound, ExtraMissing, Unavailable: the remote cannot give it.
        """
        require(actor, Permission.ADD_DATA)
        mended = []
        for version in versions:
            if self._is_whole(version):
                continue
            file = self._remembered(version, _name(version))
            if not file.exists():
                raise InvalidInput(problem=f"{version.ref} was never pushed from here, so its MD5 is not known.")
            with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
                path = self._fetched(parse(file), self._address(url), Path(folder))
                if _digest(path, "sha256") != version.sha256:
                    raise InvalidInput(problem=f"The remote holds other bytes than those of {version.ref}.")
                with path.open("rb") as source:
                    self.blobs.put(source)
            mended.append(str(version.ref))
        return mended

    def add(self, actor: Actor, project: str, dataset: str | None, file: Path, url: str | None = None) -> AddedVersion:
        """Fetch what anybody's `.dvc` file names and keep it as the next version of a dataset.

        Raises:
            Denied: the actor may not add data.
            InvalidInput: the file names no single file, no remote is known, or the bytes have another MD5.
            NotATable: it is no table that can be read.
            NotFound, ExtraMissing, Unavailable: the remote cannot give it.
        """
        require(actor, Permission.ADD_DATA)
        wanted = parse(file)
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            path = self._fetched(wanted, self._address(url), Path(folder))
            name = dataset or self.datasets.default_name(path.name)
            return self.datasets.add_file(actor, project, name, path, tags={"dvc": wanted.md5})

    def _fetched(self, wanted: DvcFile, url: str, folder: Path) -> Path:
        path = folder / (PurePosixPath(wanted.path).name or "data")
        self.remotes.fetch(url, wanted.md5, path)
        found = _digest(path, "md5")
        if found != wanted.md5:
            raise InvalidInput(problem=f"{url} sent damaged bytes for {wanted.path}: MD5 {found}, not {wanted.md5}.")
        return path

    def _is_whole(self, version: DatasetVersion) -> bool:
        try:
            self.blobs.verify(version.sha256)
        except (BlobNotFound, BlobCorrupt):
            return False
        return True

    def _address(self, url: str | None) -> str:
        if url or self.remote:
            return url or self.remote
        raise InvalidInput(problem="No DVC remote is known: give --remote URL, or set PILOTHOUSE_DVC_REMOTE.")

    def _remembered(self, version: DatasetVersion, name: str) -> Path:
        return self.folder / version.project / f"{name}.dvc"


def parse(file: Path) -> DvcFile:
    """Read a `.dvc` file.

    Raises:
        InvalidInput: it names no single file with an MD5.
    """
    import yaml

    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        (out,) = document["outs"]
        found = DvcFile(path=str(out["path"]), md5=str(out["md5"]), size=int(out.get("size", 0)))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        problem = f"{file.name} is no .dvc file of one file with an MD5 ({type(error).__name__}: {error})."
        raise InvalidInput(problem=problem) from error
    if found.md5.endswith(".dir"):
        raise InvalidInput(problem=f"{file.name} names a folder; add the files in it one by one.")
    if len(found.md5) != 32 or set(found.md5) - set("0123456789abcdef"):
        raise InvalidInput(problem=f"{file.name} has no MD5: {found.md5[:40]!r}.")
    return found


def _described(version: DatasetVersion, path: Path) -> DvcFile:
    return DvcFile(path=_name(version), md5=_digest(path, "md5"), size=path.stat().st_size)


def _name(version: DatasetVersion) -> str:
    """Return the file's name in a DVC project: the address of the version, with the ending the file came with."""
    suffixes = "".join(PurePosixPath(version.source).suffixes[-2:])
    plain = suffixes if suffixes.replace(".", "").isalnum() and suffixes.isascii() else ""
    return f"{version.ref}{plain}"


def _document(version: DatasetVersion, found: DvcFile) -> str:
    import yaml

    facts = {"project": version.project, "version": str(version.ref), "sha256": version.sha256, "rows": version.rows}
    document = {
        "outs": [{"md5": found.md5, "size": found.size, "hash": "md5", "path": found.path}],
        "meta": {"pilothouse": facts},
    }
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _link(path: Path, target: Path) -> None:
    """Give stored bytes a second name, or copy them where the disk cannot."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def _write(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
