"""What a file of unknown bytes is: Parquet, text in some encoding, or something that is no table at all."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from core.errors import NotATable

CHUNK = 1 << 20
_HEAD = 1 << 16
_LONGEST_FIRST_LINE = 16 << 20

_BINARY = (
    (b"\x1f\x8b", "an archive inside an archive", "Unpack it first."),
    (b"PK\x03\x04", "an archive inside an archive", "Unpack it first."),
    (b"PK\x05\x06", "an empty zip archive", "Give the table itself."),
    (b"%PDF", "a PDF document", "Export the table as CSV."),
    (b"SQLite format 3\x00", "an SQLite database", "Export the table as CSV."),
    (b"\x89HDF", "an HDF5 file", "Save the table as Parquet."),
    (b"ARROW1", "an Arrow or Feather file", "Save the table as Parquet."),
    (b"ORC", "an ORC file", "Save the table as Parquet."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it first."),
    (b"BZh", "a bzip2 archive", "Unpack it first."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it first."),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it first."),
    (b"\x89PNG", "a picture", "Give a CSV or Parquet file."),
    (b"\xff\xd8\xff", "a picture", "Give a CSV or Parquet file."),
    (b"GIF8", "a picture", "Give a CSV or Parquet file."),
    (b"\x7fELF", "a program", "Give a CSV or Parquet file."),
    (b"\x93NUMPY", "a NumPy array", "Save the table as Parquet."),
    (b"\x4f\x62\x6a\x01", "an Avro file", "Save the table as Parquet."),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]|\(dp0|\(lp0|c[a-z_.]+\n\w+\n")
_MARKUP = re.compile(r"\s*(<!doctype|<\?xml|<html|<head>|<body|<table)", re.IGNORECASE)
_JSON = re.compile(r"\s*(\{\s*[\"}]|\[\s*[\[{\"\]])")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PLAUSIBLE = ["cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"]
_PLAUSIBLE += ["cp932", "euc_jp", "gb18030", "big5", "euc_kr"]
_OFFERED = ("cp1252", "cp1250", "cp1251", "koi8_r", "cp850", "cp932", "gb18030", "euc_kr", "mac_roman", "latin-1")
_TOLD, _AROUND = 3, 24
_NOTHING = "the file is empty. Give a CSV file with a header line and rows, or a Parquet file."


@dataclass(frozen=True)
class Encoding:
    """How text is written; ``guessed`` when the bytes do not say it themselves."""

    name: str
    guessed: bool = False


def is_parquet(path: Path) -> bool:
    """Tell whether the file begins as every Parquet file does, whatever its name says."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def refuse_foreign(path: Path, name: str) -> None:
    """Refuse what is plainly no text, or text in another format, going by its first bytes.

    Raises:
        NotATable: says what it is and what to do about it.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise NotATable(name=name, problem=_NOTHING)
    for magic, what, remedy in _BINARY:
        if head.startswith(magic):
            raise NotATable(name=name, problem=f"its content is {what}. {remedy}")
    if _PICKLE.match(head):
        raise NotATable(
            name=name,
            problem="its content is a Python pickle, which is never opened because it can run code. Save the table as "
            "Parquet.",
        )
    _refuse_foreign_text(head, name)


def _refuse_foreign_text(head: bytes, name: str) -> None:
    encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "latin-1")
    text = head.decode(encoding, "ignore")
    if not text.strip("\ufeff \t\r\n\x00"):
        raise NotATable(name=name, problem=_NOTHING)
    if _MARKUP.match(text):
        raise NotATable(
            name=name, problem="its content is a web page or XML (perhaps a sign-in page). Download the table itself."
        )
    if _JSON.match(text):
        raise NotATable(
            name=name,
            problem="its content is JSON, but not one object a line. Save it as JSON lines, CSV or Parquet.",
        )


def is_json_lines(path: Path) -> bool:
    """Tell whether the first line that is not blank is a whole JSON object."""
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(_LONGEST_FIRST_LINE), b""):
            text = line.strip(b" \t\r\n\xef\xbb\xbf")
            if text:
                return text.startswith(b"{") and _is_object(text)
    return False


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def encoding_of(path: Path, name: str, chosen: str | None = None) -> Encoding:
    """Find how the text is written: as was chosen, by its byte order mark, as UTF-8 if it is valid UTF-8, else by a
    guess.

    Raises:
        NotATable: it is no text in any encoding that can be told, or the chosen one does not exist.
    """
    if chosen is not None:
        return _chosen(path, chosen, name)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return Encoding(encoding)
    if b"\x00" in head:
        return Encoding(_unmarked_utf16(head, name), guessed=True)
    if _is_utf8(path):
        return Encoding("utf-8")
    return Encoding(_guess(_telling_lines(path), name), guessed=True)


def _chosen(path: Path, encoding: str, name: str) -> Encoding:
    try:
        found = codecs.lookup(encoding).name
        "text".encode(found)
    except (LookupError, UnicodeError) as error:
        raise NotATable(
            name=name,
            problem=f"there is no text encoding {encoding!r}. Use a name like utf-8, cp1252, latin-1, utf-16 or cp932.",
        ) from error
    if found == "utf-8" and not _is_utf8(path):
        raise NotATable(name=name, problem="it has bytes that do not fit utf-8. Choose another encoding.")
    return Encoding(found)


def decoded(path: Path, encoding: Encoding, name: str) -> Iterator[str]:
    """Yield the text in pieces, without its byte order mark.

    Raises:
        NotATable: a byte does not fit the encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    with path.open("rb") as file:
        try:
            for chunk in _chunks(file):
                yield decoder.decode(chunk)
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise NotATable(
                name=name,
                problem=f"it looked like {encoding.name} text but has bytes that do not fit ({error.reason}). Save it "
                "as UTF-8.",
            ) from error


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _is_utf8(path: Path) -> bool:
    """Tell whether all bytes are UTF-8; a character that two pieces share is looked at whole."""
    rest = b""
    with path.open("rb") as file:
        for chunk in _chunks(file):
            piece = rest + chunk
            whole = len(piece) - _unfinished(piece)
            if not _are_utf8(piece[:whole]):
                return False
            rest = piece[whole:]
    return not rest


