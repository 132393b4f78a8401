"""Models as bytes: skops in, skops out, and nothing but the types we list ourselves."""

import io
import json
import zipfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from core.errors import UnsafeModel
from core.records.base import JsonObject
from core.training.trusted_types import TRUSTED

LOADERS: frozenset[str] = frozenset(
    {
        "DTypeNode",
        "DictNode",
        "JsonNode",
        "ListNode",
        "LossNode",
        "NdArrayNode",
        "ObjectNode",
        "RandomGeneratorNode",
        "RandomStateNode",
        "SliceNode",
        "TreeNode",
        "TupleNode",
        "TypeNode",
    }
)
"""Every way of building a value that a model file may ask skops for; none of them calls what the file names."""

MAX_BYTES = 2 << 30
MAX_ENTRIES = 500_000
SCHEMA = "schema.json"


class _Files:
    """Takes what skops would write into an archive, so that it is written once, under its final name."""

    def __init__(self) -> None:
        self.contents: dict[str, Any] = {}

    def namelist(self) -> Collection[str]:
        """Return the names so far."""
        return self.contents.keys()

    def writestr(self, name: str, content: Any) -> None:
        """Keep a file."""
        self.contents[name] = content


def dump(pipeline: Any) -> bytes:
    """Return the fitted pipeline as the bytes of a skops file; equal pipelines give equal bytes in any process.

    skops names values by their addresses in memory, stamps entries with the time and indents its schema, for which the
    JSON encoder in C cannot be used; here values are numbered in the order they come, without a time, and the schema is
    one line.

    Raises:
        UnsafeModel: it holds a type that is not on our list, so that nothing is written that would not be read.
    """
    import skops
    from skops.io._utils import SaveContext, get_state

    files = _Files()
    context = SaveContext(zip_file=files)
    schema = {**get_state(pipeline, context), "protocol": context.protocol, "_skops_version": skops.__version__}
    names = _number(schema)
    _require_trusted(_named(node) for node in _values(schema))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_STORED) as archive:
        for old, new in names.items():
            archive.writestr(zipfile.ZipInfo(new), files.contents[old])
        archive.writestr(zipfile.ZipInfo(SCHEMA), json.dumps(schema))
    return buffer.getvalue()


def _number(schema: JsonObject) -> dict[str, str]:
    """Number the values of a schema in place; return the old and the new names of the files they are in."""
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}
    for node in _values(schema):
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
            if isinstance(node.get("file"), str):
                node["file"] = names.setdefault(node["file"], f"{len(names) + 1}{PurePosixPath(node['file']).suffix}")
    return names


def _values(schema: JsonObject) -> Iterator[JsonObject]:
    """Yield what describes a value, in the order of the schema."""
    pending: list[Any] = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, list | tuple):
            pending.extend(reversed(node))
        elif isinstance(node, dict):
            if "__loader__" in node:
                yield node
            pending.extend(reversed(node.values()))


def _named(node: JsonObject) -> tuple[str, str]:
    return f"{node.get('__module__')}.{node.get('__class__')}", str(node.get("__loader__"))


def _require_trusted(found: Iterable[tuple[str, str]]) -> set[str]:
    """Return the types of (type, loader) pairs.

    Raises:
        UnsafeModel: one of them is not on our list, or is built in another way than our files are.
    """
    pairs = frozenset(found)
    types = {name for name, _ in pairs}
    strange = sorted(types - TRUSTED) or sorted({loader for _, loader in pairs} - LOADERS)
    if strange:
        raise UnsafeModel(problem=f"it holds types that are not trusted: {', '.join(strange[:5])}.")
    return types


def load(content: bytes) -> Any:
    """Return the pipeline in ``content``; nothing of it is built before all of it was checked.

    Raises:
        UnsafeModel: see :func:`read`; or it holds something else than a pipeline.
    """
    from sklearn.pipeline import Pipeline

    found = read(content)
    if not isinstance(found, Pipeline):
        raise UnsafeModel(problem=f"it holds a {type(found).__name__}, not a pipeline.")
    return found


def read(content: bytes) -> Any:
    """Return whatever is in ``content``; nothing of it is built before all of it was checked.

    Raises:
        UnsafeModel: no skops file, packed (a small file could unfold without end), too large, of types that are not
            trusted, or broken.
    """
    return _build(content, require_trusted(content))


def require_trusted(content: bytes) -> list[str]:
    """Return the full names of the types in a skops file, all of them trusted; none of them is built or imported.

    Raises:
        UnsafeModel: as :func:`read`.
    """
    return sorted(_require_trusted(nodes(content)))


def nodes(content: bytes) -> frozenset[tuple[str, str]]:
    """Return (full name of the type, skops loader) of all values in a skops file, without building any of them.

    Raises:
        UnsafeModel: it is no readable skops file within the limits.
    """
    if len(content) > MAX_BYTES:
        raise UnsafeModel(problem=f"it is larger than {MAX_BYTES >> 30} GB.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            require_plain(archive.infolist(), len(content))
            return _nodes(archive.read(SCHEMA))
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RecursionError, EOFError) as error:
        raise UnsafeModel(problem="it is not a readable skops file.") from error


def require_plain(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse what our own files never are: packed, encrypted, overlapping, in folders, or of endless entries."""
    if len(entries) > MAX_ENTRIES:
        raise UnsafeModel(problem=f"it has {len(entries)} entries; at most {MAX_ENTRIES} are read.")
    if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries):
        raise UnsafeModel(problem="its entries are packed; models are stored unpacked.")
    if sum(entry.file_size for entry in entries) > size:
        raise UnsafeModel(problem="its entries are larger than the file.")
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names) or any("/" in name or "\\" in name for name in names):
        raise UnsafeModel(problem="its entries have doubtful names.")


def _nodes(schema: bytes) -> frozenset[tuple[str, str]]:
    found: set[tuple[str, str]] = set()

    def look(node: JsonObject) -> None:
        if "__class__" in node or "__loader__" in node:
            found.add(_named(node))

    json.loads(schema, object_hook=look)
    return frozenset(found)


def _build(content: bytes, types: list[str]) -> Any:
    """Build what is in ``content``; skops compares every value with each of the ``types`` it is told to trust."""
    from skops.io import loads

    try:
        return loads(content, trusted=types)
    except MemoryError:
        raise
    except Exception as error:
        raise UnsafeModel(problem=f"skops cannot read it ({type(error).__name__}).") from error
