"""Archives: a gzip or zip file is unpacked to a plain one, and stopped when it grows beyond all measure."""

import gzip
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from core.datasets import headers
from core.datasets.limits import Limits
from core.errors import NotATable
from core.records.base import JsonObject, clipped
from core.records.reading import ReadingChoices

_CHUNK = 1 << 20
_MOST_MEMBERS = 10_000
_UNSUSPICIOUS = 64 << 20
_WORKBOOKS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_IGNORED = ("__macosx/", ".ds_store", "thumbs.db")


@dataclass(frozen=True)
class Unpacked:
    """A plain file, how it was packed, and the tables an archive has to choose from."""

    path: Path
    packing: JsonObject
    members: tuple[str, ...] = ()


def unpacked(path: Path, name: str, folder: Path, choices: ReadingChoices, limits: Limits) -> Unpacked:
    """Return the plain file that ``path`` holds, unpacked into ``folder`` when it is packed.

    Raises:
        NotATable: the archive is damaged, protected, ambiguous, or a bomb.
    """
    with path.open("rb") as file:
        head = file.read(4)
    try:
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path, "rb") as packed:
                plain = _copied(packed, folder / "unpacked", path.stat().st_size, name, limits)
            return Unpacked(plain, {"compression": "gzip"})
        if head[:4] in (b"PK\x03\x04", b"PK\x05\x06") and not is_workbook(path):
            return _member(path, name, folder, choices, limits)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise NotATable(
            name=name, problem=f"the archive cannot be unpacked ({clipped(str(error), 100)}). Pack it again."
        ) from error
    return Unpacked(path, {})


def is_workbook(path: Path) -> bool:
    """Tell whether the file is an Excel workbook or an OpenDocument sheet, going by its content."""
    with path.open("rb") as file:
        head = file.read(8)
    if head[:4] == b"\xd0\xcf\x11\xe0":
        return True
    if head[:2] != b"PK" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(member in _WORKBOOKS for member in archive.namelist()[:_MOST_MEMBERS])


def members_of(path: Path) -> tuple[str, ...]:
    """Return the files in an archive that could be tables; none when it is no archive, or a damaged one."""
    if not zipfile.is_zipfile(path) or is_workbook(path):
        return ()
    with zipfile.ZipFile(path) as archive:
        return tuple(member.filename for member in _files(archive))[:_MOST_MEMBERS]


def check_workbook(path: Path, name: str, limits: Limits) -> None:
    """Refuse a workbook that unpacks beyond measure.

    Raises:
        NotATable: its parts state a size beyond the limits.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > min(limits.decoded, 2_000_000_000) or size > max(_UNSUSPICIOUS, limits.ratio * path.stat().st_size):
        raise NotATable(
            name=name, problem=f"unpacked the workbook takes {size / 1e9:.1f} GB. Save the sheet as CSV (UTF-8)."
        )


def _member(path: Path, name: str, folder: Path, choices: ReadingChoices, limits: Limits) -> Unpacked:
    with zipfile.ZipFile(path) as archive:
        files = _files(archive)
        if len(files) > _MOST_MEMBERS:
            raise NotATable(name=name, problem=f"the archive holds {len(files):,} files. Pack the one table alone.")
        names = tuple(member.filename for member in files)
        chosen = _chosen(names, name, choices)
        with archive.open(chosen) as packed:
            plain = _copied(packed, folder / "unpacked", path.stat().st_size, name, limits)
    return Unpacked(plain, {"compression": "zip", "member": chosen}, names)


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [member for member in archive.infolist() if not member.is_dir() and not _is_noise(member.filename)]


def _chosen(names: tuple[str, ...], name: str, choices: ReadingChoices) -> str:
    if choices.member is not None and choices.member in names:
        return choices.member
    if choices.member is not None or len(names) != 1:
        listed = headers.some([repr(clipped(member, 80)) for member in names]) or "none"
        asked = f"no file {choices.member!r}" if choices.member is not None else f"{len(names)} files"
        raise NotATable(name=name, problem=f"the archive holds {asked}; choose one of: {listed}.")
    return names[0]


def _is_noise(member: str) -> bool:
    lowered = member.lower()
    return lowered.startswith(_IGNORED) or PurePosixPath(lowered).name.startswith((".", "~$"))


def _copied(packed: IO[bytes] | gzip.GzipFile, target: Path, size: int, name: str, limits: Limits) -> Path:
    """Unpack piece by piece, and stop where no honest table would have grown so far."""
    written = 0
    with target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > limits.decoded:
                limits.refuse_decoded(name)
            if written > max(_UNSUSPICIOUS, limits.ratio * size):
                raise NotATable(
                    name=name,
                    problem=f"the archive grows to more than {limits.ratio} times its size when unpacked, as a bomb "
                    "does. Give the plain file.",
                )
            file.write(chunk)
    return target