def _unfinished(piece: bytes) -> int:
    """Return how many bytes at the end begin a character that is not there in full."""
    for back in range(1, min(4, len(piece) + 1)):
        byte = piece[-back]
        if byte >= 0xC0:
            size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < size else 0
        if byte < 0x80:
            return 0
    return 0


def _are_utf8(piece: bytes) -> bool:
    if piece.isascii():
        return True
    edges = pa.py_buffer(np.array([0, len(piece)], np.int32))
    try:
        pa.Array.from_buffers(pa.string(), 1, [None, edges, pa.py_buffer(piece)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _unmarked_utf16(head: bytes, name: str) -> str:
    """Tell UTF-16 without a mark by where its zero bytes are; anything else with zero bytes is no text."""
    even, odd = head[::2], head[1::2]
    zeros_even, zeros_odd = even.count(0) / len(even), odd.count(0) / max(len(odd), 1)
    if zeros_odd > 0.4 and zeros_even < 0.05:
        return "utf-16-le"
    if zeros_even > 0.4 and zeros_odd < 0.05:
        return "utf-16-be"
    raise NotATable(
        name=name,
        problem=f"byte {head.index(0) + 1} is zero, so it is binary data or damaged. Give a CSV file as UTF-8 text, or "
        "a Parquet file.",
    )


def _telling_lines(path: Path) -> bytes:
    """Return the first lines that have bytes beyond ASCII: only they tell encodings apart."""
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < _HEAD and (line := file.readline(_HEAD)):
            if not line.isascii():
                lines.append(line)
                size += len(line)
    return b"".join(lines)[:_HEAD]


def _guess(sample: bytes, name: str) -> str:
    """Guess a one- or two-byte encoding.

    Single marks among ASCII letters are Western unless a language speaks for something else: on such short evidence
    charset-normalizer names the first encoding of the alphabet.
    """
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_PLAUSIBLE).best()
    runs = re.findall(rb"[\x80-\xff]+", sample)
    scattered = sum(len(run) == 1 for run in runs) > 0.7 * len(runs)
    western = best is None or best.coherence < 0.2 or "cp1252" in best.could_be_from_charset
    if best is not None and not (scattered and western):
        return best.encoding
    if _control_share(sample) < 0.02:
        return "cp1252" if _fits(sample, "cp1252") else "latin-1"
    raise NotATable(
        name=name,
        problem="its bytes are no text in any known encoding. Give a CSV file as UTF-8 text, or a Parquet file.",
    )


def rivals(path: Path, most: int) -> list[tuple[str, str]]:
    """Return encodings that text beyond ASCII could be written in, the guess first, each with what it would say.

    Encodings that say the same are named once.
    """
    guess = encoding_of(path, path.name).name
    if guess.startswith("utf-16"):
        with path.open("rb") as file:
            return [(guess, file.read(4 * _AROUND).decode(guess, "ignore"))]
    lines = _telling_lines(path).splitlines()[:_TOLD]
    found: dict[str, str] = {}
    for name in (guess, *_OFFERED):
        if _fits(b"\n".join(lines), name) and len(found) < most:
            text = " · ".join(_excerpt(line.decode(name)) for line in lines)
            found.setdefault(text, name)
    return [(name, text) for text, name in found.items()]


def _excerpt(line: str) -> str:
    """Return the words around the first character beyond ASCII."""
    at = next((place for place, mark in enumerate(line) if not mark.isascii()), 0)
    begin = max(at - _AROUND, 0)
    return line[begin : at + _AROUND].strip()


def _fits(sample: bytes, encoding: str) -> bool:
    try:
        sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _control_share(sample: bytes) -> float:
    controls = len(re.findall(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", sample))
    return controls / max(len(sample), 1)
